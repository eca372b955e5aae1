/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/tlv.h"

#include <errno.h>

#include "format/tlv-record.h"

/* Never deeper than instance, resource, resource instance: a function each, none calls itself. */
typedef struct Decoder {
        const ObjectDefinition *object;
        Records *records;
        size_t n_resources; /* records of resources, multiple or not */
} Decoder;

static int add_value(Decoder *decoder, Path path, ValueType type, const TlvRecord *record)
{
        Value value;
        int r = tlv_value_parse(type, record->data, record->len, &value);

        if (r < 0)
                return r;
        return records_add(decoder->records, path, value);
}

static int decode_multiple(Decoder *decoder, Path path, ValueType type, const TlvRecord *record)
{
        ByteReader reader = byte_reader(record->data, record->len);
        TlvRecord child;
        int r;

        if (record->len == 0)
                return records_add(decoder->records, path, (Value){.type = VALUE_NONE});

        for (;;) {
                r = tlv_record_parse(&reader, &child);
                if (r <= 0)
                        return r;
                if (child.type != TLV_RESOURCE_INSTANCE)
                        return -EBADMSG;

                r = add_value(decoder, path_child(path, child.id), type, &child);
                if (r < 0)
                        return r;
        }
}

static int decode_resource(Decoder *decoder, Path instance, const TlvRecord *record)
{
        const ResourceDefinition *resource = definition_find_resource(decoder->object, record->id);
        ValueType type = resource ? resource->type : VALUE_NONE;
        Path path = path_child(instance, record->id);

        if (record->type != TLV_RESOURCE && record->type != TLV_MULTIPLE)
                return -EBADMSG;
        if (resource && type != VALUE_NONE && resource->multiple != (record->type == TLV_MULTIPLE))
                return -EBADMSG;

        decoder->n_resources++;
        if (record->type == TLV_MULTIPLE)
                return decode_multiple(decoder, path, type, record);
        return add_value(decoder, path, type, record);
}

static int decode_resources(Decoder *decoder, Path instance, ByteReader *reader)
{
        TlvRecord record;
        int r;

        for (;;) {
                r = tlv_record_parse(reader, &record);
                if (r <= 0)
                        return r;
                r = decode_resource(decoder, instance, &record);
                if (r < 0)
                        return r;
        }
}

/* The resources as they are, or in the record of this instance (Core 7.4.3). */
static int decode_instance(Decoder *decoder, Path path, ByteReader *reader)
{
        ByteReader ahead = *reader, inside;
        TlvRecord record;
        int r;

        r = tlv_record_parse(&ahead, &record);
        if (r <= 0)
                return r;
        if (record.type != TLV_INSTANCE)
                return decode_resources(decoder, path, reader);

        if (record.id != path.id[1] || byte_reader_left(&ahead) > 0)
                return -EBADMSG;

        inside = byte_reader(record.data, record.len);
        return decode_resources(decoder, path, &inside);
}

/* The only record there is. */
static int decode_only(ByteReader *reader, TlvRecord *ret)
{
        int r = tlv_record_parse(reader, ret);

        if (r < 0)
                return r;
        return r == 0 || byte_reader_left(reader) > 0 ? -EBADMSG : 0;
}

static int decode_one_resource(Decoder *decoder, Path path, ByteReader *reader)
{
        TlvRecord record;
        int r;

        r = decode_only(reader, &record);
        if (r < 0)
                return r;
        if (record.id != path.id[2])
                return -EBADMSG;
        return decode_resource(decoder, path_parent(path), &record);
}

/* Alone, or in the record of its resource. */
static int decode_one_resource_instance(Decoder *decoder, Path path, ByteReader *reader)
{
        const ResourceDefinition *resource = definition_find_resource(decoder->object, path.id[2]);
        TlvRecord record;
        ByteReader inside;
        int r;

        r = decode_only(reader, &record);
        if (r < 0)
                return r;

        if (record.type == TLV_MULTIPLE && record.id == path.id[2]) {
                inside = byte_reader(record.data, record.len);
                r = decode_only(&inside, &record);
                if (r < 0)
                        return r;
        }
        if (record.type != TLV_RESOURCE_INSTANCE || record.id != path.id[3])
                return -EBADMSG;

        decoder->n_resources++;
        return add_value(decoder, path, resource ? resource->type : VALUE_NONE, &record);
}

/* Sorted, a resource that came in two records shows as fewer resources than there were records. */
static int check_duplicates(const Decoder *decoder)
{
        size_t n = 0;

        if (records_sort(decoder->records) < 0)
                return -EBADMSG;

        for (size_t i = 0; i < records_len(decoder->records); i++) {
                Path path = records_get(decoder->records, i)->path;

                if (i == 0 || path.id[2] != records_get(decoder->records, i - 1)->path.id[2])
                        n++;
        }
        return n == decoder->n_resources ? 0 : -EBADMSG;
}

int tlv_decode(Path base, const ObjectDefinition *object, const void *data, size_t len,
               Records *records)
{
        Decoder decoder = {.object = object, .records = records};
        ByteReader reader = byte_reader(data, len);
        int r;

        if (base.level < PATH_INSTANCE)
                return -ENOTSUP;

        if (base.level == PATH_INSTANCE)
                r = decode_instance(&decoder, base, &reader);
        else if (base.level == PATH_RESOURCE)
                r = decode_one_resource(&decoder, base, &reader);
        else
                r = decode_one_resource_instance(&decoder, base, &reader);
        if (r < 0)
                return r;
        return check_duplicates(&decoder);
}
