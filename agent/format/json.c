/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/json.h"

#include <errno.h>
#include <string.h>

/* ---- Reading ---------------------------------------------------------------- */

/* Counts, before anything is allocated, what will be. Whether it is JSON is not looked at. */
static int check_limits(const char *text, size_t len)
{
        size_t depth = 0, n_nodes = 0;
        bool quoted = false;

        for (size_t i = 0; i < len; i++) {
                char c = text[i];

                if (c == '"')
                        quoted = !quoted;
                else if (quoted)
                        i += c == '\\';
                else if (c == '[' || c == '{')
                        depth++;
                else if ((c == ']' || c == '}') && depth > 0)
                        depth--;

                if (!quoted && (c == '[' || c == '{' || c == ','))
                        n_nodes++;
                if (depth > JSON_DEPTH_MAX)
                        return -EBADMSG;
                if (n_nodes > JSON_NODES_MAX)
                        return -E2BIG;
        }
        return 0;
}

int json_parse(const void *data, size_t len, json_t **ret)
{
        json_error_t error;
        json_t *json;
        int r;

        r = check_limits(data, len);
        if (r < 0)
                return r;

        json = json_loadb(len > 0 ? data : "", len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                          &error);
        if (!json)
                return json_error_code(&error) == json_error_numeric_overflow ? -ERANGE : -EBADMSG;

        *ret = json;
        return 0;
}

int json_to_scalar(const json_t *json, Scalar *ret)
{
        switch (json_typeof(json)) {
        case JSON_INTEGER:
                if (json_integer_value(json) < 0)
                        *ret = (Scalar){.type = SCALAR_NEGATIVE,
                                        .integer = json_integer_value(json)};
                else
                        *ret = (Scalar){.type = SCALAR_UNSIGNED,
                                        .number = (uint64_t) json_integer_value(json)};
                return 0;
        case JSON_REAL:
                *ret = (Scalar){.type = SCALAR_FLOAT, .real = json_real_value(json)};
                return 0;
        case JSON_TRUE:
        case JSON_FALSE:
                *ret = (Scalar){.type = SCALAR_BOOLEAN, .boolean = json_is_true(json)};
                return 0;
        case JSON_STRING:
                *ret = (Scalar){.type = SCALAR_TEXT,
                                .data = json_string_value(json),
                                .len = json_string_length(json)};
                return 0;
        case JSON_NULL:
                *ret = (Scalar){.type = SCALAR_NULL};
                return 0;
        case JSON_ARRAY:
        case JSON_OBJECT:
                break;
        }
        return -EBADMSG;
}

/* ---- Writing ---------------------------------------------------------------- */

static void write_escape(ByteWriter *writer, char c)
{
        static const char letters[] = "\bb\tt\nn\ff\rr\"\"\\\\";
        char text[8];

        for (size_t i = 0; i + 1 < sizeof(letters); i += 2) {
                if (letters[i] == c) {
                        byte_writer_u8(writer, '\\');
                        byte_writer_u8(writer, (uint8_t) letters[i + 1]);
                        return;
                }
        }
        g_snprintf(text, sizeof(text), "\\u%04x", (unsigned char) c);
        byte_writer_text(writer, text);
}

void json_write_string(ByteWriter *writer, const char *text, size_t len)
{
        size_t from = 0;

        byte_writer_u8(writer, '"');
        for (size_t i = 0; i < len; i++) {
                if ((unsigned char) text[i] >= 0x20 && text[i] != '"' && text[i] != '\\')
                        continue;
                byte_writer_bytes(writer, text + from, i - from);
                write_escape(writer, text[i]);
                from = i + 1;
        }
        if (len > from)
                byte_writer_bytes(writer, text + from, len - from);
        byte_writer_u8(writer, '"');
}

void json_write_float(ByteWriter *writer, double real)
{
        char text[G_ASCII_DTOSTR_BUF_SIZE];

        for (int digits = 15; digits <= 17; digits++) {
                char format[8];

                g_snprintf(format, sizeof(format), "%%.%dg", digits);
                g_ascii_formatd(text, sizeof(text), format, real);
                if (g_ascii_strtod(text, NULL) == real)
                        break;
        }
        byte_writer_text(writer, text);
        if (strcmp(text, "-0") == 0) /* or it would read as the integer 0 */
                byte_writer_text(writer, ".0");
}

void json_write_integer(ByteWriter *writer, int64_t integer)
{
        char text[24];

        g_snprintf(text, sizeof(text), "%" G_GINT64_FORMAT, integer);
        byte_writer_text(writer, text);
}

void json_write_value(ByteWriter *writer, const Value *value)
{
        char text[24];

        switch (value->type) {
        case VALUE_NONE:
        case VALUE_OPAQUE:
                g_assert_not_reached();
        case VALUE_STRING:
        case VALUE_CORELNK:
                json_write_string(writer, value->bytes.data, value->bytes.len);
                return;
        case VALUE_INTEGER:
        case VALUE_TIME:
                json_write_integer(writer, value->integer);
                return;
        case VALUE_UNSIGNED:
                g_snprintf(text, sizeof(text), "%" G_GUINT64_FORMAT, value->number);
                byte_writer_text(writer, text);
                return;
        case VALUE_FLOAT:
                json_write_float(writer, value->real);
                return;
        case VALUE_BOOLEAN:
                byte_writer_text(writer, value->boolean ? "true" : "false");
                return;
        case VALUE_OBJLNK:
                g_snprintf(text, sizeof(text), "\"%u:%u\"", value->link.object,
                           value->link.instance);
                byte_writer_text(writer, text);
                return;
        }
}

void json_write_time(ByteWriter *writer, int64_t time)
{
        uint64_t us = time < 0 ? 0 - (uint64_t) time : (uint64_t) time;
        unsigned fraction = (unsigned) (us % G_USEC_PER_SEC);
        char text[40];
        size_t len;

        g_snprintf(text, sizeof(text), "%s%" G_GUINT64_FORMAT ".%06u", time < 0 ? "-" : "",
                   us / G_USEC_PER_SEC, fraction);
        len = strlen(text);
        while (text[len - 1] == '0')
                len--;
        if (text[len - 1] == '.')
                len--;
        byte_writer_bytes(writer, text, len);
}
