/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An address in the data model: object, instance, resource, resource instance (Core 7.1). A plain
 * value. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATH_ID_MAX 65534
#define PATH_ID_NONE 65535 /* MAX_ID, reserved */

typedef enum PathLevel {
        PATH_ROOT,
        PATH_OBJECT,
        PATH_INSTANCE,
        PATH_RESOURCE,
        PATH_RESOURCE_INSTANCE,
} PathLevel;

typedef struct Path {
        uint16_t id[4]; /* beyond `level`: PATH_ID_NONE */
        uint8_t level;  /* PathLevel: how many of them are used */
} Path;

/* The longest text: "/65534/65534/65534/65534". */
#define PATH_TEXT_SIZE 25

Path path_root(void);
Path path_object(uint16_t object);
Path path_instance(uint16_t object, uint16_t instance);
Path path_resource(uint16_t object, uint16_t instance, uint16_t resource);
Path path_resource_instance(uint16_t object, uint16_t instance, uint16_t resource,
                            uint16_t resource_instance);

/* One level up; of the root: the root. */
Path path_parent(Path path);

/* One level down. */
Path path_child(Path path, uint16_t id);

/* "/", "/3", "/3/0/9" … decimal, no leading zeros, no trailing slash. -EINVAL. */
int path_parse(const char *text, Path *ret);

/* One segment ("0" … "65534"): -EINVAL where it is no number or has leading zeros, -ERANGE from
 * 65535 on. */
int path_parse_id(const char *text, size_t len, uint16_t *ret);

/* Into `buffer`, which is returned. */
const char *path_to_text(Path path, char buffer[PATH_TEXT_SIZE]);

bool path_equal(Path a, Path b);

/* Order of a walk through the tree: a parent before its children, IDs ascending. */
int path_compare(Path a, Path b);

/* Whether `path` is `ancestor` or lies below it. */
bool path_within(Path path, Path ancestor);
