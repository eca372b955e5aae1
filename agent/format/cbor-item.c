/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/cbor-item.h"

#include <cbor.h>
#include <errno.h>

/* ---- libcbor's callbacks, each called once for an item ---------------------- */

static void set_number(void *user, CborKind kind, uint64_t number)
{
        CborItem *item = user;

        item->kind = kind;
        item->number = number;
}

static void on_uint8(void *user, uint8_t number)
{
        set_number(user, CBOR_KIND_UNSIGNED, number);
}

static void on_uint16(void *user, uint16_t number)
{
        set_number(user, CBOR_KIND_UNSIGNED, number);
}

static void on_uint32(void *user, uint32_t number)
{
        set_number(user, CBOR_KIND_UNSIGNED, number);
}

static void on_uint64(void *user, uint64_t number)
{
        set_number(user, CBOR_KIND_UNSIGNED, number);
}

static void on_negative8(void *user, uint8_t number)
{
        set_number(user, CBOR_KIND_NEGATIVE, number);
}

static void on_negative16(void *user, uint16_t number)
{
        set_number(user, CBOR_KIND_NEGATIVE, number);
}

static void on_negative32(void *user, uint32_t number)
{
        set_number(user, CBOR_KIND_NEGATIVE, number);
}

static void on_negative64(void *user, uint64_t number)
{
        set_number(user, CBOR_KIND_NEGATIVE, number);
}

static void on_tag(void *user, uint64_t number)
{
        set_number(user, CBOR_KIND_TAG, number);
}

static void on_array(void *user, size_t n_entries)
{
        set_number(user, CBOR_KIND_ARRAY, n_entries);
}

static void on_map(void *user, size_t n_entries)
{
        set_number(user, CBOR_KIND_MAP, n_entries);
}

static void set_string(void *user, CborKind kind, cbor_data data, size_t len)
{
        CborItem *item = user;

        item->kind = kind;
        item->data = (const char *) data;
        item->len = len;
}

static void on_bytes(void *user, cbor_data data, size_t len)
{
        set_string(user, CBOR_KIND_BYTES, data, len);
}

static void on_text(void *user, cbor_data data, size_t len)
{
        set_string(user, CBOR_KIND_TEXT, data, len);
}

static void set_indefinite(void *user, CborKind kind)
{
        CborItem *item = user;

        item->kind = kind;
        item->indefinite = true;
}

static void on_indefinite_bytes(void *user)
{
        set_indefinite(user, CBOR_KIND_BYTES);
}

static void on_indefinite_text(void *user)
{
        set_indefinite(user, CBOR_KIND_TEXT);
}

static void on_indefinite_array(void *user)
{
        set_indefinite(user, CBOR_KIND_ARRAY);
}

static void on_indefinite_map(void *user)
{
        set_indefinite(user, CBOR_KIND_MAP);
}

static void set_real(void *user, double real)
{
        CborItem *item = user;

        item->kind = CBOR_KIND_FLOAT;
        item->real = real;
}

static void on_float(void *user, float real)
{
        set_real(user, real);
}

static void on_double(void *user, double real)
{
        set_real(user, real);
}

static void on_boolean(void *user, bool boolean)
{
        CborItem *item = user;

        item->kind = CBOR_KIND_BOOLEAN;
        item->boolean = boolean;
}

static void on_null(void *user)
{
        set_number(user, CBOR_KIND_NULL, 0);
}

static void on_undefined(void *user)
{
        set_number(user, CBOR_KIND_UNDEFINED, 0);
}

static void on_break(void *user)
{
        set_number(user, CBOR_KIND_BREAK, 0);
}

static const struct cbor_callbacks callbacks = {
        .uint8 = on_uint8,
        .uint16 = on_uint16,
        .uint32 = on_uint32,
        .uint64 = on_uint64,
        .negint8 = on_negative8,
        .negint16 = on_negative16,
        .negint32 = on_negative32,
        .negint64 = on_negative64,
        .byte_string_start = on_indefinite_bytes,
        .byte_string = on_bytes,
        .string = on_text,
        .string_start = on_indefinite_text,
        .indef_array_start = on_indefinite_array,
        .array_start = on_array,
        .indef_map_start = on_indefinite_map,
        .map_start = on_map,
        .tag = on_tag,
        .float2 = on_float,
        .float4 = on_float,
        .float8 = on_double,
        .undefined = on_undefined,
        .null = on_null,
        .boolean = on_boolean,
        .indef_break = on_break,
};

/* ---- Items ------------------------------------------------------------------ */

int cbor_item_read(ByteReader *reader, CborItem *ret)
{
        CborItem item = {0};
        struct cbor_decoder_result result;

        if (byte_reader_left(reader) == 0)
                return -EBADMSG;

        result = cbor_stream_decode(reader->data + reader->pos, byte_reader_left(reader),
                                    &callbacks, &item);
        if (result.status != CBOR_DECODER_FINISHED || result.read > byte_reader_left(reader))
                return -EBADMSG;

        reader->pos += result.read;
        *ret = item;
        return 0;
}

int cbor_item_peek(const ByteReader *reader, CborItem *ret)
{
        ByteReader ahead = *reader;

        return cbor_item_read(&ahead, ret);
}

int cbor_container_open(ByteReader *reader, CborKind kind, CborContainer *ret)
{
        CborItem item;
        int r = cbor_item_read(reader, &item);

        if (r < 0)
                return r;
        if (item.kind != kind)
                return -EBADMSG;

        *ret = (CborContainer){.indefinite = item.indefinite, .left = item.number};
        return 0;
}

int cbor_container_next(ByteReader *reader, CborContainer *container)
{
        CborItem item;
        int r;

        if (!container->indefinite) {
                if (container->left == 0)
                        return 0;
                container->left--;
                return 1;
        }

        r = cbor_item_peek(reader, &item);
        if (r < 0)
                return r;
        if (item.kind != CBOR_KIND_BREAK)
                return 1;
        return cbor_item_read(reader, &item);
}

/* ---- Passing over ----------------------------------------------------------- */

/* What of an item is still to come: entries, pairs counted twice, or chunks. */
static int open_level(const CborItem *item, CborContainer *ret)
{
        bool is_map = item->kind == CBOR_KIND_MAP;

        if (item->kind == CBOR_KIND_TAG) {
                *ret = (CborContainer){.left = 1};
                return 1;
        }
        if (!item->indefinite && item->kind != CBOR_KIND_ARRAY && !is_map)
                return 0;
        if (is_map && item->number > UINT64_MAX / 2)
                return -EBADMSG;

        *ret = (CborContainer){.indefinite = item->indefinite,
                               .left = is_map ? item->number * 2 : item->number};
        return 1;
}

int cbor_item_skip(ByteReader *reader)
{
        CborContainer levels[CBOR_DEPTH_MAX + 1] = {{.left = 1}};
        size_t depth = 1;
        CborItem item;
        int r;

        while (depth > 0) {
                r = cbor_container_next(reader, &levels[depth - 1]);
                if (r == 0)
                        depth--;
                if (r == 0)
                        continue;
                if (r > 0)
                        r = cbor_item_read(reader, &item);
                if (r < 0 || item.kind == CBOR_KIND_BREAK || depth > CBOR_DEPTH_MAX)
                        return -EBADMSG;

                r = open_level(&item, &levels[depth]);
                if (r < 0)
                        return r;
                depth += (size_t) r;
        }
        return 0;
}
