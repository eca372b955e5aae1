/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "memory-object.h"

#define ID 4242

static int encode(int format, Path base, const Records *records, char text[64])
{
        ByteWriter writer = byte_writer(text, 63);
        int r = format_encode(format, base, &memory_definition, records, &writer);

        text[writer.len] = '\0';
        return r;
}

static int decode(int format, Path base, const char *text, size_t len, Value *ret)
{
        g_autoptr(Records) records = NULL;
        int r = format_decode(format, base, &memory_definition, text, len, &records);

        if (r < 0)
                return r;
        g_assert_cmpuint(records_len(records), ==, 1);
        g_assert_true(path_equal(records_get(records, 0)->path, base));
        *ret = records_take(records, 0);
        return 0;
}

static void test_formats(void)
{
        static const int known[] = {FORMAT_TEXT,       FORMAT_OPAQUE,     FORMAT_CBOR,
                                    FORMAT_SENML_JSON, FORMAT_SENML_CBOR, FORMAT_TLV,
                                    FORMAT_OLD_JSON,   FORMAT_LWM2M_CBOR};
        static const int unknown[] = {
                FORMAT_NONE,           FORMAT_LINK, 65535, 1, 50, FORMAT_SENML_ETCH_JSON,
                FORMAT_SENML_ETCH_CBOR};
        g_autoptr(Records) records = records_new();
        Records *back = NULL;
        char text[64];

        for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
                g_assert_true(format_can_decode(known[i]) && format_can_encode(known[i]));
        for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++) {
                g_assert_false(format_can_decode(unknown[i]) || format_can_encode(unknown[i]));
                g_assert_cmpint(encode(unknown[i], path_object(ID), records, text), ==, -ENOTSUP);
                g_assert_cmpint(format_decode(unknown[i], path_instance(ID, 0), &memory_definition,
                                              "", 0, &back),
                                ==, -ENOTSUP);
                g_assert_null(back);
        }
}

/* Of each in the list, every server may make use. */
static void test_list(void)
{
        g_auto(GStrv) numbers = g_strsplit(FORMAT_LIST, " ", -1);

        g_assert_cmpuint(g_strv_length(numbers), ==, 5);
        for (char **number = numbers; *number; number++) {
                int format = atoi(*number);

                g_assert_true(format_can_decode(format) && format_can_encode(format));
        }
}

/* Core 7.4; Core 1.0, 6.4. */
static void test_default(void)
{
        const struct {
                Path path;
                int in_1_0, in_1_1;
        } cases[] = {
                {path_object(ID), FORMAT_TLV, FORMAT_SENML_CBOR},
                {path_instance(ID, 0), FORMAT_TLV, FORMAT_SENML_CBOR},
                {path_resource(ID, 0, 0), FORMAT_TEXT, FORMAT_TEXT},
                {path_resource(ID, 0, 5), FORMAT_OPAQUE, FORMAT_OPAQUE},
                {path_resource(ID, 0, 12), FORMAT_TLV, FORMAT_SENML_CBOR},
                {path_resource_instance(ID, 0, 12, 0), FORMAT_TEXT, FORMAT_TEXT},
                {path_resource_instance(ID, 0, 13, 0), FORMAT_OPAQUE, FORMAT_OPAQUE},
                {path_resource(ID, 0, 99), FORMAT_TLV, FORMAT_SENML_CBOR},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_assert_cmpint(format_default(cases[i].path, &memory_definition, "1.0"), ==,
                                cases[i].in_1_0);
                g_assert_cmpint(format_default(cases[i].path, &memory_definition, "1.1"), ==,
                                cases[i].in_1_1);
                g_assert_cmpint(format_default(cases[i].path, &memory_definition, "1.2"), ==,
                                cases[i].in_1_1);
        }
}

typedef struct TextCase {
        uint16_t resource;
        Value value;
        const char *text;
} TextCase;

static void test_text(void)
{
        const TextCase cases[] = {
                {0, value_string("Größe"), "Größe"},  {0, value_string(""), ""},
                {1, value_integer(-5), "-5"},         {2, value_unsigned(5), "5"},
                {3, value_float(0.5), "0.5"},         {4, value_boolean(true), "1"},
                {5, value_opaque("\1\2", 2), "AQI="}, {6, value_time(1367491215), "1367491215"},
                {7, value_objlnk(3, 0), "3:0"},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                Path path = path_resource(ID, 0, cases[i].resource);
                g_autoptr(Records) records = records_new();
                char text[64];
                Value value;

                records_add(records, path, cases[i].value);
                g_assert_cmpint(encode(FORMAT_TEXT, path, records, text), ==, 0);
                g_assert_cmpstr(text, ==, cases[i].text);
                g_assert_cmpint(decode(FORMAT_TEXT, path, text, strlen(text), &value), ==, 0);
                g_assert_true(value_equal(&value, &records_get(records, 0)->value));
                value_clear(&value);
        }
}

static void test_text_errors(void)
{
        Value value;

        g_assert_cmpint(decode(FORMAT_TEXT, path_resource(ID, 0, 1), "1 ", 2, &value), ==, -EINVAL);
        g_assert_cmpint(decode(FORMAT_TEXT, path_resource(ID, 0, 4), "true", 4, &value), ==,
                        -EINVAL);
        g_assert_cmpint(
                decode(FORMAT_TEXT, path_resource(ID, 0, 1), "99999999999999999999", 20, &value),
                ==, -ERANGE);
        g_assert_cmpint(decode(FORMAT_TEXT, path_resource(ID, 0, 12), "1", 1, &value), ==,
                        -ENOTSUP);
        g_assert_cmpint(decode(FORMAT_TEXT, path_instance(ID, 0), "1", 1, &value), ==, -ENOTSUP);

        g_assert_cmpint(decode(FORMAT_TEXT, path_resource_instance(ID, 0, 12, 1), "7", 1, &value),
                        ==, 0);
        g_assert_cmpint(value.integer, ==, 7);
        g_assert_cmpint(decode(FORMAT_TEXT, path_resource(ID, 0, 99), "7", 1, &value), ==, 0);
        g_assert_cmpint(value.type, ==, VALUE_OPAQUE);
        value_clear(&value);
}

static void test_opaque(void)
{
        Path path = path_resource(ID, 0, 5);
        g_autoptr(Records) records = records_new();
        char text[64];
        Value value;

        records_add(records, path, value_opaque("a\0b", 3));
        g_assert_cmpint(encode(FORMAT_OPAQUE, path, records, text), ==, 0);
        g_assert_cmpmem(text, 4, "a\0b", 4);
        g_assert_cmpint(decode(FORMAT_OPAQUE, path, "a\0b", 3, &value), ==, 0);
        g_assert_true(value_equal(&value, &records_get(records, 0)->value));
        value_clear(&value);

        g_assert_cmpint(decode(FORMAT_OPAQUE, path_resource(ID, 0, 0), "a", 1, &value), ==,
                        -ENOTSUP);
        g_assert_cmpint(decode(FORMAT_OPAQUE, path_resource(ID, 0, 13), "a", 1, &value), ==,
                        -ENOTSUP);
        g_assert_cmpint(decode(FORMAT_OPAQUE, path_instance(ID, 0), "a", 1, &value), ==, -ENOTSUP);
        g_assert_cmpint(decode(FORMAT_OPAQUE, path_resource_instance(ID, 0, 13, 4), "", 0, &value),
                        ==, 0);
        value_clear(&value);
}

/* What one value cannot say. */
static void test_not_one_value(void)
{
        static const int formats[] = {FORMAT_TEXT, FORMAT_OPAQUE};

        for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
                g_autoptr(Records) none = records_new(), one = records_new();
                g_autoptr(Records) empty = records_new();
                char text[64];

                records_add(one, path_resource_instance(ID, 0, 13, 0), value_opaque("a", 1));
                records_add(empty, path_resource(ID, 0, 13), (Value){.type = VALUE_NONE});
                g_assert_cmpint(encode(formats[i], path_resource(ID, 0, 13), none, text), ==,
                                -ENOTSUP);
                g_assert_cmpint(encode(formats[i], path_resource(ID, 0, 13), one, text), ==,
                                -ENOTSUP);
                g_assert_cmpint(encode(formats[i], path_resource(ID, 0, 13), empty, text), ==,
                                -ENOTSUP);
                g_assert_cmpint(encode(formats[i], path_resource_instance(ID, 0, 13, 0), one, text),
                                ==, 0);
                records_add(one, path_resource_instance(ID, 0, 13, 1), value_opaque("b", 1));
                g_assert_cmpint(encode(formats[i], path_resource(ID, 0, 13), one, text), ==,
                                -ENOTSUP);
                g_assert_cmpint(encode(formats[i], path_instance(ID, 0), one, text), ==, -ENOTSUP);
        }
}

static void test_limits(void)
{
        g_autofree char *large = g_strnfill(VALUE_MAX_SIZE + 1, 'x');
        g_autoptr(Records) records = records_new();
        char text[64];
        Value value;

        g_assert_cmpint(
                decode(FORMAT_OPAQUE, path_resource(ID, 0, 5), large, VALUE_MAX_SIZE + 1, &value),
                ==, -E2BIG);
        g_assert_cmpint(
                decode(FORMAT_TEXT, path_resource(ID, 0, 0), large, VALUE_MAX_SIZE + 1, &value), ==,
                -E2BIG);
        records_add(records, path_resource(ID, 0, 0), value_string_len(large, 64));
        g_assert_cmpint(encode(FORMAT_TEXT, path_resource(ID, 0, 0), records, text), ==, -EMSGSIZE);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/format/format/formats", test_formats);
        g_test_add_func("/format/format/list", test_list);
        g_test_add_func("/format/format/default", test_default);
        g_test_add_func("/format/format/text", test_text);
        g_test_add_func("/format/format/text-errors", test_text_errors);
        g_test_add_func("/format/format/opaque", test_opaque);
        g_test_add_func("/format/format/not-one-value", test_not_one_value);
        g_test_add_func("/format/format/limits", test_limits);
        return g_test_run();
}
