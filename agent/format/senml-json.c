/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/senml-json.h"

#include <errno.h>
#include <string.h>

#include "format/base64.h"
#include "format/json.h"
#include "format/senml.h"

/* ---- Writing ---------------------------------------------------------------- */

static void write_label(ByteWriter *writer, SenmlLabel label, bool *first)
{
        byte_writer_text(writer, *first ? "{\"" : ",\"");
        byte_writer_text(writer, senml_label_name(label));
        byte_writer_text(writer, "\":");
        *first = false;
}

static void write_value(ByteWriter *writer, const Value *value)
{
        if (value->type != VALUE_OPAQUE) {
                json_write_value(writer, value);
                return;
        }
        byte_writer_u8(writer, '"');
        base64url_write(writer, value->bytes.data, value->bytes.len);
        byte_writer_u8(writer, '"');
}

/* `base` is "" and `base_time` 0 in all records but the first. */
static void write_record(ByteWriter *writer, const char *base, int64_t base_time, const char *name,
                         int64_t time, const Value *value)
{
        bool first = true;

        if (*base) {
                write_label(writer, SENML_BASE_NAME, &first);
                json_write_string(writer, base, strlen(base));
        }
        if (base_time != 0) {
                write_label(writer, SENML_BASE_TIME, &first);
                json_write_time(writer, base_time);
        }
        if (*name) {
                write_label(writer, SENML_NAME, &first);
                json_write_string(writer, name, strlen(name));
        }
        if (time != 0) {
                write_label(writer, SENML_TIME, &first);
                json_write_time(writer, time);
        }
        write_label(writer, senml_label_of(value), &first);
        write_value(writer, value);
        byte_writer_u8(writer, '}');
}

int senml_json_encode(const Records *records, const int64_t *times, ByteWriter *writer)
{
        SenmlLayout layout = senml_layout(records);
        char buffer[PATH_TEXT_SIZE];
        int64_t base_time = 0;
        bool first = true;

        byte_writer_u8(writer, '[');
        for (size_t i = 0; i < records_len(records); i++) {
                const Record *record = records_get(records, i);
                int64_t time = times ? times[i] : 0;

                if (!senml_has(record))
                        continue;
                if (first)
                        base_time = time;
                else
                        byte_writer_u8(writer, ',');
                write_record(writer, first ? layout.base : "", first ? base_time : 0,
                             senml_layout_name(&layout, record->path, buffer), time - base_time,
                             &record->value);
                first = false;
        }
        byte_writer_u8(writer, ']');
        return 0;
}

/* ---- Reading ---------------------------------------------------------------- */

static int decode_data(Scalar *scalar)
{
        char *data;
        size_t len;
        int r;

        if (scalar->type == SCALAR_NULL)
                return 0;
        if (scalar->type != SCALAR_TEXT)
                return -EBADMSG;
        r = base64_parse(scalar->data, scalar->len, &data, &len);
        if (r < 0)
                return r;

        *scalar = (Scalar){.type = SCALAR_BYTES, .data = data, .len = len, .owned = data};
        return 0;
}

static int read_member(SenmlPack *pack, const char *key, const json_t *json)
{
        SenmlLabel label;
        Scalar scalar;
        int r;

        r = senml_label_find(key, strlen(key), &label);
        if (r < 0 || label == SENML_UNKNOWN)
                return r;
        r = json_to_scalar(json, &scalar);
        if (r == 0 && label == SENML_DATA)
                r = decode_data(&scalar);
        return r < 0 ? r : senml_pack_set(pack, label, &scalar);
}

static int read_record(SenmlPack *pack, json_t *record)
{
        const char *key;
        json_t *member;

        if (!json_is_object(record))
                return -EBADMSG;

        json_object_foreach(record, key, member)
        {
                int r = read_member(pack, key, member);

                if (r < 0)
                        return r;
        }
        return senml_pack_end_record(pack);
}

static int read_pack(SenmlPack *pack, const void *data, size_t len)
{
        g_autoptr(json_t) json = NULL;
        size_t index;
        json_t *record;
        int r;

        r = json_parse(data, len, &json);
        if (r < 0)
                return r;
        if (!json_is_array(json))
                return -EBADMSG;

        json_array_foreach(json, index, record)
        {
                r = read_record(pack, record);
                if (r < 0)
                        return r;
        }
        return senml_pack_end(pack);
}

int senml_json_decode(Collector *collector, const void *data, size_t len)
{
        SenmlPack pack = {.collector = collector};
        int r = read_pack(&pack, data, len);

        senml_pack_clear(&pack);
        return r;
}

int senml_json_decode_paths(const void *data, size_t len, PathList *paths)
{
        SenmlPack pack = {.paths = paths};
        int r = read_pack(&pack, data, len);

        senml_pack_clear(&pack);
        return r;
}
