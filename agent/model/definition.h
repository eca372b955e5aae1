/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an object and its resources are: the facts of OMA's object definitions. Constant data. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/value.h"

typedef enum Operations {
        OP_NONE = 0,
        OP_R = 1,
        OP_W = 2,
        OP_RW = 3,
        OP_E = 4,
        OP_BS_W = 8, /* written by the Bootstrap-Server only: no operation for servers */
} Operations;

typedef struct ResourceDefinition {
        uint16_t id;
        const char *name; /* as in the registry */
        uint8_t operations;
        bool multiple;
        bool mandatory;
        ValueType type;
        int64_t min, max; /* range of numbers, length range of strings and opaque; both 0: any */
        const char *units;
} ResourceDefinition;

typedef struct ObjectDefinition {
        uint16_t id;
        const char *name;
        const char *version; /* of the object, "1.0", "1.2" */
        bool multiple;
        bool mandatory;
        const ResourceDefinition *resources; /* IDs ascending */
        size_t n_resources;
} ObjectDefinition;

/* Who knows the definition of an object; NULL where nobody does. */
typedef const ObjectDefinition *(*DefinitionLookup)(uint16_t object, void *user);

/* NULL where unknown. O(log n). */
const ResourceDefinition *definition_find_resource(const ObjectDefinition *object, uint16_t id);

/* The definitions of objects 0, 1 and 3. NULL for others. */
const ObjectDefinition *definition_find_core(uint16_t object);

/* Whether the value has the type (converting it where that loses nothing) and lies in the range.
 * -EINVAL wrong type, -ERANGE. */
int definition_accept(const ResourceDefinition *resource, Value *value);
