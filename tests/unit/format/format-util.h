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
