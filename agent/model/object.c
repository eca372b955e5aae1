/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/object.h"

#include <errno.h>

/* Object 0 has no operations, and no server gets at it (access.h): who reads it is local. */
static bool is_readable(const ObjectDefinition *object, uint16_t id)
{
        const ResourceDefinition *resource = definition_find_resource(object, id);

        if (!resource)
                return false;
        return (resource->operations & OP_R) != 0 ||
               (object->id == 0 && resource->operations == OP_BS_W);
}

static int has_instance(Object *object, uint16_t instance)
{
        uint16_t id;

        if (object->ops->next_instance(object, (int) instance - 1, &id) < 0 || id != instance)
                return -ENOENT;
        return 0;
}

static int has_resource(Object *object, uint16_t instance, uint16_t resource)
{
        uint16_t id;

        if (object->ops->next_resource(object, instance, (int) resource - 1, &id) < 0 ||
            id != resource)
                return -ENOENT;
        return 0;
}

static int has_resource_instance(Object *object, Path path)
{
        g_autoptr(Records) records = records_new();

        if (!is_readable(object->definition, path.id[2]))
                return -ENOENT;
        if (object->ops->read(object, path.id[1], path.id[2], records) < 0)
                return -ENOENT;
        return records_find(records, path) ? 0 : -ENOENT;
}

int object_has(Object *object, Path path)
{
        int r;

        if (path.level == PATH_ROOT || path.id[0] != object->definition->id)
                return -ENOENT;

        if (path.level >= PATH_INSTANCE) {
                r = has_instance(object, path.id[1]);
                if (r < 0)
                        return r;
        }
        if (path.level >= PATH_RESOURCE) {
                r = has_resource(object, path.id[1], path.id[2]);
                if (r < 0)
                        return r;
        }
        if (path.level == PATH_RESOURCE_INSTANCE)
                return has_resource_instance(object, path);
        return 0;
}

static int read_resources(Object *object, uint16_t instance, Records *records)
{
        int after = -1;
        uint16_t id;

        while (object->ops->next_resource(object, instance, after, &id) >= 0) {
                int r = 0;

                if (is_readable(object->definition, id))
                        r = object->ops->read(object, instance, id, records);
                /* Secrets, and what the owner does not let be read, are no reason to refuse the
                 * rest. */
                if (r < 0 && r != -EACCES && r != -EPERM && r != -ENOENT)
                        return r;
                after = id;
        }
        return 0;
}

static int read_instance(Object *object, uint16_t instance, Records *records)
{
        size_t before = records_len(records);
        int r;

        if (object->ops->read_instance)
                r = object->ops->read_instance(object, instance, records);
        else
                r = read_resources(object, instance, records);
        if (r < 0 || records_len(records) > before)
                return r;
        return records_add(records, path_instance(object->definition->id, instance),
                           (Value){.type = VALUE_NONE});
}

static int read_object(Object *object, ObjectFilter allowed, void *user, Records *records)
{
        int after = -1;
        uint16_t id;

        while (object->ops->next_instance(object, after, &id) >= 0) {
                int r = 0;

                if (!allowed || allowed(path_instance(object->definition->id, id), user))
                        r = read_instance(object, id, records);
                if (r < 0)
                        return r;
                after = id;
        }
        return 0;
}

static int read_resource(Object *object, Path path, Records *records)
{
        if (!is_readable(object->definition, path.id[2]))
                return -EPERM;
        return object->ops->read(object, path.id[1], path.id[2], records);
}

static int read_resource_instance(Object *object, Path path, Records *records)
{
        g_autoptr(Records) all = records_new();
        int r;

        r = read_resource(object, path, all);
        if (r < 0)
                return r;

        for (size_t i = 0; i < records_len(all); i++) {
                if (path_equal(records_get(all, i)->path, path))
                        return records_add(records, path, records_take(all, i));
        }
        return -ENOENT;
}

static int read_level(Object *object, Path path, ObjectFilter allowed, void *user, Records *records)
{
        switch ((PathLevel) path.level) {
        case PATH_OBJECT:
                return read_object(object, allowed, user, records);
        case PATH_INSTANCE:
                return read_instance(object, path.id[1], records);
        case PATH_RESOURCE:
                return read_resource(object, path, records);
        case PATH_RESOURCE_INSTANCE:
                return read_resource_instance(object, path, records);
        case PATH_ROOT:
                return -ENOENT;
        }
        g_return_val_if_reached(-ENOENT);
}

int object_read(Object *object, Path path, ObjectFilter allowed, void *user, Records *records)
{
        size_t before = records_len(records);
        Path existing = path.level == PATH_RESOURCE_INSTANCE ? path_parent(path) : path;
        int r;

        r = object_has(object, existing);
        if (r < 0)
                return r;

        r = read_level(object, path, allowed, user, records);
        if (r < 0)
                records_truncate(records, before);
        return r;
}
