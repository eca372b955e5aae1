/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "objects/fixed-object.h"

#include <errno.h>

static bool is_there(const FixedResource *resource, Object *object, uint16_t instance)
{
        Value value = {.type = VALUE_NONE};
        bool there = !resource->get || resource->get(object, instance, &value) != -ENOENT;

        value_clear(&value);
        return there;
}

int fixed_next_resource(const FixedTable *table, Object *object, uint16_t instance, int after,
                        uint16_t *ret)
{
        for (size_t i = 0; i < table->n_resources; i++) {
                const FixedResource *resource = &table->resources[i];

                if ((int) resource->id <= after || !is_there(resource, object, instance))
                        continue;
                *ret = resource->id;
                return 0;
        }
        return -ENOENT;
}

static const FixedResource *find(const FixedTable *table, uint16_t id)
{
        for (size_t i = 0; i < table->n_resources; i++) {
                if (table->resources[i].id == id)
                        return &table->resources[i];
        }
        return NULL;
}

static int read_fixed(const FixedResource *fixed, Object *object, uint16_t instance,
                      Records *records)
{
        Path path = path_resource(object->definition->id, instance, fixed->id);
        Value value;
        int r;

        r = fixed->get(object, instance, &value);
        if (r < 0)
                return r;
        return records_add(records, fixed->multiple ? path_child(path, 0) : path, value);
}

int fixed_read(const FixedTable *table, Object *object, uint16_t instance, uint16_t resource,
               Records *records)
{
        const FixedResource *fixed = find(table, resource);

        if (!fixed)
                return -ENOENT;
        return fixed->get ? read_fixed(fixed, object, instance, records) : -EPERM;
}

int fixed_read_instance(const FixedTable *table, Object *object, uint16_t instance,
                        Records *records)
{
        for (size_t i = 0; i < table->n_resources; i++) {
                const FixedResource *fixed = &table->resources[i];
                int r = fixed->get ? read_fixed(fixed, object, instance, records) : 0;

                /* Neither a secret nor what is absent is a reason to refuse the rest. */
                if (r < 0 && r != -EACCES && r != -ENOENT)
                        return r;
        }
        return 0;
}
