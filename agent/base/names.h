/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tables between an enum and its names. */

#include <errno.h>
#include <glib.h>
#include <string.h>

/* NAMES(link_state, LinkState, link_state_names) makes link_state_to_string() and
 * link_state_from_string(); the table is a `static const char *const NAME[]` indexed by the enum.
 */
#define NAMES(prefix, Type, table)                                                                 \
        const char *prefix##_to_string(Type value)                                                 \
        {                                                                                          \
                return (size_t) value < G_N_ELEMENTS(table) && table[value] ? table[value] : "?";  \
        }                                                                                          \
        int prefix##_from_string(const char *name)                                                 \
        {                                                                                          \
                for (size_t i = 0; i < G_N_ELEMENTS(table); i++)                                   \
                        if (table[i] && strcmp(table[i], name) == 0)                               \
                                return (int) i;                                                    \
                return -EINVAL;                                                                    \
        }
