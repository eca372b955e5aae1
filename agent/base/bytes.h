/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Bounds-checked reading and writing of memory. All integers are big-endian. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Reader: a cursor over borrowed memory --------------------------------- */

typedef struct ByteReader {
        const uint8_t *data;
        size_t len;
        size_t pos; /* never above len */
} ByteReader;

static inline ByteReader byte_reader(const void *data, size_t len)
{
        return (ByteReader){.data = data, .len = len};
}

static inline size_t byte_reader_left(const ByteReader *reader)
{
        return reader->len - reader->pos;
}

/* Each returns 0 and moves on, or -EBADMSG and leaves cursor and *ret alone. */
int byte_reader_u8(ByteReader *reader, uint8_t *ret);
int byte_reader_u16(ByteReader *reader, uint16_t *ret);
int byte_reader_u32(ByteReader *reader, uint32_t *ret);
int byte_reader_u64(ByteReader *reader, uint64_t *ret);

/* An unsigned integer of `len` octets, 0 to 8. */
int byte_reader_uint(ByteReader *reader, size_t len, uint64_t *ret);

/* A view of the next `len` octets, borrowed from the reader's memory. */
int byte_reader_view(ByteReader *reader, size_t len, const uint8_t **ret);

/* ---- Writer: fixed memory, or memory that grows up to a limit --------------- */

/*
 * Errors stick: once something did not fit, `failed` is set, every later write is ignored, and
 * byte_writer_result() tells. So that callers check once, at the end.
 */
typedef struct ByteWriter {
        uint8_t *data;
        size_t len;   /* written */
        size_t size;  /* allocated, or the size of the fixed memory */
        size_t limit; /* may grow up to this; equal to size where fixed */
        bool owned;   /* data is the writer's and grows with g_realloc() */
        bool failed;
} ByteWriter;

/* Writes into memory the caller keeps. */
static inline ByteWriter byte_writer(void *data, size_t size)
{
        return (ByteWriter){.data = data, .size = size, .limit = size};
}

/* Allocates as needed, doubling, up to `limit`. End with byte_writer_clear() or _steal(). */
static inline ByteWriter byte_writer_growing(size_t limit)
{
        return (ByteWriter){.limit = limit, .owned = true};
}

/* Frees owned memory and leaves an empty fixed writer. */
void byte_writer_clear(ByteWriter *writer);

/* Hands owned memory to the caller (g_free()), who must have checked the result, and leaves an
 * empty fixed writer. NULL when empty. */
uint8_t *byte_writer_steal(ByteWriter *writer, size_t *ret_len);

/* The low octets of `value`, most significant first. */
void byte_writer_u8(ByteWriter *writer, uint8_t value);
void byte_writer_u16(ByteWriter *writer, uint16_t value);
void byte_writer_u32(ByteWriter *writer, uint32_t value);
void byte_writer_u64(ByteWriter *writer, uint64_t value);

/* The `len` low octets of `value`, 0 to 8. */
void byte_writer_uint(ByteWriter *writer, uint64_t value, size_t len);

/* `len` octets as they are; `data` may be NULL where it is 0. Text goes without its final NUL. */
void byte_writer_bytes(ByteWriter *writer, const void *data, size_t len);
void byte_writer_text(ByteWriter *writer, const char *text);
void byte_writer_format(ByteWriter *writer, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* Room for `len` octets, to be filled by the caller before the next write (which may move it), or
 * NULL (and failed) when it does not fit. */
uint8_t *byte_writer_reserve(ByteWriter *writer, size_t len);

/* 0, or -EMSGSIZE when anything did not fit. */
int byte_writer_result(const ByteWriter *writer);
