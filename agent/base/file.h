/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files of the state directory: replaced whole and durably, or not at all. Durable means: write a
 * new file, fsync it, rename it over the old one, fsync the directory.
 */

#include <glib.h>
#include <stddef.h>

/* The longest file file_read() takes. */
#define FILE_MAX_SIZE (1024 * 1024)

/* The whole of `directory`/`name`. -ENOENT, -EFBIG above `max`, -EISDIR, other errno of open and
 * read. */
int file_read(const char *directory, const char *name, size_t max, GBytes **ret);

/* Mode 0600. On failure the old content is untouched and no temporary file is left behind: -ENOSPC,
 * -EROFS, -EACCES, … Stray temporary files of an earlier power cut are removed by file_sweep(). */
int file_replace(const char *directory, const char *name, const void *data, size_t len);

/* Durable; a file that is not there is no error. */
int file_remove(const char *directory, const char *name);

/* Removes the temporary files that a power cut can leave. Called once at start. */
int file_sweep(const char *directory);

/* Makes `directory` (0700) and its parents if missing. */
int file_make_directory(const char *directory);
