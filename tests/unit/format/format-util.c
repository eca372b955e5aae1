/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format-util.h"

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
