/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * CBOR (RFC 8949), item by item. Reading is libcbor's streaming decoder: only strings that come in
 * chunks are allocated. Numbers of entries are believed only as far as there are octets.
 */

#include "base/bytes.h"
#include "format/scalar.h"

/* The deepest nesting of an item that is passed over. */
#define CBOR_DEPTH_MAX 16

typedef enum CborKind {
        CBOR_KIND_UNSIGNED,
        CBOR_KIND_NEGATIVE,
        CBOR_KIND_BYTES,
        CBOR_KIND_TEXT,
        CBOR_KIND_ARRAY,
        CBOR_KIND_MAP,
        CBOR_KIND_TAG,
        CBOR_KIND_FLOAT,
        CBOR_KIND_BOOLEAN,
        CBOR_KIND_NULL,
        CBOR_KIND_UNDEFINED,
        CBOR_KIND_BREAK,
} CborKind;

/* The head of an item, and a string of known length whole. */
typedef struct CborItem {
        CborKind kind;
        bool indefinite; /* BYTES, TEXT, ARRAY, MAP: up to a BREAK */
        uint64_t number; /* UNSIGNED, TAG; NEGATIVE: -1 - number; ARRAY, MAP: entries */
        double real;
        bool boolean;
        const char *data; /* BYTES, TEXT: borrowed from the reader's memory */
        size_t len;
} CborItem;

/* 0 and moves on, or -EBADMSG and leaves cursor and *ret alone. */
int cbor_item_read(ByteReader *reader, CborItem *ret);

/* What comes next, without moving on. -EBADMSG. */
int cbor_item_peek(const ByteReader *reader, CborItem *ret);

/* Passes over a whole item. -EBADMSG, also below CBOR_DEPTH_MAX. */
int cbor_item_skip(ByteReader *reader);

/* The entries of an array or a map. */
typedef struct CborContainer {
        bool indefinite;
        uint64_t left;
} CborContainer;

/* Reads the head of an array or map (`kind`). -EBADMSG: it is none. */
int cbor_container_open(ByteReader *reader, CborKind kind, CborContainer *ret);

/* 1: an entry follows; 0: it was the last, and the BREAK is read; -EBADMSG. */
int cbor_container_next(ByteReader *reader, CborContainer *container);

/*
 * One value that is no container: null, a number (also a decimal fraction, tag 4), boolean, text,
 * bytes. The tags of a time (1) and of CBOR itself (55799) say nothing more. Clear *ret with
 * scalar_clear(); `owned` is set where a string came in chunks. -EBADMSG: malformed, another tag or
 * a container; -ERANGE: below INT64_MIN; -E2BIG: chunks above VALUE_MAX_SIZE.
 */
int cbor_scalar_read(ByteReader *reader, Scalar *ret);

/* ---- Writing: always the shortest form (RFC 8949, 4.1) ---------------------- */

void cbor_write_array(ByteWriter *writer, size_t n_entries);
void cbor_write_map(ByteWriter *writer, size_t n_entries);
void cbor_write_integer(ByteWriter *writer, int64_t integer);
void cbor_write_unsigned(ByteWriter *writer, uint64_t number);
void cbor_write_float(ByteWriter *writer, double real);
void cbor_write_text(ByteWriter *writer, const char *text, size_t len);

/* As Core, appendix C: Time as an integer, Objlnk as text; not VALUE_NONE. */
void cbor_write_value(ByteWriter *writer, const Value *value);
