/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One table: errno ↔ CoAP code ↔ D-Bus error name ↔ text. */

#include <stdint.h>

/* The response code for a failed operation (model/object.h has the meaning of each errno):
 * -ENOENT 4.04 … Unknown ones are 5.00. `error` is negative. */
uint8_t status_to_coap(int error);

/* What a server's response to a request of ours means: 0 for 2.xx, -EBUSY for 5.03, -ECONNREFUSED
 * for all else. Why it refused is for a text: coap_code_to_string(). */
int status_from_coap(uint8_t code);

/* "org.lwm2md1.Error.NotFound" …; "org.lwm2md1.Error.Failed" for what the table does not have. A
 * constant. */
const char *status_to_dbus(int error);

/* A few words for a person: "not found"; strerror(3)'s for what the table does not have. Valid
 * until the next call. */
const char *status_to_text(int error);
