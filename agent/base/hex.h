/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Hexadecimal text. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* In place; white space is passed over. The number of octets; -EINVAL where there are other
 * characters, an odd number of digits, or none, and `data` is then undefined. */
ssize_t hex_decode(uint8_t *data, size_t len);
