/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "format/format.h"

/* The bytes of a hexadecimal text, in which spaces do not count. */
GByteArray *bytes_from_hex(const char *hex);

/* "/3/0/9=100 /3/0/16=U …": values as text, "none" for VALUE_NONE. Free with g_free(). */
char *records_to_text(const Records *records);

/* Decodes TLV and tells the records as text, or asserts that it fails with `result` and leaves *ret
 * alone. */
char *tlv_to_text(Path base, const ObjectDefinition *object, const char *hex);
void assert_tlv_fails(Path base, const ObjectDefinition *object, const char *hex, int result);

/* Asserts that the records are encoded like this. */
void assert_tlv(Path base, const ObjectDefinition *object, const Records *records, const char *hex);

/* What format_decode() (of the memory object, or of the object of `base` where that is a core one),
 * format_decode_composite() and format_decode_paths() make of `data`: records as text, paths with
 * spaces between them, or the name of the error, "-EINVAL". */
char *decoded(int format, Path base, const void *data, size_t len);
char *decoded_composite(int format, const void *data, size_t len);
char *decoded_paths(int format, const void *data, size_t len);

/* Asserts what decoded() says of JSON, and of hexadecimal octets. */
void assert_text_decodes(int format, Path base, const char *text, const char *expected);
void assert_hex_decodes(int format, Path base, const char *hex, const char *expected);

/* The octets of records (format_encode_composite()), or NULL and the error. */
GByteArray *encoded(int format, const Records *records, const int64_t *times, int *ret);
void assert_text_encoded(int format, const Records *records, const int64_t *times,
                         const char *expected);
void assert_hex_encoded(int format, const Records *records, const int64_t *times, const char *hex);

/* Of the memory object and objects 1 and 3; NULL for others. */
const ObjectDefinition *find_definition(uint16_t object, void *unused);
