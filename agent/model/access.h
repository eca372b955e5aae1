/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a server may do (Core 8.2). */

#include <stdbool.h>

#include "model/object.h"

typedef enum AccessRight {
        ACCESS_READ = 1, /* Read, Observe, Write-Attributes */
        ACCESS_WRITE = 2,
        ACCESS_EXECUTE = 4,
        ACCESS_DELETE = 8,
        ACCESS_CREATE = 16,
} AccessRight;

/*
 * 0, or -EACCES: object 0 is accessible to no server (Core E.1), and of object 1 a server has its
 * own instance alone where there are several. `own_server_instance`: the instance of object 1 that
 * belongs to the server. `single`: it is the only server account. `path` names an object, an
 * instance or something below.
 */
int access_check(Origin server, Path path, AccessRight right, uint16_t own_server_instance,
                 bool single);
