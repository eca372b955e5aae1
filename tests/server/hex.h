/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

/* Bytes as lower-case hexadecimal text. The caller frees it. */
char *hex_encode(const uint8_t *data, size_t len);

/*
 * The bytes that hexadecimal text stands for; NULL text is no bytes.
 * -EINVAL when the length is odd or a character is no hexadecimal digit.
 * *ret_bytes belongs to the caller.
 */
int hex_decode(const char *text, GBytes **ret_bytes);
