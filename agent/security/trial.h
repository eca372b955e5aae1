/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Trying a key before it is kept: the plugin that will use it makes a session with it and throws it
 * away. */

#include "security/loader.h"

/* What the key is for. A plain value, all of it borrowed. */
typedef struct Trial {
        LwmSecurityBearer bearer;
        uint8_t mode;              /* /0/x/2, or /0/x/6 over SMS */
        LwmSecurityBytes identity; /* /0/x/3, or /0/x/7 */
        const char *options;       /* LwmSecurityConfig.options, or NULL */
} Trial;

/* 0 where the plugin takes this key, or where there is no such plugin. Else the plugin's errno, and
 * what it logged in *ret_reason, for a person (g_free()). */
int trial_key(const Loader *loader, const Trial *trial, const void *key, size_t len,
              char **ret_reason);

/* The same of all but the key, which is yet to come. */
int trial_identity(const Loader *loader, const Trial *trial, char **ret_reason);
