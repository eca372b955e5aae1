/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/collector.h"

#include <errno.h>
#include <string.h>

static ValueType type_of(const Collector *collector, Path path)
{
        const ObjectDefinition *object = collector->object;
        const ResourceDefinition *resource;

        if (!object && collector->lookup)
                object = collector->lookup(path.id[0], collector->lookup_user);
        resource = object ? definition_find_resource(object, path.id[2]) : NULL;
        return resource ? resource->type : VALUE_NONE;
}

static int add_deletion(Collector *collector, Path path)
{
        if (!collector->may_delete || path.level != PATH_RESOURCE_INSTANCE)
                return -EINVAL;
        return records_add(collector->records, path, (Value){.type = VALUE_NONE});
}

int collector_add(Collector *collector, Path path, const Scalar *scalar)
{
        Value value;
        ValueType type;
        int r;

        if (!path_within(path, collector->base) || path.level < PATH_RESOURCE)
                return -EINVAL;
        if (scalar->type == SCALAR_NULL)
                return add_deletion(collector, path);

        type = type_of(collector, path);
        if (type == VALUE_OPAQUE && collector->base64_text && scalar->type == SCALAR_TEXT)
                r = value_from_text(type, scalar->data, scalar->len, &value);
        else
                r = scalar_to_value(scalar, type, &value);
        return r < 0 ? r : records_add(collector->records, path, value);
}

int collector_add_empty(Collector *collector, Path path)
{
        if (!path_within(path, collector->base) ||
            (path.level != PATH_INSTANCE && path.level != PATH_RESOURCE))
                return -EINVAL;
        return records_add(collector->records, path, (Value){.type = VALUE_NONE});
}

int collector_finish(Collector *collector)
{
        const Records *records = collector->records;

        if (records_sort(collector->records) < 0)
                return -EINVAL;

        for (size_t i = 1; i < records_len(records); i++) {
                if (path_within(records_get(records, i)->path, records_get(records, i - 1)->path))
                        return -EINVAL;
        }
        return 0;
}

int collector_parse_path(const char *text, size_t len, Path *ret)
{
        char copy[PATH_TEXT_SIZE];

        if (len > 1 && text[len - 1] == '/')
                len--;
        if (len == 0 || len >= sizeof(copy) || memchr(text, '\0', len))
                return -EINVAL;

        memcpy(copy, text, len);
        copy[len] = '\0';
        return path_parse(copy, ret);
}
