/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/path-list.h"

#include <errno.h>

struct PathList {
        Path paths[PATH_LIST_MAX];
        size_t len;
};

PathList *path_list_new(void)
{
        return g_new0(PathList, 1);
}

void path_list_free(PathList *list)
{
        g_free(list);
}

int path_list_add(PathList *list, Path path)
{
        for (size_t i = 0; i < list->len; i++) {
                if (path_equal(list->paths[i], path))
                        return 0;
        }
        if (list->len == PATH_LIST_MAX)
                return -E2BIG;

        list->paths[list->len++] = path;
        return 0;
}

size_t path_list_len(const PathList *list)
{
        return list->len;
}

Path path_list_get(const PathList *list, size_t index)
{
        g_assert(index < list->len);
        return list->paths[index];
}
