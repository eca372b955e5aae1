/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/plain-cbor.h"

#include <errno.h>

#include "format/cbor-item.h"

int plain_cbor_encode(Path base, const ObjectDefinition *object, const Records *records,
                      ByteWriter *writer)
{
        const Record *record;

        if (base.level < PATH_RESOURCE || records_len(records) != 1)
                return -ENOTSUP;

        /* One instance of a multiple resource is not the resource. */
        record = records_get(records, 0);
        if (!path_equal(record->path, base) || record->value.type == VALUE_NONE)
                return -ENOTSUP;

        cbor_write_value(writer, &record->value);
        return 0;
}

int plain_cbor_decode(Path base, const ObjectDefinition *object, const void *data, size_t len,
                      Records *records)
{
        ByteReader reader = byte_reader(data, len);
        const ResourceDefinition *resource;
        g_auto(Scalar) scalar = {0};
        Value value;
        int r;

        if (base.level < PATH_RESOURCE)
                return -ENOTSUP;
        resource = definition_find_resource(object, base.id[2]);
        if (resource && resource->multiple && base.level == PATH_RESOURCE)
                return -ENOTSUP;

        r = cbor_scalar_read(&reader, &scalar);
        if (r < 0)
                return r;
        if (byte_reader_left(&reader) > 0)
                return -EBADMSG;

        r = scalar_to_value(&scalar, resource ? resource->type : VALUE_NONE, &value);
        return r < 0 ? r : records_add(records, base, value);
}
