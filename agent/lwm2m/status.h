/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One table: errno ↔ CoAP code ↔ D-Bus error name ↔ text. */

#include <stdint.h>

/* The response code for a failed operation (object.h has the meaning of each errno). Unknown ones are 5.00. */
uint8_t status_to_coap(int error);

/* What a server's error response means for us: -EBADMSG … ; 0 for 2.xx. */
int status_from_coap(uint8_t code);

/* "org.lwm2md1.Error.NotFound" … */
const char *status_to_dbus(int error);

/* A few words for a person: "not found". */
const char *status_to_text(int error);
