/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether a file may become part of this process: who can change it, and is it a shared object at
 * all. */

#include <glib.h>
#include <stdbool.h>

/*
 * FALSE with a text of LOADER_ERROR_FILE that goes on from the file's name ("is owned by user 1000,
 * …"). *ret_resolved: the path without links, to be freed. *ret_root: file and directory are
 * root's.
 */
gboolean plugin_file_judge(const char *path, char **ret_resolved, bool *ret_root, GError **error);

/* The same for a directory. `ret_root` may be NULL. */
gboolean plugin_directory_judge(const char *path, bool *ret_root, GError **error);
