/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What Credentials.Describe tells of an account's keys. */

#include <glib.h>

#include "security/keystore.h"

/* a(siuxs), floating: slot, kernel key serial, length, time and fingerprint of each slot filled. */
GVariant *key_list(const Keystore *keystore, uint16_t ssid);
