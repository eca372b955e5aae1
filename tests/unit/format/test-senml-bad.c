/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What no peer should send in SenML, and some will. */

#include <errno.h>
#include <string.h>

#include "format-util.h"
#include "memory-object.h"

#define ID 4242

/* Of a write to /4242/0. */
static const char *const bad_json[][2] = {
        /* no JSON (RFC 8259) */
        {"", "-EBADMSG"},
        {"[", "-EBADMSG"},
        {"[}", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/1\",\"v\":1}", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/1\",\"v\":1},]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/1\",\"v\":1}] x", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/1\",\"v\":01}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/1\",\"v\":+1}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/3\",\"v\":NaN}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/3\",\"v\":Infinity}]", "-EBADMSG"},
        {"[{'n':'/4242/0/1','v':1}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/0\",\"vs\":\"\xff\"}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/0\",\"vs\":\"\xc0\x80\"}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/0\",\"vs\":\"\\ud800\"}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/0\",\"vs\":\"a\\u0000b\"}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/0\",\"vs\":\"a\nb\"}]", "-EBADMSG"},
        /* no pack (RFC 8428, 4) */
        {"{}", "-EBADMSG"},
        {"1", "-EBADMSG"},
        {"[1]", "-EBADMSG"},
        {"[[]]", "-EBADMSG"},
        {"[null]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/1\"}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/1\",\"v\":1,\"vs\":\"1\"}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/1\",\"v\":1,\"v\":1}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/1\",\"n\":\"/4242/0/1\",\"v\":1}]", "-EBADMSG"},
        {"[{\"n\":1,\"v\":1}]", "-EBADMSG"},
        {"[{\"bn\":1,\"n\":\"/4242/0/1\",\"v\":1}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/1\",\"v\":\"1\"}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/1\",\"v\":[1]}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/0\",\"vs\":1}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/4\",\"vb\":1}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/5\",\"vd\":1}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/7\",\"vlo\":1}]", "-EBADMSG"},
        {"[{\"bt\":\"1\",\"n\":\"/4242/0/1\",\"v\":1}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/1\",\"v\":1,\"t\":null}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/1\",\"v\":1,\"vendor_\":0}]", "-EBADMSG"},
        {"[{\"_\":0,\"n\":\"/4242/0/1\",\"v\":1}]", "-EBADMSG"},
        {"[{\"bver\":11,\"n\":\"/4242/0/1\",\"v\":1}]", "-EBADMSG"},
        {"[{\"bver\":0,\"n\":\"/4242/0/1\",\"v\":1}]", "-EBADMSG"},
        {"[{\"bver\":\"10\",\"n\":\"/4242/0/1\",\"v\":1}]", "-EBADMSG"},
        {"[{\"n\":\"/4242/0/12/00000000000000000000000001\",\"v\":1}]", "-EBADMSG"},
        /* no value of that resource (4.00) */
        {"[{\"n\":\"/4242/0/1\",\"v\":1.5}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0/1\",\"vs\":\"1\"}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0/1\",\"vb\":true}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0/0\",\"v\":1}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0/0\",\"vlo\":\"3:0\"}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0/5\",\"vs\":\"AAAA\"}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0/7\",\"vlo\":\"3\"}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0/1\",\"v\":null}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0/12/1\",\"v\":null}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0/1\",\"v\":9223372036854775808}]", "-ERANGE"},
        {"[{\"n\":\"/4242/0/1\",\"v\":1e19}]", "-ERANGE"},
        {"[{\"n\":\"/4242/0/3\",\"v\":1e999}]", "-ERANGE"},
        {"[{\"n\":\"/4242/0/2\",\"v\":-1}]", "-ERANGE"},
        {"[{\"n\":\"/4242/0/7\",\"vlo\":\"65536:0\"}]", "-ERANGE"},
        {"[{\"bv\":9223372036854775807,\"n\":\"/4242/0/1\",\"v\":1}]", "-ERANGE"},
        /* no node of the request */
        {"[{\"n\":\"/4242/1/1\",\"v\":1}]", "-EINVAL"},
        {"[{\"n\":\"/3/0/1\",\"vs\":\"x\"}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0\",\"v\":1}]", "-EINVAL"},
        {"[{\"v\":1}]", "-EINVAL"},
        {"[{\"bn\":\"/4242/0/\",\"v\":1}]", "-EINVAL"},
        {"[{\"n\":\"4242/0/1\",\"v\":1}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0/01\",\"v\":1}]", "-EINVAL"},
        {"[{\"n\":\"/4242//1\",\"v\":1}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0/1//\",\"v\":1}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0/12/1/1\",\"v\":1}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0/65535\",\"v\":1}]", "-EINVAL"},
        /* a node twice */
        {"[{\"n\":\"/4242/0/1\",\"v\":1},{\"n\":\"/4242/0/1\",\"v\":1}]", "-EINVAL"},
        {"[{\"n\":\"/4242/0/12\",\"v\":1},{\"n\":\"/4242/0/12/0\",\"v\":1}]", "-EINVAL"},
        {"[{\"bn\":\"/4242/0/1\",\"bt\":2,\"v\":1},{\"t\":5,\"v\":2}]", "-EINVAL"},
};

static void test_json(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(bad_json); i++)
                assert_text_decodes(FORMAT_SENML_JSON, path_instance(ID, 0), bad_json[i][0],
                                    bad_json[i][1]);
        assert_text_decodes(FORMAT_SENML_JSON, path_resource(ID, 0, 2),
                            "[{\"n\":\"/4242/0/1\",\"v\":1}]", "-EINVAL");
        assert_text_decodes(FORMAT_SENML_JSON, path_root(), "[]", "-ENOTSUP");
}

/* {0: "/4242/0/1", …} */
#define NAME "00 69 2f343234322f302f31"

static const char *const bad_cbor[][2] = {
        {"", "-EBADMSG"},
        {"a0", "-EBADMSG"},                                           /* a map */
        {"01", "-EBADMSG"},                                           /* a number */
        {"81", "-EBADMSG"},                                           /* cut off */
        {"8101", "-EBADMSG"},                                         /* no record */
        {"81 a2 " NAME " 02", "-EBADMSG"},                            /* cut off */
        {"81 a2 " NAME " 02 01 00", "-EBADMSG"},                      /* more after it */
        {"9f a2 " NAME " 02 01", "-EBADMSG"},                         /* no end */
        {"81 bf " NAME " 02 01", "-EBADMSG"},                         /* no end of the record */
        {"81 bf " NAME " ff", "-EBADMSG"},                            /* no value */
        {"81 bf " NAME " 02 ff", "-EBADMSG"},                         /* an end for a value */
        {"82 a2 " NAME " 02 01 ff", "-EBADMSG"},                      /* an end where none is due */
        {"9b 7fffffffffffffff", "-EBADMSG"},                          /* 2^63 - 1 records */
        {"81 bb ffffffffffffffff", "-EBADMSG"},                       /* 2^64 - 1 labels */
        {"81 a2 " NAME " 02 8101", "-EBADMSG"},                       /* an array as value */
        {"81 a2 " NAME " 02 c24101", "-EBADMSG"},                     /* a bignum */
        {"81 a3 " NAME " " NAME " 02 01", "-EBADMSG"},                /* twice n */
        {"81 a3 " NAME " 02 01 6178 bb8000000000000000", "-EBADMSG"}, /* "x": 2^63 pairs */
        {"81 a3 " NAME " 02 01 6178 81ff", "-EBADMSG"},               /* "x": an end for an entry */
        {"81 a3 " NAME " 02 01 02 01", "-EBADMSG"},                   /* twice v */
        {"81 a3 " NAME " 02 01 6176 01", "-EBADMSG"},                 /* v and "v" */
        {"81 a3 " NAME " 02 01 03 6131", "-EBADMSG"},                 /* v and vs */
        {"81 a3 " NAME " 02 01 4100 01", "-EBADMSG"},                 /* bytes as label */
        {"81 a3 " NAME " 02 01 f6 01", "-EBADMSG"},                   /* null as label */
        {"81 a3 " NAME " 02 01 6278 5f 01", "-EBADMSG"},              /* "x_" */
        {"81 a3 " NAME " 02 01 20 0b", "-EBADMSG"},                   /* version 11 */
        {"81 a2 " NAME " 03 01", "-EBADMSG"},                         /* vs: 1 */
        {"81 a2 " NAME " 08 6161", "-EBADMSG"},                       /* vd: "a" */
        {"81 a2 00 01 02 01", "-EBADMSG"},                            /* n: 1 */
        {"81 a3 22 f97e00 " NAME " 02 01", "-EBADMSG"},               /* bt: NaN */
        {"81 a2 " NAME " 02 f97e00", "-EINVAL"},                      /* v: NaN */
        {"81 a2 " NAME " 02 f97c00", "-EINVAL"},                      /* v: infinity */
        {"81 a2 " NAME " 02 1bffffffffffffffff", "-ERANGE"},
        {"81 a2 " NAME " 02 3bffffffffffffffff", "-ERANGE"},
        {"81 a2 00 6a 2f343234322f302f3100 02 01", "-EINVAL"}, /* NUL in the name */
        {"81 a2 00 69 2f343234322f302f30 03 61ff", "-EINVAL"}, /* vs: no UTF-8 */
        {"82 a2 " NAME " 02 01 a2 " NAME " 02 01", "-EINVAL"}, /* a node twice */
        {"81 a2 00 69 2f343234322f302f35 08 f6", "-EINVAL"},   /* vd: null */
};

static void test_cbor(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(bad_cbor); i++)
                assert_hex_decodes(FORMAT_SENML_CBOR, path_instance(ID, 0), bad_cbor[i][0],
                                   bad_cbor[i][1]);
}

static GByteArray *repeat(const char *start, const char *text, size_t n, const char *end)
{
        GByteArray *bytes = g_byte_array_new();

        g_byte_array_append(bytes, (const guint8 *) start, (guint) strlen(start));
        for (size_t i = 0; i < n; i++)
                g_byte_array_append(bytes, (const guint8 *) text, (guint) strlen(text));
        g_byte_array_append(bytes, (const guint8 *) end, (guint) strlen(end));
        return bytes;
}

static void assert_repeated(int format, const char *start, const char *text, size_t n,
                            const char *end, const char *result)
{
        g_autoptr(GByteArray) bytes = repeat(start, text, n, end);
        g_autofree char *told = decoded(format, path_instance(ID, 0), bytes->data, bytes->len);

        g_assert_cmpstr(told, ==, result);
}

/* Depth and number have limits that are found before anything grows. */
static void test_limits(void)
{
        assert_repeated(FORMAT_SENML_JSON, "", "[", 100000, "", "-EBADMSG");
        assert_repeated(FORMAT_SENML_JSON, "[{\"x\":", "[", 6, "1]]]]]]}]", "");
        assert_repeated(FORMAT_SENML_JSON, "[{\"x\":", "[", 7, "1]]]]]]]}]", "-EBADMSG");
        assert_repeated(FORMAT_SENML_JSON, "[{}", ",{}", 20000, "]", "");
        assert_repeated(FORMAT_SENML_JSON, "[{}", ",{}", 60000, "]", "-E2BIG");
        assert_repeated(FORMAT_SENML_JSON, "[{\"x\":\"", "[{,", 100000, "\"}]", "");
        assert_repeated(FORMAT_SENML_JSON, "[{\"x\":\"\\\"", "[{,", 100000, "\\\\\"}]", "");

        assert_repeated(FORMAT_SENML_CBOR, "", "\x81", 100000, "", "-EBADMSG");
}

static void assert_depth(size_t depth, const char *result)
{
        static const uint8_t start[] = {0x81, 0xa3, 0x00, 0x69, '/', '4', '2',  '4', '2',
                                        '/',  '0',  '/',  '1',  2,   1,   0x61, 'x'};
        static const uint8_t nested[] = {0x81}, end[] = {0x00};
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        g_autofree char *told = NULL;

        g_byte_array_append(bytes, start, sizeof(start));
        for (size_t i = 0; i < depth; i++)
                g_byte_array_append(bytes, nested, sizeof(nested));
        g_byte_array_append(bytes, end, sizeof(end));
        told = decoded(FORMAT_SENML_CBOR, path_instance(ID, 0), bytes->data, bytes->len);
        g_assert_cmpstr(told, ==, result);
}

static void test_depth(void)
{
        assert_depth(0, "/4242/0/1=1");
        assert_depth(15, "/4242/0/1=1");
        assert_depth(16, "-EBADMSG");
        assert_depth(100000, "-EBADMSG");
}

/* RECORDS_MAX resource instances, and one more. */
static void test_many(void)
{
        for (size_t n = RECORDS_MAX; n <= RECORDS_MAX + 1; n++) {
                g_autoptr(GString) json = g_string_new("[{\"bn\":\"/4242/0/12/\"}");
                g_autoptr(Records) records = NULL;
                int r;

                for (size_t i = 0; i < n; i++)
                        g_string_append_printf(json, ",{\"n\":\"%zu\",\"v\":1}", i);
                g_string_append(json, "]");
                r = format_decode(FORMAT_SENML_JSON, path_instance(ID, 0), &memory_definition,
                                  json->str, json->len, &records);
                g_assert_cmpint(r, ==, n == RECORDS_MAX ? 0 : -E2BIG);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/format/senml-bad/json", test_json);
        g_test_add_func("/format/senml-bad/cbor", test_cbor);
        g_test_add_func("/format/senml-bad/limits", test_limits);
        g_test_add_func("/format/senml-bad/depth", test_depth);
        g_test_add_func("/format/senml-bad/many", test_many);
        return g_test_run();
}
