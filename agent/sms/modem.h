/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A modem behind D-Bus: the client of org.lwm2md1.Modem. Takes the first of the services
 * org.lwm2md1.Modem.Qmi and org.lwm2md1.Modem.Mbim that is there; without any it is an absent
 * modem.
 */

#include <gio/gio.h>

#include "sms/modem-ops.h"

/* After this a message that the service has neither sent nor refused is given up. */
#define MODEM_SEND_TIMEOUT_MS (120 * 1000)

/* Longer than any TPDU; what is longer is not one. */
#define MODEM_MAX_TPDU 255

/* `connection`: to the system bus. Runs in the thread-default main context. modem_free() frees it.
 */
Modem *modem_new(GDBusConnection *connection);
