/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/tlv.h"

#include <errno.h>

#include "format/tlv-record.h"

/* Records `first` up to, not including, `end`: sorted, they are one node and what is below it. */
typedef struct Group {
        const Records *records;
        size_t first, end;
} Group;

static const Record *group_first(const Group *group)
{
        return records_get(group->records, group->first);
}

/* The next group from `from` on of records that agree down to `level`. */
static Group group_next(const Records *records, size_t from, size_t end, PathLevel level)
{
        Group group = {.records = records, .first = from, .end = from};
        Path node = records_get(records, from)->path;

        while (node.level > level)
                node = path_parent(node);
        while (group.end < end && path_within(records_get(records, group.end)->path, node))
                group.end++;
        return group;
}

/* A resource is multiple where its instances, or the lack of them, are listed. */
static bool is_multiple(const Group *resource)
{
        const Record *record = group_first(resource);

        return record->path.level == PATH_RESOURCE_INSTANCE || record->value.type == VALUE_NONE;
}

static size_t record_size(uint16_t id, size_t len)
{
        return tlv_head_size(id, len) + len;
}

/* How long the value of the resource's record is. */
static size_t resource_len(const Group *resource)
{
        size_t len = 0;

        if (!is_multiple(resource))
                return tlv_value_size(&group_first(resource)->value);

        for (size_t i = resource->first; i < resource->end; i++) {
                const Record *record = records_get(resource->records, i);

                if (record->path.level == PATH_RESOURCE_INSTANCE)
                        len += record_size(record->path.id[3], tlv_value_size(&record->value));
        }
        return len;
}

static int write_value(ByteWriter *writer, TlvType type, uint16_t id, const Value *value)
{
        int r = tlv_head_write(writer, type, id, tlv_value_size(value));

        if (r < 0)
                return r;
        tlv_value_write(writer, value);
        return 0;
}

static int write_resource(ByteWriter *writer, const Group *resource)
{
        const Record *first = group_first(resource);
        int r;

        if (!is_multiple(resource))
                return write_value(writer, TLV_RESOURCE, first->path.id[2], &first->value);

        r = tlv_head_write(writer, TLV_MULTIPLE, first->path.id[2], resource_len(resource));
        for (size_t i = resource->first; r >= 0 && i < resource->end; i++) {
                const Record *record = records_get(resource->records, i);

                if (record->path.level == PATH_RESOURCE_INSTANCE)
                        r = write_value(writer, TLV_RESOURCE_INSTANCE, record->path.id[3],
                                        &record->value);
        }
        return r;
}

/* The resource groups of an instance, passing over the record that says it has none. */
static size_t first_resource(const Group *instance)
{
        return instance->first + (group_first(instance)->path.level < PATH_RESOURCE ? 1 : 0);
}

static int write_resources(ByteWriter *writer, const Group *instance)
{
        size_t next = first_resource(instance);

        while (next < instance->end) {
                Group resource = group_next(instance->records, next, instance->end, PATH_RESOURCE);
                int r = write_resource(writer, &resource);

                if (r < 0)
                        return r;
                next = resource.end;
        }
        return 0;
}

static size_t resources_len(const Group *instance)
{
        size_t next = first_resource(instance), len = 0;

        while (next < instance->end) {
                Group resource = group_next(instance->records, next, instance->end, PATH_RESOURCE);

                len += record_size(group_first(&resource)->path.id[2], resource_len(&resource));
                next = resource.end;
        }
        return len;
}

/* Each instance in a record of its own, a single one too (Core 7.4.3). */
static int write_instances(ByteWriter *writer, const Records *records)
{
        size_t next = 0, end = records_len(records);

        while (next < end) {
                Group instance = group_next(records, next, end, PATH_INSTANCE);
                int r = tlv_head_write(writer, TLV_INSTANCE, group_first(&instance)->path.id[1],
                                       resources_len(&instance));

                if (r >= 0)
                        r = write_resources(writer, &instance);
                if (r < 0)
                        return r;
                next = instance.end;
        }
        return 0;
}

int tlv_encode(Path base, const ObjectDefinition *object, const Records *records,
               ByteWriter *writer)
{
        Group all = {.records = records, .first = 0, .end = records_len(records)};

        if (base.level == PATH_ROOT)
                return -ENOTSUP;
        if (all.end == 0)
                return 0;

        if (base.level == PATH_OBJECT)
                return write_instances(writer, records);
        if (base.level < PATH_RESOURCE_INSTANCE)
                return write_resources(writer, &all);
        return write_value(writer, TLV_RESOURCE_INSTANCE, base.id[3], &group_first(&all)->value);
}
