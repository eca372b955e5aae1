/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format-util.h"

#include <errno.h>
#include <string.h>

#include "memory-object.h"

GByteArray *bytes_from_hex(const char *hex)
{
        GByteArray *bytes = g_byte_array_new();

        while (*hex) {
                uint8_t byte;

                if (*hex == ' ') {
                        hex++;
                        continue;
                }
                g_assert_true(g_ascii_isxdigit(hex[0]) && g_ascii_isxdigit(hex[1]));
                byte = (uint8_t) (g_ascii_xdigit_value(hex[0]) * 16 + g_ascii_xdigit_value(hex[1]));
                g_byte_array_append(bytes, &byte, 1);
                hex += 2;
        }
        return bytes;
}

char *records_to_text(const Records *records)
{
        GString *text = g_string_new("");

        for (size_t i = 0; i < records_len(records); i++) {
                const Record *record = records_get(records, i);
                g_autofree char *value = value_to_text(&record->value);
                char path[PATH_TEXT_SIZE];

                g_string_append_printf(text, "%s%s=%s", i > 0 ? " " : "",
                                       path_to_text(record->path, path),
                                       record->value.type == VALUE_NONE ? "none" : value);
        }
        return g_string_free(text, FALSE);
}

char *tlv_to_text(Path base, const ObjectDefinition *object, const char *hex)
{
        g_autoptr(GByteArray) bytes = bytes_from_hex(hex);
        g_autoptr(Records) records = NULL;

        g_assert_cmpint(format_decode(FORMAT_TLV, base, object, bytes->data, bytes->len, &records),
                        ==, 0);
        return records_to_text(records);
}

void assert_tlv_fails(Path base, const ObjectDefinition *object, const char *hex, int result)
{
        g_autoptr(GByteArray) bytes = bytes_from_hex(hex);
        Records *records = NULL;

        g_assert_cmpint(format_decode(FORMAT_TLV, base, object, bytes->data, bytes->len, &records),
                        ==, result);
        g_assert_null(records);
}

void assert_tlv(Path base, const ObjectDefinition *object, const Records *records, const char *hex)
{
        g_autoptr(GByteArray) expected = bytes_from_hex(hex);
        ByteWriter writer = byte_writer_growing(1 << 20);

        g_assert_cmpint(format_encode(FORMAT_TLV, base, object, records, &writer), ==, 0);
        g_assert_cmpmem(writer.data, writer.len, expected->data, expected->len);
        byte_writer_clear(&writer);
}

const ObjectDefinition *find_definition(uint16_t object, void *unused)
{
        return object == memory_definition.id ? &memory_definition : definition_find_core(object);
}

static char *error_name(int error)
{
        static const struct {
                int error;
                const char *name;
        } names[] = {
                {-EBADMSG, "-EBADMSG"}, {-EINVAL, "-EINVAL"},   {-ERANGE, "-ERANGE"},
                {-E2BIG, "-E2BIG"},     {-ENOTSUP, "-ENOTSUP"},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                if (names[i].error == error)
                        return g_strdup(names[i].name);
        }
        return g_strdup_printf("%d", error);
}

char *decoded(int format, Path base, const void *data, size_t len)
{
        g_autoptr(Records) records = NULL;
        int r = format_decode(format, base, find_definition(base.id[0], NULL), data, len, &records);

        return r < 0 ? error_name(r) : records_to_text(records);
}

char *decoded_composite(int format, const void *data, size_t len)
{
        g_autoptr(Records) records = NULL;
        int r = format_decode_composite(format, find_definition, NULL, data, len, &records);

        return r < 0 ? error_name(r) : records_to_text(records);
}

char *decoded_paths(int format, const void *data, size_t len)
{
        g_autoptr(PathList) paths = NULL;
        GString *text;
        int r = format_decode_paths(format, data, len, &paths);

        if (r < 0)
                return error_name(r);

        text = g_string_new("");
        for (size_t i = 0; i < path_list_len(paths); i++) {
                char path[PATH_TEXT_SIZE];

                g_string_append_printf(text, "%s%s", i > 0 ? " " : "",
                                       path_to_text(path_list_get(paths, i), path));
        }
        return g_string_free(text, FALSE);
}

void assert_text_decodes(int format, Path base, const char *text, const char *expected)
{
        g_autofree char *told = decoded(format, base, text, strlen(text));

        if (strcmp(told, expected) != 0)
                g_test_message("%s", text);
        g_assert_cmpstr(told, ==, expected);
}

void assert_hex_decodes(int format, Path base, const char *hex, const char *expected)
{
        g_autoptr(GByteArray) bytes = bytes_from_hex(hex);
        g_autofree char *told = decoded(format, base, bytes->data, bytes->len);

        if (strcmp(told, expected) != 0)
                g_test_message("%s", hex);
        g_assert_cmpstr(told, ==, expected);
}

GByteArray *encoded(int format, const Records *records, const int64_t *times, int *ret)
{
        ByteWriter writer = byte_writer_growing(1 << 20);
        GByteArray *bytes = NULL;

        *ret = format_encode_composite(format, records, times, &writer);
        if (*ret == 0)
                bytes = g_byte_array_append(g_byte_array_new(), writer.data, (guint) writer.len);
        byte_writer_clear(&writer);
        return bytes;
}

void assert_text_encoded(int format, const Records *records, const int64_t *times,
                         const char *expected)
{
        g_autoptr(GByteArray) bytes = NULL;
        g_autofree char *text = NULL;
        int r;

        bytes = encoded(format, records, times, &r);
        g_assert_cmpint(r, ==, 0);
        text = g_strndup((const char *) bytes->data, bytes->len);
        g_assert_cmpstr(text, ==, expected);
}

void assert_hex_encoded(int format, const Records *records, const int64_t *times, const char *hex)
{
        g_autoptr(GByteArray) bytes = NULL;
        g_autoptr(GByteArray) expected = bytes_from_hex(hex);
        int r;

        bytes = encoded(format, records, times, &r);
        g_assert_cmpint(r, ==, 0);
        g_assert_cmpmem(bytes->data, bytes->len, expected->data, expected->len);
}
