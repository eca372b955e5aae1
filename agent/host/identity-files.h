/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reading the small files in which a Linux system describes itself. */

#include <glib.h>

/* The longest text of a fact. */
#define IDENTITY_MAX_TEXT 128

/* The content of `root`/`path`, at most 64 KiB of it, or NULL. The caller's. Unlike
 * g_file_get_contents() this does not wait where somebody has put a FIFO. */
char *identity_file(const char *root, const char *path);

/* Its first line (or first string, in a device tree) made fit to be sent: valid UTF-8, without
 * control characters and space around it, not longer than IDENTITY_MAX_TEXT. "" where there is none
 * or it is a manufacturer's placeholder. The caller's. */
char *identity_file_text(const char *root, const char *path);

/* As identity_file_text(), of `text` itself. */
char *identity_text(const char *text);

/* The value of a variable of os-release(5), unquoted, or "". The caller's. */
char *identity_os_release(const char *content, const char *name);
