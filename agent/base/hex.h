/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Hexadecimal text. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* In place; white space is passed over. Returns the number of octets, -EINVAL where it is not an even number of digits, or none. */
ssize_t hex_decode(uint8_t *data, size_t len);
