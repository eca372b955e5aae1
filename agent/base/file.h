/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files of the state directory: replaced whole and durably, or not at all. Durable means: write a
 * new file, fsync it, rename it over the old one, fsync the directory. After a power cut there is
 * the old content or the new one, and perhaps a stray temporary file (".NAME.tmp"), which
 * file_sweep() removes.
 *
 * A `name` has no slash and does not begin with a dot, else -EINVAL. Disks are waited for: files
 * are small, and what depends on one must not happen before it is safe.
 */

#include <glib.h>
#include <stddef.h>
#include <sys/types.h>

/* The longest file that is read or written. */
#define FILE_MAX_SIZE (1024 * 1024)

/* The whole of `directory`/`name`, wiped when the last reference goes. -ENOENT, -EFBIG above `max`
 * or FILE_MAX_SIZE, -EISDIR, -EINVAL for what is no regular file, other errno of open and read. */
int file_read(const char *directory, const char *name, size_t max, GBytes **ret);

/* At most `size` octets from where `fd` stands, fewer where the file ends; errno of read. */
ssize_t file_read_all(int fd, void *data, size_t size);

/* Mode 0600. On failure the old content is untouched and no temporary file is left behind: -ENOSPC,
 * -EDQUOT, -EROFS, -EACCES, -EFBIG … One exception: when only the last step fails (-EIO), the new
 * content is in place but may be lost by a power cut. */
int file_replace(const char *directory, const char *name, const void *data, size_t len);

/* Durable; a file that is not there is no error. */
int file_remove(const char *directory, const char *name);

/* Removes the temporary files that a power cut can leave. Called once at start, before anything is
 * replaced there. A directory that is not there is no error. */
int file_sweep(const char *directory);

/* Makes `directory` (0700) and its parents if missing, durably. -ENOTDIR, -EACCES, -EROFS … */
int file_make_directory(const char *directory);
