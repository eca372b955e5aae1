/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* JSON (RFC 8259): what SenML JSON and the old JSON of LwM2M 1.0 share. Reading is jansson, behind
 * limits of our own; writing allocates nothing. */

#include <jansson.h>

#include "base/bytes.h"
#include "format/scalar.h"

/* Arrays and objects in one another. */
#define JSON_DEPTH_MAX 8
/* Arrays, objects and members of one text: jansson allocates for each. */
#define JSON_NODES_MAX 100000

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

/* Reads a whole text. Free with json_decref(). -EBADMSG: malformed, also UTF-8, U+0000, a member
 * twice, too deep; -ERANGE: a number above int64_t or double; -E2BIG above JSON_NODES_MAX. */
int json_parse(const void *data, size_t len, json_t **ret);

/* A number, boolean, string or null; text borrowed from `json`. -EBADMSG: an array or object. */
int json_to_scalar(const json_t *json, Scalar *ret);

/* A string with its quotes. `text` is UTF-8. */
void json_write_string(ByteWriter *writer, const char *text, size_t len);

/* The fewest digits that read back as the same number, which is finite. */
void json_write_float(ByteWriter *writer, double real);
void json_write_integer(ByteWriter *writer, int64_t integer);

/* INTEGER, UNSIGNED, FLOAT, TIME as numbers; BOOLEAN; STRING, CORELNK and OBJLNK as strings. */
void json_write_value(ByteWriter *writer, const Value *value);

/* Microseconds as seconds. */
void json_write_time(ByteWriter *writer, int64_t time);
