/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/opaque.h"

#include <errno.h>

int opaque_encode(Path base, const ObjectDefinition *object, const Records *records,
                  ByteWriter *writer)
{
        const Record *record;

        if (base.level < PATH_RESOURCE || records_len(records) != 1)
                return -ENOTSUP;

        record = records_get(records, 0);
        if (!path_equal(record->path, base) || record->value.type != VALUE_OPAQUE)
                return -ENOTSUP;

        byte_writer_bytes(writer, record->value.bytes.data, record->value.bytes.len);
        return 0;
}

int opaque_decode(Path base, const ObjectDefinition *object, const void *data, size_t len,
                  Records *records)
{
        const ResourceDefinition *resource;

        if (base.level < PATH_RESOURCE)
                return -ENOTSUP;
        if (len > VALUE_MAX_SIZE)
                return -E2BIG;

        resource = definition_find_resource(object, base.id[2]);
        if (resource && resource->multiple && base.level == PATH_RESOURCE)
                return -ENOTSUP;
        /* Of resources without a type: whoever writes them refuses them. */
        if (resource && resource->type != VALUE_OPAQUE && resource->type != VALUE_NONE)
                return -ENOTSUP;

        return records_add(records, base, value_opaque(data, len));
}
