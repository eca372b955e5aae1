/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "value.h"

/* Appends a value (RFC 8259): numbers, booleans, strings, arrays, and dictionaries as objects;
 * times in ISO 8601 UTC, bytes in base64; null for what is absent or not a number. */
void json_append_value(GString *json, GVariant *value, Show show, bool personal);

/* Appends `text` as a string. */
void json_append_string(GString *json, const char *text);

/* The same JSON with line breaks and indentation. To be freed. */
char *json_indent(const char *compact);
