/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/access.h"

#include <errno.h>

#define OBJECT_SECURITY 0
#define OBJECT_SERVER 1
#define OBJECT_OSCORE 21
#define OBJECT_COSE 23

/* They hold credentials, and only bootstrap has to do with them (Core E.1). */
static bool is_hidden(uint16_t object)
{
        return object == OBJECT_SECURITY || object == OBJECT_OSCORE || object == OBJECT_COSE;
}

int access_check(Origin server, Path path, AccessRight right, uint16_t own_server_instance,
                 bool single)
{
        if (server == ORIGIN_LOCAL)
                return 0;

        /* The root includes object 0. */
        if (path.level == PATH_ROOT || is_hidden(path.id[0]))
                return -EACCES;

        /* Core 8.2.1: a single server has all rights on all else. */
        if (single)
                return 0;

        if (path.id[0] != OBJECT_SERVER)
                return 0;
        /* Others' accounts neither come, go nor change at a server's wish. */
        if (path.level == PATH_OBJECT)
                return right == ACCESS_READ ? 0 : -EACCES;
        return path.id[1] == own_server_instance ? 0 : -EACCES;
}
