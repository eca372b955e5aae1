/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values and records as D-Bus types, both ways. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "bus/variant.h"

static ResourceDefinition definition(ValueType type)
{
        return (ResourceDefinition){.id = 1, .operations = OP_RW, .type = type};
}

/* A value and the D-Bus value it is; the way back leads to the same. */
static void both_ways(Value value, const char *text)
{
        ResourceDefinition resource = definition(value.type);
        g_autoptr(GVariant) expected = g_variant_ref_sink(g_variant_new_parsed(text));
        g_autoptr(GVariant) variant = g_variant_ref_sink(variant_from_value(&value));
        Value back;

        g_assert_true(g_variant_equal(variant, expected));
        g_assert_cmpint(variant_to_value(expected, &resource, &back), ==, 0);
        g_assert_true(value_equal(&value, &back));
        value_clear(&value);
        value_clear(&back);
}

static void test_both_ways(void)
{
        Value corelnk = value_string("</3/0>");

        corelnk.type = VALUE_CORELNK;
        both_ways(value_string("gr\303\274n"), "'gr\303\274n'");
        both_ways(value_string(""), "''");
        both_ways(corelnk, "'</3/0>'");
        both_ways(value_integer(G_MININT64), "int64 -9223372036854775808");
        both_ways(value_unsigned(G_MAXUINT64), "uint64 18446744073709551615");
        both_ways(value_float(2.5), "2.5");
        both_ways(value_boolean(true), "true");
        both_ways(value_opaque("\0\377", 2), "[byte 0x00, 0xff]");
        both_ways(value_opaque("", 0), "@ay []");
        both_ways(value_time(1700000000), "int64 1700000000");
        both_ways(value_objlnk(3, 0), "(uint16 3, uint16 0)");
        both_ways(value_objlnk(65535, 65535), "(uint16 65535, uint16 65535)");
}

static void test_no_value(void)
{
        Value none = {0};

        g_assert_null(variant_from_value(&none));
}

/* What a server or plugin said may be any bytes. */
static void test_text(void)
{
        g_autoptr(GVariant) text = g_variant_ref_sink(variant_from_text("a\377b"));

        g_assert_cmpstr(g_variant_get_string(text, NULL), ==, "a\357\277\275b");
}

static int take(ValueType type, const char *text, Value *ret)
{
        ResourceDefinition resource = definition(type);
        g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new_parsed(text));

        return variant_to_value(variant, &resource, ret);
}

static void accept(ValueType type, const char *text, Value expected)
{
        Value value;

        g_assert_cmpint(take(type, text, &value), ==, 0);
        g_assert_true(value_equal(&value, &expected));
        value_clear(&value);
        value_clear(&expected);
}

/* Integers of any width and sign. */
static void test_widths(void)
{
        static const char *const types[] = {"byte",   "int16", "uint16", "int32",
                                            "uint32", "int64", "uint64"};

        for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
                g_autofree char *text = g_strdup_printf("%s 7", types[i]);

                accept(VALUE_INTEGER, text, value_integer(7));
                accept(VALUE_UNSIGNED, text, value_unsigned(7));
                accept(VALUE_TIME, text, value_time(7));
                accept(VALUE_FLOAT, text, value_float(7));
        }
}

/* A string is LwM2M's text format of whatever type it is. */
static void test_text_format(void)
{
        accept(VALUE_INTEGER, "'-5'", value_integer(-5));
        accept(VALUE_UNSIGNED, "'5'", value_unsigned(5));
        accept(VALUE_FLOAT, "'2.5'", value_float(2.5));
        accept(VALUE_BOOLEAN, "'1'", value_boolean(true));
        accept(VALUE_TIME, "'60'", value_time(60));
        accept(VALUE_OPAQUE, "'AP8='", value_opaque("\0\377", 2));
        accept(VALUE_OBJLNK, "'3:0'", value_objlnk(3, 0));
}

static void refuse(ValueType type, const char *text, int error)
{
        Value value = value_integer(42);

        g_assert_cmpint(take(type, text, &value), ==, error);
        g_assert_cmpint(value.integer, ==, 42);
}

static void test_refused(void)
{
        refuse(VALUE_INTEGER, "uint64 9223372036854775808", -ERANGE);
        refuse(VALUE_UNSIGNED, "int64 -1", -ERANGE);
        refuse(VALUE_INTEGER, "2.5", -EINVAL);
        refuse(VALUE_INTEGER, "true", -EINVAL);
        refuse(VALUE_INTEGER, "[byte 1]", -EINVAL);
        refuse(VALUE_INTEGER, "'five'", -EINVAL);
        refuse(VALUE_BOOLEAN, "1", -EINVAL);
        refuse(VALUE_BOOLEAN, "'yes'", -EINVAL);
        refuse(VALUE_STRING, "5", -EINVAL);
        refuse(VALUE_STRING, "[byte 0x61]", -EINVAL);
        refuse(VALUE_OPAQUE, "'***'", -EINVAL);
        refuse(VALUE_OBJLNK, "(3, 0)", -EINVAL);
        refuse(VALUE_OBJLNK, "'3'", -EINVAL);
        refuse(VALUE_FLOAT, "@as []", -EINVAL);
        refuse(VALUE_INTEGER, "objectpath '/a'", -EINVAL);
        refuse(VALUE_INTEGER, "@mi nothing", -EINVAL);
        refuse(VALUE_INTEGER, "<5>", -EINVAL);
        refuse(VALUE_INTEGER, "{uint16 0: <5>}", -EINVAL);
}

static void test_range(void)
{
        ResourceDefinition percent = definition(VALUE_INTEGER);
        g_autoptr(GVariant) in = g_variant_ref_sink(g_variant_new_int32(100));
        g_autoptr(GVariant) out = g_variant_ref_sink(g_variant_new_string("101"));
        Value value;

        percent.max = 100;
        g_assert_cmpint(variant_to_value(in, &percent, &value), ==, 0);
        g_assert_cmpint(variant_to_value(out, &percent, &value), ==, -ERANGE);
}

static void expect_records(Path path, const Records *records, const char *text)
{
        g_autoptr(GVariant) expected = g_variant_ref_sink(g_variant_new_parsed(text));
        g_autoptr(GVariant) found = NULL;
        GVariantBuilder builder;

        g_variant_builder_init(&builder, G_VARIANT_TYPE("a{sv}"));
        variant_add_records(&builder, path, records);
        found = g_variant_ref_sink(g_variant_builder_end(&builder));
        if (!g_variant_equal(found, expected))
                g_error("%s instead of %s", g_variant_print(found, TRUE), text);
}

/* An instance with a single resource, a multiple one, an empty one, and one without a value. */
static void test_records(void)
{
        g_autoptr(Records) records = records_new();

        records_add(records, path_resource(3, 0, 0), value_string("me"));
        records_add(records, path_resource(3, 0, 6), (Value){0});
        records_add(records, path_resource_instance(3, 0, 7, 0), value_integer(1));
        records_add(records, path_resource_instance(3, 0, 7, 5), value_integer(2));
        records_add(records, path_resource_instance(3, 0, 8, 0), value_integer(3));
        expect_records(path_instance(3, 0), records,
                       "{'/3/0/0': <'me'>, '/3/0/6': <@a{qv} {}>, "
                       "'/3/0/7': <{uint16 0: <int64 1>, 5: <int64 2>}>, "
                       "'/3/0/8': <{uint16 0: <int64 3>}>}");
}

static void test_instances(void)
{
        g_autoptr(Records) one = records_new(), empty = records_new();

        records_add(one, path_resource_instance(3, 0, 7, 5), value_integer(2));
        expect_records(path_resource(3, 0, 7), one, "{'/3/0/7': <{uint16 5: <int64 2>}>}");
        expect_records(path_resource_instance(3, 0, 7, 5), one, "{'/3/0/7/5': <int64 2>}");
        records_add(empty, path_instance(3, 0), (Value){0});
        expect_records(path_object(3), empty, "@a{sv} {}");
}

static int write_one(Path path, bool multiple, const char *text, Records *records)
{
        ResourceDefinition resource = definition(VALUE_INTEGER);
        g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new_parsed(text));

        resource.multiple = multiple;
        return variant_to_records(path, variant, &resource, records);
}

static void test_to_records(void)
{
        Path resource = path_resource(3, 0, 7), instance = path_resource_instance(3, 0, 7, 5);
        g_autoptr(Records) records = records_new();

        g_assert_cmpint(write_one(resource, false, "7", records), ==, 0);
        g_assert_cmpint(records_find(records, resource)->value.integer, ==, 7);
        records_truncate(records, 0);
        g_assert_cmpint(write_one(instance, true, "'8'", records), ==, 0);
        g_assert_cmpint(records_find(records, instance)->value.integer, ==, 8);
        records_truncate(records, 0);
        g_assert_cmpint(write_one(resource, true, "{uint16 5: <9>, 6: <'10'>}", records), ==, 0);
        g_assert_cmpuint(records_len(records), ==, 2);
        g_assert_cmpint(records_find(records, instance)->value.integer, ==, 9);
        records_truncate(records, 0);
        g_assert_cmpint(write_one(resource, true, "@a{qv} {}", records), ==, 0);
        g_assert_cmpint(records_find(records, resource)->value.type, ==, VALUE_NONE);
}

static void test_to_records_refused(void)
{
        Path resource = path_resource(3, 0, 7), instance = path_resource_instance(3, 0, 7, 5);
        g_autoptr(Records) records = records_new();

        g_assert_cmpint(write_one(resource, true, "7", records), ==, -EINVAL);
        g_assert_cmpint(write_one(resource, false, "{uint16 5: <9>}", records), ==, -EINVAL);
        g_assert_cmpint(write_one(instance, true, "{uint16 5: <9>}", records), ==, -EINVAL);
        g_assert_cmpint(write_one(resource, true, "{uint16 65535: <9>}", records), ==, -ERANGE);
        g_assert_cmpint(write_one(resource, true, "{uint16 5: <true>}", records), ==, -EINVAL);
        g_assert_cmpint(write_one(resource, true, "{5: <9>}", records), ==, -EINVAL);
        g_assert_cmpuint(records_len(records), ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/bus/variant/both-ways", test_both_ways);
        g_test_add_func("/bus/variant/no-value", test_no_value);
        g_test_add_func("/bus/variant/text", test_text);
        g_test_add_func("/bus/variant/widths", test_widths);
        g_test_add_func("/bus/variant/text-format", test_text_format);
        g_test_add_func("/bus/variant/refused", test_refused);
        g_test_add_func("/bus/variant/range", test_range);
        g_test_add_func("/bus/variant/records", test_records);
        g_test_add_func("/bus/variant/instances", test_instances);
        g_test_add_func("/bus/variant/to-records", test_to_records);
        g_test_add_func("/bus/variant/to-records-refused", test_to_records_refused);
        return g_test_run();
}
