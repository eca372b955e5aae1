/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Random numbers from getrandom(2), good enough for tokens and keys. A kernel without it ends the
 * process: nothing secure can be done there. */

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* Fills `len` octets. */
void random_bytes(void *data, size_t len);

/* Evenly from all 32-bit values. */
uint32_t random_u32(void);

/* Evenly from [low, high], both included; low must not be above high. */
gint64 random_between(gint64 low, gint64 high);
