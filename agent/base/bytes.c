/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/bytes.h"

#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <string.h>

#define GROW_FIRST 64

int byte_reader_uint(ByteReader *reader, size_t len, uint64_t *ret)
{
        uint64_t value = 0;

        if (len > sizeof(value) || len > byte_reader_left(reader))
                return -EBADMSG;

        for (size_t i = 0; i < len; i++)
                value = value << 8 | reader->data[reader->pos + i];
        reader->pos += len;
        *ret = value;
        return 0;
}

int byte_reader_u8(ByteReader *reader, uint8_t *ret)
{
        uint64_t value;
        int r = byte_reader_uint(reader, 1, &value);

        if (r < 0)
                return r;
        *ret = (uint8_t) value;
        return 0;
}

int byte_reader_u16(ByteReader *reader, uint16_t *ret)
{
        uint64_t value;
        int r = byte_reader_uint(reader, 2, &value);

        if (r < 0)
                return r;
        *ret = (uint16_t) value;
        return 0;
}

int byte_reader_u32(ByteReader *reader, uint32_t *ret)
{
        uint64_t value;
        int r = byte_reader_uint(reader, 4, &value);

        if (r < 0)
                return r;
        *ret = (uint32_t) value;
        return 0;
}

int byte_reader_u64(ByteReader *reader, uint64_t *ret)
{
        return byte_reader_uint(reader, 8, ret);
}

int byte_reader_view(ByteReader *reader, size_t len, const uint8_t **ret)
{
        if (len > byte_reader_left(reader))
                return -EBADMSG;

        *ret = reader->data ? reader->data + reader->pos : NULL;
        reader->pos += len;
        return 0;
}

void byte_writer_clear(ByteWriter *writer)
{
        if (writer->owned)
                g_free(writer->data);
        *writer = (ByteWriter){0};
}

uint8_t *byte_writer_steal(ByteWriter *writer, size_t *ret_len)
{
        uint8_t *data = NULL;

        g_assert(writer->owned && !writer->failed);
        *ret_len = writer->len;
        if (writer->len > 0)
                data = g_steal_pointer(&writer->data);
        byte_writer_clear(writer);
        return data;
}

/* `size` is at most the limit. Doubles, so that n octets cost O(n). */
static void byte_writer_grow(ByteWriter *writer, size_t size)
{
        size_t twice = writer->size <= writer->limit / 2 ? writer->size * 2 : writer->limit;

        writer->size = MIN(MAX(MAX(size, twice), GROW_FIRST), writer->limit);
        writer->data = g_realloc(writer->data, writer->size);
}

uint8_t *byte_writer_reserve(ByteWriter *writer, size_t len)
{
        uint8_t *at;

        if (writer->failed || len > writer->limit - writer->len) {
                writer->failed = true;
                return NULL;
        }
        if (writer->owned && (!writer->data || len > writer->size - writer->len))
                byte_writer_grow(writer, writer->len + len);

        at = writer->data ? writer->data + writer->len : NULL;
        writer->len += len;
        return at;
}

void byte_writer_bytes(ByteWriter *writer, const void *data, size_t len)
{
        uint8_t *at = byte_writer_reserve(writer, len);

        if (at && len > 0)
                memcpy(at, data, len);
}

void byte_writer_uint(ByteWriter *writer, uint64_t value, size_t len)
{
        uint8_t *at;

        g_assert(len <= sizeof(value));
        at = byte_writer_reserve(writer, len);
        if (!at)
                return;
        for (size_t i = len; i > 0; i--) {
                at[i - 1] = (uint8_t) value;
                value >>= 8;
        }
}

void byte_writer_u8(ByteWriter *writer, uint8_t value)
{
        byte_writer_uint(writer, value, 1);
}

void byte_writer_u16(ByteWriter *writer, uint16_t value)
{
        byte_writer_uint(writer, value, 2);
}

void byte_writer_u32(ByteWriter *writer, uint32_t value)
{
        byte_writer_uint(writer, value, 4);
}

void byte_writer_u64(ByteWriter *writer, uint64_t value)
{
        byte_writer_uint(writer, value, 8);
}

void byte_writer_text(ByteWriter *writer, const char *text)
{
        byte_writer_bytes(writer, text, strlen(text));
}

void byte_writer_format(ByteWriter *writer, const char *format, ...)
{
        g_autofree char *text = NULL;
        va_list args;

        va_start(args, format);
        text = g_strdup_vprintf(format, args);
        va_end(args);
        byte_writer_text(writer, text);
}

int byte_writer_result(const ByteWriter *writer)
{
        return writer->failed ? -EMSGSIZE : 0;
}
