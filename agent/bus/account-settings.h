/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The settings of Credentials.AddServer as an Account. */

#include <glib.h>

#include "objects/accounts.h"

/* `settings`: a{sv}. -EINVAL with a text for a person in *ret_why (g_free()). *ret_identity:
 * "identity", borrowed from `settings`, or NULL. */
int account_from_settings(GVariant *settings, Account *ret, const char **ret_identity,
                          char **ret_why);
