/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/senml-cbor.h"

#include <errno.h>
#include <string.h>

#include "format/cbor-item.h"
#include "format/senml.h"

/* ---- Writing ---------------------------------------------------------------- */

static void write_label(ByteWriter *writer, SenmlLabel label)
{
        const char *name;

        if (label < SENML_LINK) {
                cbor_write_integer(writer, label);
                return;
        }
        name = senml_label_name(label);
        cbor_write_text(writer, name, strlen(name));
}

static void write_text(ByteWriter *writer, SenmlLabel label, const char *text)
{
        write_label(writer, label);
        cbor_write_text(writer, text, strlen(text));
}

/* Microseconds as seconds. */
static void write_time(ByteWriter *writer, SenmlLabel label, int64_t time)
{
        write_label(writer, label);
        if (time % G_USEC_PER_SEC == 0)
                cbor_write_integer(writer, time / G_USEC_PER_SEC);
        else
                cbor_write_float(writer, (double) time / G_USEC_PER_SEC);
}

/* `base` is "" and `base_time` 0 in all records but the first. */
static void write_record(ByteWriter *writer, const char *base, int64_t base_time, const char *name,
                         int64_t time, const Value *value)
{
        cbor_write_map(writer,
                       1u + (*base != '\0') + (base_time != 0) + (*name != '\0') + (time != 0));
        if (*base)
                write_text(writer, SENML_BASE_NAME, base);
        if (base_time != 0)
                write_time(writer, SENML_BASE_TIME, base_time);
        if (*name)
                write_text(writer, SENML_NAME, name);
        if (time != 0)
                write_time(writer, SENML_TIME, time);
        write_label(writer, senml_label_of(value));
        cbor_write_value(writer, value);
}

int senml_cbor_encode(const Records *records, const int64_t *times, ByteWriter *writer)
{
        SenmlLayout layout = senml_layout(records);
        char buffer[PATH_TEXT_SIZE];
        int64_t base_time = 0;
        bool first = true;

        cbor_write_array(writer, layout.n_records);
        for (size_t i = 0; i < records_len(records); i++) {
                const Record *record = records_get(records, i);
                int64_t time = times ? times[i] : 0;

                if (!senml_has(record))
                        continue;
                if (first)
                        base_time = time;
                write_record(writer, first ? layout.base : "", first ? base_time : 0,
                             senml_layout_name(&layout, record->path, buffer), time - base_time,
                             &record->value);
                first = false;
        }
        return 0;
}

/* ---- Reading ---------------------------------------------------------------- */

static int read_label(ByteReader *reader, SenmlLabel *ret)
{
        g_auto(Scalar) key = {0};
        int r = cbor_scalar_read(reader, &key);

        if (r < 0)
                return -EBADMSG;
        if (key.type == SCALAR_TEXT)
                return senml_label_find(key.data, key.len, ret);

        if (key.type == SCALAR_UNSIGNED && key.number < SENML_LINK)
                *ret = (SenmlLabel) key.number;
        else if (key.type == SCALAR_NEGATIVE && key.integer >= SENML_BASE_SUM)
                *ret = (SenmlLabel) key.integer;
        else if (key.type == SCALAR_UNSIGNED || key.type == SCALAR_NEGATIVE)
                *ret = SENML_UNKNOWN;
        else
                return -EBADMSG;
        return 0;
}

static int read_entry(SenmlPack *pack, ByteReader *reader)
{
        Scalar scalar = {0};
        SenmlLabel label;
        int r;

        r = read_label(reader, &label);
        if (r < 0)
                return r;
        if (label == SENML_UNKNOWN)
                return cbor_item_skip(reader);
        r = cbor_scalar_read(reader, &scalar);
        return r < 0 ? r : senml_pack_set(pack, label, &scalar);
}

static int read_record(SenmlPack *pack, ByteReader *reader)
{
        CborContainer map;
        int r;

        r = cbor_container_open(reader, CBOR_KIND_MAP, &map);
        if (r < 0)
                return r;

        for (;;) {
                r = cbor_container_next(reader, &map);
                if (r == 0)
                        return senml_pack_end_record(pack);
                if (r > 0)
                        r = read_entry(pack, reader);
                if (r < 0)
                        return r;
        }
}

static int read_pack(SenmlPack *pack, ByteReader *reader)
{
        CborContainer array;
        int r;

        r = cbor_container_open(reader, CBOR_KIND_ARRAY, &array);
        while (r == 0) {
                r = cbor_container_next(reader, &array);
                if (r == 0)
                        break;
                if (r > 0)
                        r = read_record(pack, reader);
        }
        if (r < 0)
                return r;
        return byte_reader_left(reader) > 0 ? -EBADMSG : senml_pack_end(pack);
}

int senml_cbor_decode(Collector *collector, const void *data, size_t len)
{
        ByteReader reader = byte_reader(data, len);
        SenmlPack pack = {.collector = collector};
        int r = read_pack(&pack, &reader);

        senml_pack_clear(&pack);
        return r;
}

int senml_cbor_decode_paths(const void *data, size_t len, PathList *paths)
{
        ByteReader reader = byte_reader(data, len);
        SenmlPack pack = {.paths = paths};
        int r = read_pack(&pack, &reader);

        senml_pack_clear(&pack);
        return r;
}
