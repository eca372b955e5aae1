/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The GSM 7 bit default alphabet with its extension table (TS 23.038, 6.2.1), as far as senders
 * with a name instead of a number need it.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* `septets` characters packed into octets (TS 23.038, 6.1.2.1), as UTF-8 with a final NUL. `octets`
 * holds (septets × 7 + 7) / 8. -EMSGSIZE where `size` does not hold the text. */
int charset_decode(const uint8_t *octets, size_t septets, char *text, size_t size);

/* UTF-8 into packed septets: their number. -EINVAL: not UTF-8, or a character the alphabet does not
 * have; -EMSGSIZE: more than `size` octets. Unused bits are 0. */
ssize_t charset_encode(const char *text, uint8_t *octets, size_t size);
