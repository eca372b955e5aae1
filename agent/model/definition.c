/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/definition.h"

#include <errno.h>

const ResourceDefinition *definition_find_resource(const ObjectDefinition *object, uint16_t id)
{
        size_t low = 0, high = object->n_resources;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (object->resources[middle].id == id)
                        return &object->resources[middle];
                if (object->resources[middle].id < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

static bool in_range(const ResourceDefinition *resource, const Value *value)
{
        switch (value->type) {
        case VALUE_INTEGER:
        case VALUE_TIME:
                return value->integer >= resource->min && value->integer <= resource->max;
        case VALUE_UNSIGNED:
                return resource->max >= 0 && value->number <= (uint64_t) resource->max &&
                       (resource->min <= 0 || value->number >= (uint64_t) resource->min);
        case VALUE_FLOAT:
                /* NaN is in no range. */
                return value->real >= (double) resource->min &&
                       value->real <= (double) resource->max;
        case VALUE_STRING:
        case VALUE_OPAQUE:
        case VALUE_CORELNK:
                return value->bytes.len >= (uint64_t) MAX(resource->min, 0) &&
                       value->bytes.len <= (uint64_t) MAX(resource->max, 0);
        case VALUE_NONE:
        case VALUE_BOOLEAN:
        case VALUE_OBJLNK:
                return true;
        }
        g_return_val_if_reached(false);
}

int definition_accept(const ResourceDefinition *resource, Value *value)
{
        int r;

        if (resource->type == VALUE_NONE)
                return -EINVAL;

        r = value_convert(value, resource->type);
        if (r < 0)
                return r;

        if (resource->min == 0 && resource->max == 0)
                return 0;
        return in_range(resource, value) ? 0 : -ERANGE;
}
