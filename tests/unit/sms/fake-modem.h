/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A modem without D-Bus: what is sent waits for the test, what arrives comes from the test. */

#include <glib.h>
#include <stdbool.h>

#include "sms/modem-ops.h"

/* Ready, device "fake". modem_free() frees it. */
Modem *fake_modem_new(void);

/* The oldest TPDU sent and not taken yet, the caller's, or NULL. */
GBytes *fake_modem_take(Modem *modem);

/* Answers the oldest modem_send() without an answer. */
void fake_modem_answer(Modem *modem, int result);

/* A TPDU arrives. */
void fake_modem_receive(Modem *modem, guint64 id, GBytes *tpdu, bool stored);

/* The state or the storage changes. */
void fake_modem_set(Modem *modem, ModemState state, bool storage_full);

/* The service comes back. */
void fake_modem_reconnect(Modem *modem);

/* The ids acknowledged since it was asked last, in order: "1 2f", an f for what is foreign. The
 * caller's. */
char *fake_modem_acknowledged(Modem *modem);

unsigned fake_modem_replays(Modem *modem);
