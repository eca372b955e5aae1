/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "model/value.h"

static size_t n_wiped;

/* In place of libc's, which it does the work of: tells what was wiped. */
void explicit_bzero(void *data, size_t len)
{
        volatile char *bytes = data;

        for (size_t i = 0; i < len; i++)
                bytes[i] = 0;
        n_wiped += len;
}

static void test_wiped(void)
{
        Value value = value_opaque("secret", 6), number = value_integer(1);

        n_wiped = 0;
        value_clear(&value);
        g_assert_cmpuint(n_wiped, ==, 6);
        value_clear(&number);
        g_assert_cmpuint(n_wiped, ==, 6);
}

typedef struct TextCase {
        ValueType type;
        const char *text;
        const char *written; /* NULL: as `text` */
} TextCase;

static void test_text(void)
{
        static const TextCase cases[] = {
                {VALUE_STRING, ""},
                {VALUE_STRING, "Größe 12 \t €"},
                {VALUE_INTEGER, "0"},
                {VALUE_INTEGER, "-0", "0"},
                {VALUE_INTEGER, "007", "7"},
                {VALUE_INTEGER, "9223372036854775807"},
                {VALUE_INTEGER, "-9223372036854775808"},
                {VALUE_UNSIGNED, "18446744073709551615"},
                {VALUE_FLOAT, "0.1"},
                {VALUE_FLOAT, "-12.5"},
                {VALUE_FLOAT, "3"},
                {VALUE_FLOAT, "1e3", "1000"},
                {VALUE_FLOAT, ".5", "0.5"},
                {VALUE_FLOAT, "1.7976931348623157e+308"},
                {VALUE_BOOLEAN, "0"},
                {VALUE_BOOLEAN, "1"},
                {VALUE_OPAQUE, ""},
                {VALUE_OPAQUE, "AQIDBAU="},
                {VALUE_OPAQUE, "AQIDBA=="},
                {VALUE_OPAQUE, "+/+/"},
                {VALUE_TIME, "1367491215"},
                {VALUE_TIME, "-1"},
                {VALUE_OBJLNK, "3:0"},
                {VALUE_OBJLNK, "65535:65535"},
                {VALUE_CORELNK, "</3/0>;a=\"b\""},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *text = NULL;
                Value value;

                g_assert_cmpint(value_from_text(cases[i].type, cases[i].text, strlen(cases[i].text),
                                                &value),
                                ==, 0);
                g_assert_cmpint(value.type, ==, cases[i].type);
                text = value_to_text(&value);
                g_assert_cmpstr(text, ==, cases[i].written ? cases[i].written : cases[i].text);
                value_clear(&value);
                g_assert_cmpint(value.type, ==, VALUE_NONE);
        }
}

typedef struct BadCase {
        ValueType type;
        const char *text;
        int result;
} BadCase;

static void test_bad_text(void)
{
        static const BadCase cases[] = {
                {VALUE_NONE, "1", -EINVAL},
                {VALUE_STRING, "\xff", -EINVAL},
                {VALUE_INTEGER, "", -EINVAL},
                {VALUE_INTEGER, "-", -EINVAL},
                {VALUE_INTEGER, "+1", -EINVAL},
                {VALUE_INTEGER, " 1", -EINVAL},
                {VALUE_INTEGER, "1 ", -EINVAL},
                {VALUE_INTEGER, "1.0", -EINVAL},
                {VALUE_INTEGER, "0x10", -EINVAL},
                {VALUE_INTEGER, "9223372036854775808", -ERANGE},
                {VALUE_INTEGER, "-9223372036854775809", -ERANGE},
                {VALUE_INTEGER, "99999999999999999999999x", -EINVAL},
                {VALUE_UNSIGNED, "-1", -EINVAL},
                {VALUE_UNSIGNED, "18446744073709551616", -ERANGE},
                {VALUE_FLOAT, "", -EINVAL},
                {VALUE_FLOAT, ".", -EINVAL},
                {VALUE_FLOAT, "nan", -EINVAL},
                {VALUE_FLOAT, "inf", -EINVAL},
                {VALUE_FLOAT, "0x1p3", -EINVAL},
                {VALUE_FLOAT, "1e", -EINVAL},
                {VALUE_FLOAT, "1,5", -EINVAL},
                {VALUE_FLOAT, " 1", -EINVAL},
                {VALUE_FLOAT, "1e999", -ERANGE},
                {VALUE_BOOLEAN, "", -EINVAL},
                {VALUE_BOOLEAN, "2", -EINVAL},
                {VALUE_BOOLEAN, "true", -EINVAL},
                {VALUE_BOOLEAN, "01", -EINVAL},
                {VALUE_OPAQUE, "AQI", -EINVAL},
                {VALUE_OPAQUE, "AQ I", -EINVAL},
                {VALUE_OPAQUE, "A===", -EINVAL},
                {VALUE_OPAQUE, "====", -EINVAL},
                {VALUE_OPAQUE, "AQ=I", -EINVAL},
                {VALUE_OPAQUE, "AQI-", -EINVAL},
                {VALUE_TIME, "now", -EINVAL},
                {VALUE_OBJLNK, "", -EINVAL},
                {VALUE_OBJLNK, "3", -EINVAL},
                {VALUE_OBJLNK, "3:", -EINVAL},
                {VALUE_OBJLNK, ":3", -EINVAL},
                {VALUE_OBJLNK, "3:0:0", -EINVAL},
                {VALUE_OBJLNK, "65536:0", -ERANGE},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                Value value = value_integer(42);

                g_assert_cmpint(value_from_text(cases[i].type, cases[i].text, strlen(cases[i].text),
                                                &value),
                                ==, cases[i].result);
                g_assert_cmpint(value.integer, ==, 42);
        }
}

static void test_long_text(void)
{
        g_autofree char *text = g_strnfill(VALUE_MAX_SIZE + 1, '0');
        Value value;

        g_assert_cmpint(value_from_text(VALUE_STRING, text, VALUE_MAX_SIZE + 1, &value), ==,
                        -ERANGE);
        g_assert_cmpint(value_from_text(VALUE_STRING, text, VALUE_MAX_SIZE, &value), ==, 0);
        g_assert_cmpuint(value.bytes.len, ==, VALUE_MAX_SIZE);
        value_clear(&value);

        g_assert_cmpint(value_from_text(VALUE_FLOAT, text, VALUE_MAX_SIZE, &value), ==, -EINVAL);
        g_assert_cmpint(value_from_text(VALUE_STRING, "a\0b", 3, &value), ==, -EINVAL);
        g_assert_cmpint(value_from_text(VALUE_FLOAT, "1\0", 2, &value), ==, -EINVAL);
}

static void test_copy(void)
{
        Value value = value_opaque("\0\1\2", 3);
        Value copy = value_copy(&value);

        g_assert_true(value_equal(&value, &copy));
        g_assert_true(value.bytes.data != copy.bytes.data);
        g_assert_cmpint(copy.bytes.data[3], ==, '\0');

        copy.bytes.data[2] = 9;
        g_assert_false(value_equal(&value, &copy));
        value_clear(&copy);
        g_assert_false(value_equal(&value, &copy));

        copy = value_string_len("\0\1\2", 3);
        g_assert_false(value_equal(&value, &copy)); /* another type */
        value_clear(&copy);
        value_clear(&value);
        value_clear(&value);
}

static void test_equal(void)
{
        Value a = value_float(NAN), b = value_float(NAN);

        g_assert_true(value_equal(&a, &b));
        b = value_float(1);
        g_assert_false(value_equal(&a, &b));
        a = value_float(0.0);
        b = value_float(-0.0);
        g_assert_true(value_equal(&a, &b));
        a = value_objlnk(1, 2);
        b = value_objlnk(1, 3);
        g_assert_false(value_equal(&a, &b));
        a = value_integer(1);
        b = value_time(1);
        g_assert_false(value_equal(&a, &b));
}

typedef struct ConvertCase {
        Value from;
        Value to; /* NONE: `result` */
        ValueType type;
        int result;
} ConvertCase;

static void test_convert(void)
{
        const ConvertCase cases[] = {
                {value_integer(5), value_unsigned(5), VALUE_UNSIGNED, 0},
                {value_integer(-5), {VALUE_NONE}, VALUE_UNSIGNED, -ERANGE},
                {value_integer(5), value_time(5), VALUE_TIME, 0},
                {value_integer(-5), value_float(-5), VALUE_FLOAT, 0},
                {value_integer(INT64_C(1) << 53), value_float(0x1p53), VALUE_FLOAT, 0},
                {value_integer((INT64_C(1) << 53) + 1), {VALUE_NONE}, VALUE_FLOAT, -ERANGE},
                {value_integer(INT64_MAX), {VALUE_NONE}, VALUE_FLOAT, -ERANGE},
                {value_integer(INT64_MIN), value_float(-0x1p63), VALUE_FLOAT, 0},
                {value_unsigned(UINT64_MAX), {VALUE_NONE}, VALUE_INTEGER, -ERANGE},
                {value_unsigned(UINT64_MAX), {VALUE_NONE}, VALUE_FLOAT, -ERANGE},
                {value_unsigned(INT64_MAX), value_integer(INT64_MAX), VALUE_INTEGER, 0},
                {value_float(1.5), {VALUE_NONE}, VALUE_INTEGER, -EINVAL},
                {value_float(0x1p63), {VALUE_NONE}, VALUE_INTEGER, -ERANGE},
                {value_float(-0x1p63), value_integer(INT64_MIN), VALUE_INTEGER, 0},
                {value_float(0x1p63), value_unsigned(UINT64_C(1) << 63), VALUE_UNSIGNED, 0},
                {value_float(-1), {VALUE_NONE}, VALUE_UNSIGNED, -ERANGE},
                {value_float(NAN), {VALUE_NONE}, VALUE_INTEGER, -EINVAL},
                {value_float(INFINITY), {VALUE_NONE}, VALUE_TIME, -ERANGE},
                {value_boolean(true), {VALUE_NONE}, VALUE_INTEGER, -EINVAL},
                {value_integer(1), {VALUE_NONE}, VALUE_BOOLEAN, -EINVAL},
                {value_integer(1), {VALUE_NONE}, VALUE_STRING, -EINVAL},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                Value value = cases[i].from;

                g_assert_cmpint(value_convert(&value, cases[i].type), ==, cases[i].result);
                g_assert_true(
                        value_equal(&value, cases[i].result == 0 ? &cases[i].to : &cases[i].from));
        }
}

static void test_convert_text(void)
{
        Value value = value_string("</3>");

        g_assert_cmpint(value_convert(&value, VALUE_OPAQUE), ==, -EINVAL);
        g_assert_cmpint(value_convert(&value, VALUE_CORELNK), ==, 0);
        g_assert_cmpint(value.type, ==, VALUE_CORELNK);
        g_assert_cmpstr(value.bytes.data, ==, "</3>");
        value_clear(&value);
}

/* Any double that is written reads back the same. */
static void test_random_float(void)
{
        for (int i = 0; i < 20000; i++) {
                union {
                        uint32_t half[2];
                        double real;
                } bits = {.half = {(uint32_t) g_test_rand_int(), (uint32_t) g_test_rand_int()}};
                Value value = value_float(bits.real), back;
                g_autofree char *text = NULL;

                if (!isfinite(bits.real))
                        continue;
                text = value_to_text(&value);
                g_assert_cmpint(value_from_text(VALUE_FLOAT, text, strlen(text), &back), ==, 0);
                g_assert_true(value_equal(&value, &back));
        }
}

static void test_random_opaque(void)
{
        for (int i = 0; i < 2000; i++) {
                uint8_t data[64];
                size_t len = (size_t) g_test_rand_int_range(0, sizeof(data) + 1);
                g_autofree char *text = NULL;
                Value value, back;

                for (size_t j = 0; j < len; j++)
                        data[j] = (uint8_t) g_test_rand_int_range(0, 256);
                value = value_opaque(data, len);
                text = value_to_text(&value);
                g_assert_cmpint(value_from_text(VALUE_OPAQUE, text, strlen(text), &back), ==, 0);
                g_assert_true(value_equal(&value, &back));
                value_clear(&value);
                value_clear(&back);
        }
}

/* A borrowed text is neither wiped nor freed; a copy is the copier's own. */
static void test_borrowed(void)
{
        char text[] = "Europe/Paris";
        Value value = value_borrow_string(text);
        Value copy = value_copy(&value);

        g_assert_true(value.bytes.data == text);
        g_assert_true(value_equal(&value, &copy));
        value_clear(&value);
        g_assert_cmpstr(text, ==, "Europe/Paris");
        g_assert_cmpint(value.type, ==, VALUE_NONE);

        text[0] = 'X';
        g_assert_cmpstr(copy.bytes.data, ==, "Europe/Paris");
        value_clear(&copy);

        value = value_borrow_opaque(text, 3);
        g_assert_cmpmem(value.bytes.data, value.bytes.len, "Xur", 3);
        value_clear(&value);
        g_assert_cmpstr(text, ==, "Xurope/Paris");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/model/value/wiped", test_wiped);
        g_test_add_func("/model/value/text", test_text);
        g_test_add_func("/model/value/bad-text", test_bad_text);
        g_test_add_func("/model/value/long-text", test_long_text);
        g_test_add_func("/model/value/copy", test_copy);
        g_test_add_func("/model/value/equal", test_equal);
        g_test_add_func("/model/value/convert", test_convert);
        g_test_add_func("/model/value/convert-text", test_convert_text);
        g_test_add_func("/model/value/random-float", test_random_float);
        g_test_add_func("/model/value/random-opaque", test_random_opaque);
        g_test_add_func("/model/value/borrowed", test_borrowed);
        return g_test_run();
}
