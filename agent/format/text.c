/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/text.h"

#include <errno.h>
#include <string.h>

int text_encode(Path base, const ObjectDefinition *object, const Records *records,
                ByteWriter *writer)
{
        g_autofree char *text = NULL;
        const Record *record;
        const Value *value;

        if (base.level < PATH_RESOURCE || records_len(records) != 1)
                return -ENOTSUP;

        /* One instance of a multiple resource is not the resource. */
        record = records_get(records, 0);
        value = &record->value;
        if (!path_equal(record->path, base) || value->type == VALUE_NONE)
                return -ENOTSUP;

        if (value->type == VALUE_STRING || value->type == VALUE_CORELNK) {
                byte_writer_bytes(writer, value->bytes.data, value->bytes.len);
                return 0;
        }

        text = value_to_text(value);
        byte_writer_text(writer, text);
        return 0;
}

int text_decode(Path base, const ObjectDefinition *object, const void *data, size_t len,
                Records *records)
{
        const ResourceDefinition *resource;
        Value value;
        int r;

        if (base.level < PATH_RESOURCE)
                return -ENOTSUP;
        if (len > VALUE_MAX_SIZE)
                return -E2BIG;

        resource = definition_find_resource(object, base.id[2]);
        if (resource && resource->multiple && base.level == PATH_RESOURCE)
                return -ENOTSUP;

        /* Without a type there is nothing to read: whoever writes it refuses it. */
        if (!resource || resource->type == VALUE_NONE)
                return records_add(records, base, value_opaque(data, len));

        r = value_from_text(resource->type, data, len, &value);
        if (r < 0)
                return r;
        return records_add(records, base, value);
}
