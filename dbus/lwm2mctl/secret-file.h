/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The most that a slot takes, and so the most that is read. */
#define SECRET_MAX 65536

/* Copies what can be read from `path`, or from stdin for NULL or "-", into a sealed memfd, so that
 * it is handed on without passing through a message. Returns the descriptor, at offset 0, or a
 * negative errno: -EMSGSIZE for more than SECRET_MAX, -ENODATA for nothing, -ENOTTY where stdin is
 * a terminal. `ret_text_line` tells whether it is one line of text with its line break. The buffer
 * is wiped and never swapped out where the limits allow locking it. */
int secret_file_open(const char *path, size_t *ret_size, bool *ret_text_line);
