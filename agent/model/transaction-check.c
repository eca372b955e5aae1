/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/transaction-check.h"

#include <errno.h>

int transaction_check_path(Object *object, Path path)
{
        const ResourceDefinition *resource;
        int r;

        if (path.level < PATH_INSTANCE)
                return -EPERM;

        r = object_has(object, path_instance(path.id[0], path.id[1]));
        if (r < 0)
                return r;

        if (path.level >= PATH_RESOURCE) {
                resource = definition_find_resource(object->definition, path.id[2]);
                if (!resource)
                        return -ENOENT;
                if ((resource->operations & OP_W) == 0)
                        return -EPERM;
                if (path.level == PATH_RESOURCE_INSTANCE && !resource->multiple)
                        return -EPERM;
        }
        /* A resource instance is replaced by a write, not created. */
        if (path.level == PATH_RESOURCE_INSTANCE) {
                r = object_has(object, path);
                if (r < 0)
                        return r;
        }
        return object->ops->stage ? 0 : -EPERM;
}

/* Looks for what may not be written before anything else is looked at. */
static int check_operations(const ObjectDefinition *object, const Records *records)
{
        for (size_t i = 0; i < records_len(records); i++) {
                Path path = records_get(records, i)->path;
                const ResourceDefinition *resource;

                if (path.level < PATH_RESOURCE)
                        continue;
                resource = definition_find_resource(object, path.id[2]);
                if (resource && (resource->operations & OP_W) == 0)
                        return -EPERM;
        }
        return 0;
}

/* Whether the record has the form its resource asks for. */
static bool fits(const ResourceDefinition *resource, const Record *record)
{
        if (!resource->multiple)
                return record->path.level == PATH_RESOURCE && record->value.type != VALUE_NONE;

        /* At the resource's own path: that it has no instances. */
        if (record->path.level == PATH_RESOURCE)
                return record->value.type == VALUE_NONE;
        return record->value.type != VALUE_NONE;
}

/* Moves record `index` of `records` to `accepted`, or passes over it. -ERANGE values are moved too.
 */
static int accept_record(const ObjectDefinition *object, Path path, Records *records, size_t index,
                         Records *accepted)
{
        const Record *record = records_get(records, index);
        const ResourceDefinition *resource;
        Value value;
        int r, result = 0;

        if (!path_within(record->path, path))
                return -EINVAL;
        if (record->path.level < PATH_RESOURCE) /* the instance has no resources */
                return record->value.type == VALUE_NONE ? 0 : -EINVAL;

        resource = definition_find_resource(object, record->path.id[2]);
        if (!resource) /* Core 6.3.3: left out; of an instance, as a path of a resource is known */
                return 0;
        if (!fits(resource, record))
                return -EINVAL;

        value = records_take(records, index);
        if (value.type != VALUE_NONE)
                result = definition_accept(resource, &value);

        r = records_add(accepted, record->path, value);
        return r < 0 ? r : result;
}

/* "No instances" and an instance of one resource contradict each other. Sorted, they are
 * neighbours. */
static int check_contradictions(const Records *accepted)
{
        for (size_t i = 1; i < records_len(accepted); i++) {
                if (path_within(records_get(accepted, i)->path, records_get(accepted, i - 1)->path))
                        return -EINVAL;
        }
        return 0;
}

/* Core 6.3.3: a replaced instance has its mandatory resources afterwards. Read-only ones stay. */
static int check_mandatory(const ObjectDefinition *object, const Records *accepted)
{
        size_t next = 0;

        for (size_t i = 0; i < object->n_resources; i++) {
                const ResourceDefinition *resource = &object->resources[i];

                while (next < records_len(accepted) &&
                       records_get(accepted, next)->path.id[2] < resource->id)
                        next++;
                if (!resource->mandatory || (resource->operations & OP_W) == 0)
                        continue;
                if (next == records_len(accepted) ||
                    records_get(accepted, next)->path.id[2] != resource->id)
                        return -EINVAL;
        }
        return 0;
}

int transaction_check_records(const ObjectDefinition *object, WriteMode mode, Path path,
                              Records *records, Records **ret)
{
        g_autoptr(Records) accepted = records_new();
        bool out_of_range = false;
        int r;

        r = check_operations(object, records);
        if (r < 0)
                return r;

        for (size_t i = 0; i < records_len(records); i++) {
                r = accept_record(object, path, records, i, accepted);
                if (r == -ERANGE)
                        out_of_range = true;
                else if (r < 0)
                        return r;
        }

        if (records_sort(accepted) < 0 || check_contradictions(accepted) < 0)
                return -EINVAL;
        if (path.level >= PATH_RESOURCE && records_len(accepted) == 0)
                return -EINVAL;
        if (mode == WRITE_REPLACE_INSTANCE && check_mandatory(object, accepted) < 0)
                return -EINVAL;
        if (out_of_range)
                return -ERANGE;

        *ret = g_steal_pointer(&accepted);
        return 0;
}
