/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Trying a key before it is kept: the plugin that will use it makes a session with it and throws it
 * away. */

#include "security/loader.h"

/* 0 where the plugin for `mode` (/0/x/2) takes this PSK, or where there is no such plugin yet. Else
 * the plugin's errno, and what it logged in *ret_reason, for a person (g_free()). */
int trial_psk(const Loader *loader, uint8_t mode, const void *key, size_t len, char **ret_reason);
