/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "format-util.h"
#include "memory-object.h"

#define ID 4242

enum { TEXT = 0, LEVEL = 1, COUNT = 2, RATIO = 3, SWITCH = 4, BLOB = 5, MOMENT = 6, LINK = 7 };

static Path resource(uint16_t id)
{
        return path_resource(ID, 0, id);
}

static void assert_encodes(uint16_t id, Value value, const char *hex)
{
        g_autoptr(GByteArray) expected = bytes_from_hex(hex);
        g_autoptr(Records) records = records_new();
        uint8_t memory[256];
        ByteWriter writer = byte_writer(memory, sizeof(memory));

        records_add(records, resource(id), value);
        g_assert_cmpint(
                format_encode(FORMAT_CBOR, resource(id), &memory_definition, records, &writer), ==,
                0);
        g_assert_cmpmem(writer.data, writer.len, expected->data, expected->len);
}

static void assert_decodes(uint16_t id, const char *hex, const char *expected)
{
        g_autofree char *text = g_strdup_printf("/4242/0/%u=%s", id, expected);

        assert_hex_decodes(FORMAT_CBOR, resource(id), hex,
                           expected[0] == '!' ? expected + 1 : text);
}

/* RFC 8949, appendix A */
static void test_integers(void)
{
        static const struct {
                int64_t number;
                const char *hex;
        } cases[] = {
                {0, "00"},
                {1, "01"},
                {10, "0a"},
                {23, "17"},
                {24, "1818"},
                {25, "1819"},
                {100, "1864"},
                {1000, "1903e8"},
                {1000000, "1a000f4240"},
                {1000000000000, "1b000000e8d4a51000"},
                {-1, "20"},
                {-10, "29"},
                {-100, "3863"},
                {-1000, "3903e7"},
                {INT64_MAX, "1b7fffffffffffffff"},
                {INT64_MIN, "3b7fffffffffffffff"},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, cases[i].number);

                assert_encodes(LEVEL, value_integer(cases[i].number), cases[i].hex);
                assert_decodes(LEVEL, cases[i].hex, text);
                assert_encodes(MOMENT, value_time(cases[i].number), cases[i].hex);
                assert_decodes(MOMENT, cases[i].hex, text);
        }
        assert_encodes(COUNT, value_unsigned(UINT64_MAX), "1bffffffffffffffff");
        assert_decodes(COUNT, "1bffffffffffffffff", "18446744073709551615");
}

/* RFC 8949, appendix A: the shortest of the three widths. */
static void test_floats(void)
{
        static const struct {
                double number;
                const char *hex;
        } cases[] = {
                {0.0, "f90000"},
                {1.0, "f93c00"},
                {1.1, "fb3ff199999999999a"},
                {1.5, "f93e00"},
                {65504.0, "f97bff"},
                {65536.0, "fa47800000"},
                {100000.0, "fa47c35000"},
                {3.4028234663852886e+38, "fa7f7fffff"},
                {1.0e+300, "fb7e37e43c8800759c"},
                {5.960464477539063e-8, "f90001"},
                {0.00006103515625, "f90400"},
                {0.00006097555160522461, "f903ff"},
                {1.401298464324817e-45, "fa00000001"},
                {-4.0, "f9c400"},
                {-4.1, "fbc010666666666666"},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                Value value = value_float(cases[i].number);
                g_autofree char *text = value_to_text(&value);

                assert_encodes(RATIO, value, cases[i].hex);
                assert_decodes(RATIO, cases[i].hex, text);
        }
        assert_encodes(RATIO, value_float((double) INFINITY), "f97c00");
        assert_encodes(RATIO, value_float((double) -INFINITY), "f9fc00");
        assert_encodes(RATIO, value_float((double) NAN), "f97e00");
        assert_encodes(RATIO, value_float(-0.0), "f98000");
}

static void test_others(void)
{
        assert_encodes(SWITCH, value_boolean(false), "f4");
        assert_encodes(SWITCH, value_boolean(true), "f5");
        assert_decodes(SWITCH, "f4", "0");
        assert_decodes(SWITCH, "f5", "1");
        assert_encodes(TEXT, value_string(""), "60");
        assert_encodes(TEXT, value_string("IETF"), "6449455446");
        assert_encodes(TEXT, value_string("ü"), "62c3bc");
        assert_decodes(TEXT, "60", "");
        assert_decodes(TEXT, "62c3bc", "ü");
        assert_encodes(BLOB, value_opaque("\1\2\3\4", 4), "4401020304");
        assert_decodes(BLOB, "4401020304", "AQIDBA==");
        assert_decodes(BLOB, "40", "");
        assert_encodes(LINK, value_objlnk(66, 0), "6436363a30");
        assert_decodes(LINK, "6436363a30", "66:0");
}

/* What another peer may write: any width, chunks, a time's tag, whole floats, decimal fractions. */
static void test_tolerance(void)
{
        assert_decodes(LEVEL, "1b0000000000000007", "7");
        assert_decodes(LEVEL, "f94700", "7");
        assert_decodes(LEVEL, "fb401c000000000000", "7");
        assert_decodes(RATIO, "07", "7");
        assert_decodes(RATIO, "26", "-7");
        assert_decodes(RATIO, "c48221196ab3", "273.15");
        assert_decodes(LEVEL, "c4820105", "50");
        assert_decodes(MOMENT, "c11a514b67b0", "1363896240");
        assert_decodes(MOMENT, "d9d9f7c11a514b67b0", "1363896240");
        assert_decodes(TEXT, "7f657374726561646d696e67ff", "streaming");
        assert_decodes(TEXT, "7fff", "");
        assert_decodes(BLOB, "5f42010243030405ff", "AQIDBAU=");
        assert_decodes(LINK, "7f62363662 3a30ff", "66:0");
}

static void test_bad(void)
{
        static const struct {
                uint16_t id;
                const char *hex, *result;
        } cases[] = {
                {LEVEL, "", "!-EBADMSG"},                    /* nothing */
                {LEVEL, "18", "!-EBADMSG"},                  /* cut off */
                {LEVEL, "0000", "!-EBADMSG"},                /* two values */
                {LEVEL, "1c", "!-EBADMSG"},                  /* reserved */
                {LEVEL, "ff", "!-EBADMSG"},                  /* a break alone */
                {LEVEL, "8101", "!-EBADMSG"},                /* an array */
                {LEVEL, "a10001", "!-EBADMSG"},              /* a map */
                {LEVEL, "f7", "!-EBADMSG"},                  /* undefined */
                {LEVEL, "f8ff", "!-EBADMSG"},                /* simple(255) */
                {LEVEL, "c201", "!-EBADMSG"},                /* tag of a bignum */
                {LEVEL, "c1c101", "!-EBADMSG"},              /* tag in tag */
                {LEVEL, "f6", "!-EINVAL"},                   /* null */
                {LEVEL, "f5", "!-EINVAL"},                   /* boolean */
                {LEVEL, "6131", "!-EINVAL"},                 /* text */
                {LEVEL, "f93e00", "!-EINVAL"},               /* 1.5 */
                {LEVEL, "f97e00", "!-EINVAL"},               /* NaN */
                {LEVEL, "1b8000000000000000", "!-ERANGE"},   /* 2^63 */
                {LEVEL, "3b8000000000000000", "!-ERANGE"},   /* -2^63 - 1 */
                {LEVEL, "fb43e0000000000000", "!-ERANGE"},   /* 2^63 as a float */
                {COUNT, "20", "!-ERANGE"},                   /* -1 */
                {RATIO, "f97e00", "!-EINVAL"},               /* NaN */
                {RATIO, "fa7f800000", "!-EINVAL"},           /* infinity */
                {RATIO, "c482190fff01", "!-ERANGE"},         /* 1e4095 */
                {RATIO, "c4820001", "1"},                    /* beside: 1e0 */
                {RATIO, "c48100", "!-EBADMSG"},              /* no mantissa */
                {RATIO, "c483000101", "!-EBADMSG"},          /* three parts */
                {RATIO, "c482f90000f90000", "!-EBADMSG"},    /* floats in it */
                {SWITCH, "01", "!-EINVAL"},                  /* 1 */
                {TEXT, "61ff", "!-EINVAL"},                  /* no UTF-8 */
                {TEXT, "6100", "!-EINVAL"},                  /* NUL */
                {TEXT, "4161", "!-EINVAL"},                  /* bytes */
                {TEXT, "6261", "!-EBADMSG"},                 /* shorter than it says */
                {TEXT, "7b7fffffffffffffff61", "!-EBADMSG"}, /* much shorter */
                {TEXT, "7f4161ff", "!-EBADMSG"},             /* bytes as a chunk */
                {TEXT, "7f7f6161ffff", "!-EBADMSG"},         /* chunks in chunks */
                {TEXT, "7f7f6161ff", "!-EBADMSG"},           /* likewise, with one break */
                {RATIO, "c4810105", "!-EBADMSG"},            /* mantissa outside */
                {TEXT, "7f6161", "!-EBADMSG"},               /* no break */
                {BLOB, "6161", "!-EINVAL"},                  /* text */
                {LINK, "613a", "!-EINVAL"},                  /* ":" */
                {LINK, "6736353533363a30", "!-ERANGE"},      /* "65536:0" */
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                assert_decodes(cases[i].id, cases[i].hex, cases[i].result);
}

/* One value, of a resource or resource instance. */
static void test_levels(void)
{
        g_autoptr(Records) records = records_new();
        ByteWriter writer = byte_writer_growing(64);

        assert_hex_decodes(FORMAT_CBOR, path_instance(ID, 0), "01", "-ENOTSUP");
        assert_hex_decodes(FORMAT_CBOR, path_resource(ID, 0, 12), "01", "-ENOTSUP");
        assert_hex_decodes(FORMAT_CBOR, path_resource_instance(ID, 0, 12, 3), "01",
                           "/4242/0/12/3=1");
        assert_hex_decodes(FORMAT_CBOR, path_resource(ID, 0, 99), "6161", "/4242/0/99=a");

        records_add(records, path_resource_instance(ID, 0, 12, 3), value_integer(1));
        g_assert_cmpint(format_encode(FORMAT_CBOR, path_resource(ID, 0, 12), &memory_definition,
                                      records, &writer),
                        ==, -ENOTSUP);
        g_assert_cmpint(format_encode(FORMAT_CBOR, path_resource_instance(ID, 0, 12, 3),
                                      &memory_definition, records, &writer),
                        ==, 0);
        g_assert_cmpmem(writer.data, writer.len, "\1", 1);
        byte_writer_clear(&writer);
}

/* Chunks are put together up to the longest value, and no further. */
static void test_long_chunks(void)
{
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        static const uint8_t start[] = {0x5f}, chunk[] = {0x5a, 0, 8, 0, 0}, end[] = {0xff};
        g_autofree uint8_t *half = g_malloc0(VALUE_MAX_SIZE / 2);

        g_byte_array_append(bytes, start, sizeof(start));
        for (int i = 0; i < 3; i++) {
                g_autofree char *told = NULL;

                g_byte_array_append(bytes, chunk, sizeof(chunk));
                g_byte_array_append(bytes, half, VALUE_MAX_SIZE / 2);
                g_byte_array_append(bytes, end, sizeof(end));
                told = decoded(FORMAT_CBOR, resource(BLOB), bytes->data, bytes->len);
                g_byte_array_set_size(bytes, bytes->len - 1);
                if (i < 2)
                        g_assert_true(g_str_has_prefix(told, "/4242/0/5=AAAA"));
                else
                        g_assert_cmpstr(told, ==, "-E2BIG");
        }
}

static void test_long(void)
{
        g_autofree uint8_t *bytes = g_malloc0(VALUE_MAX_SIZE + 6);
        ByteWriter head = byte_writer(bytes, 5);

        for (uint32_t over = 0; over <= 1; over++) {
                g_autofree char *told = NULL;

                head.len = 0;
                byte_writer_u8(&head, 0x5a);
                byte_writer_u32(&head, VALUE_MAX_SIZE + over);
                told = decoded(FORMAT_CBOR, resource(BLOB), bytes, 5 + VALUE_MAX_SIZE + over);
                if (over == 0)
                        g_assert_true(g_str_has_prefix(told, "/4242/0/5=AAAA"));
                else
                        g_assert_cmpstr(told, ==, "-E2BIG");
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/format/plain-cbor/integers", test_integers);
        g_test_add_func("/format/plain-cbor/floats", test_floats);
        g_test_add_func("/format/plain-cbor/others", test_others);
        g_test_add_func("/format/plain-cbor/tolerance", test_tolerance);
        g_test_add_func("/format/plain-cbor/bad", test_bad);
        g_test_add_func("/format/plain-cbor/levels", test_levels);
        g_test_add_func("/format/plain-cbor/long", test_long);
        g_test_add_func("/format/plain-cbor/long-chunks", test_long_chunks);
        return g_test_run();
}
