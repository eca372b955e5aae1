/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Paths that a composite operation names, in their order; they may overlap (Core 6.3.8). */

#include <glib.h>

#include "model/path.h"

/* The most paths of one list. */
#define PATH_LIST_MAX 512

typedef struct PathList PathList;

PathList *path_list_new(void);
void path_list_free(PathList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PathList, path_list_free)

/* A path that is there already is passed over. -E2BIG above PATH_LIST_MAX. */
int path_list_add(PathList *list, Path path);

size_t path_list_len(const PathList *list);

/* `index` < path_list_len(). */
Path path_list_get(const PathList *list, size_t index);
