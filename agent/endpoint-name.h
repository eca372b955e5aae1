/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The endpoint client name (Core 6.2.1) from its template. */

#include <glib.h>

#include "host/identity.h"

/* FALSE with a text for a person where the template has a word in braces that is not known. */
gboolean endpoint_name_check(const char *template, GError **error);

/* `{machine-id}`, `{mac}`, `{eui64}`, `{serial}`, `{hostname}` and `{imei}` are replaced. NULL with
 * a text for a person: a word that is not known, a fact this machine does not have, a result that
 * is longer than 255 octets. Free with g_free(). */
char *endpoint_name_expand(const char *template, const Identity *identity, GError **error);
