/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Random numbers from getrandom(2). */

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

void random_bytes(void *data, size_t len);
uint32_t random_u32(void);

/* Evenly from [low, high]. */
gint64 random_between(gint64 low, gint64 high);
