/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* SenML JSON and CBOR: the specifications' examples, and what they allow. */

#include <math.h>
#include <string.h>

#include "device-example.h"
#include "format-util.h"
#include "memory-object.h"

#define ID 4242

/* ---- Core 7.4.5 and 7.4.6: the answer to GET /3/0 --------------------------- */

#define DEVICE_JSON                                                                                \
        "[{\"bn\":\"/3/0/\",\"n\":\"0\",\"vs\":\"Open Mobile Alliance\"},"                         \
        "{\"n\":\"1\",\"vs\":\"Lightweight M2M Client\"},{\"n\":\"2\",\"vs\":\"345000123\"},"      \
        "{\"n\":\"3\",\"vs\":\"1.0\"},{\"n\":\"6/0\",\"v\":1},{\"n\":\"6/1\",\"v\":5},"            \
        "{\"n\":\"7/0\",\"v\":3800},{\"n\":\"7/1\",\"v\":5000},{\"n\":\"8/0\",\"v\":125},"         \
        "{\"n\":\"8/1\",\"v\":900},{\"n\":\"9\",\"v\":100},{\"n\":\"10\",\"v\":15},"               \
        "{\"n\":\"11/0\",\"v\":0},{\"n\":\"13\",\"v\":1367491215},{\"n\":\"14\","                  \
        "\"vs\":\"+02:00\"},{\"n\":\"16\",\"vs\":\"U\"}]"

#define DEVICE_CBOR                                                                                \
        "90a321652f332f302f00613003744f70656e204d6f62696c6520416c6c69616e6365a20061310376"         \
        "4c69676874776569676874204d324d20436c69656e74a20061320369333435303030313233a20061"         \
        "330363312e30a20063362f300201a20063362f310205a20063372f3002190ed8a20063372f310219"         \
        "1388a20063382f3002187da20063382f3102190384a2006139021864a200623130020fa200643131"         \
        "2f300200a200623133021a5182428fa20062313403662b30323a3030a200623136036155"

static void test_device(void)
{
        const ObjectDefinition *device = definition_find_core(3);
        g_autoptr(Records) records = NULL;

        assert_text_decodes(FORMAT_SENML_JSON, path_instance(3, 0), DEVICE_JSON, DEVICE_TEXT);
        assert_hex_decodes(FORMAT_SENML_CBOR, path_instance(3, 0), DEVICE_CBOR, DEVICE_TEXT);

        g_assert_cmpint(format_decode(FORMAT_SENML_JSON, path_instance(3, 0), device, DEVICE_JSON,
                                      strlen(DEVICE_JSON), &records),
                        ==, 0);
        assert_text_encoded(FORMAT_SENML_JSON, records, NULL, DEVICE_JSON);
        assert_hex_encoded(FORMAT_SENML_CBOR, records, NULL, DEVICE_CBOR);
}

/* ---- Names and values -------------------------------------------------------- */

static void test_every_type(void)
{
        g_autoptr(Records) records = records_new();

        records_add(records, path_resource(ID, 7, 0), value_string("a \"\\\n\x01/ü"));
        records_add(records, path_resource(ID, 7, 1), value_integer(-5));
        records_add(records, path_resource(ID, 7, 2), value_unsigned(UINT64_MAX));
        records_add(records, path_resource(ID, 7, 3), value_float(22.1));
        records_add(records, path_resource(ID, 7, 4), value_boolean(true));
        records_add(records, path_resource(ID, 7, 5), value_opaque("\xfb\xff\xfe\x01", 4));
        records_add(records, path_resource(ID, 7, 6), value_time(1700000000));
        records_add(records, path_resource(ID, 7, 7), value_objlnk(66, 0));
        records_add(records, path_resource_instance(ID, 7, 12, 3), value_integer(9));
        records_add(records, path_resource(ID, 7, 13), (Value){.type = VALUE_NONE});
        assert_text_encoded(FORMAT_SENML_JSON, records, NULL,
                            "[{\"bn\":\"/4242/7/\",\"n\":\"0\",\"vs\":\"a \\\"\\\\\\n\\u0001/ü\"},"
                            "{\"n\":\"1\",\"v\":-5},{\"n\":\"2\",\"v\":18446744073709551615},"
                            "{\"n\":\"3\",\"v\":22.1},{\"n\":\"4\",\"vb\":true},"
                            "{\"n\":\"5\",\"vd\":\"-__-AQ\"},{\"n\":\"6\",\"v\":1700000000},"
                            "{\"n\":\"7\",\"vlo\":\"66:0\"},{\"n\":\"12/3\",\"v\":9}]");
        assert_hex_encoded(FORMAT_SENML_CBOR, records, NULL,
                           "89 a3 21 68 2f343234322f372f 00 6130 03 69 6120225c0a012fc3bc"
                           "a2 00 6131 02 24"
                           "a2 00 6132 02 1bffffffffffffffff"
                           "a2 00 6133 02 fb403619999999999a"
                           "a2 00 6134 04 f5"
                           "a2 00 6135 08 44fbfffe01"
                           "a2 00 6136 02 1a6553f100"
                           "a2 00 6137 63766c6f 6436363a30"
                           "a2 00 6431322f33 02 09");
}

/* OMA LwM2M for Developers, issue 484: the link of Core 7.4.5, table 4, in CBOR. */
static void test_link(void)
{
        g_autoptr(Records) records = records_new();

        records_add(records, path_resource_instance(65, 0, 0, 0), value_objlnk(66, 0));
        assert_hex_encoded(FORMAT_SENML_CBOR, records, NULL,
                           "81 a2 00 69 2f36352f302f302f30 63 766c6f 64 36363a30");
        assert_text_encoded(FORMAT_SENML_JSON, records, NULL,
                            "[{\"n\":\"/65/0/0/0\",\"vlo\":\"66:0\"}]");
        assert_text_decodes(FORMAT_SENML_JSON, path_resource(ID, 0, 7),
                            "[{\"n\":\"/4242/0/7\",\"vlo\":\"65535:65535\"}]",
                            "/4242/0/7=65535:65535");
        assert_text_decodes(FORMAT_SENML_JSON, path_resource(ID, 0, 7),
                            "[{\"n\":\"/4242/0/7\",\"vs\":\"3:0\"}]", "/4242/0/7=3:0");
}

/* What has no value to tell is left out; of nothing an empty pack remains. */
static void test_left_out(void)
{
        g_autoptr(Records) records = records_new();

        assert_text_encoded(FORMAT_SENML_JSON, records, NULL, "[]");
        assert_hex_encoded(FORMAT_SENML_CBOR, records, NULL, "80");
        records_add(records, path_resource(ID, 0, 3), value_float((double) NAN));
        records_add(records, path_resource(ID, 0, 12), (Value){.type = VALUE_NONE});
        assert_text_encoded(FORMAT_SENML_JSON, records, NULL, "[]");
        assert_hex_encoded(FORMAT_SENML_CBOR, records, NULL, "80");
        records_add(records, path_resource(ID, 1, 3), value_float((double) -INFINITY));
        records_add(records, path_resource(ID, 1, 4), value_boolean(false));
        assert_text_encoded(FORMAT_SENML_JSON, records, NULL,
                            "[{\"n\":\"/4242/1/4\",\"vb\":false}]");
}

/* RFC 8428, 4.1: base fields hold from their record on, wherever they stand in it. */
static const char *const tolerated[][2] = {
        {"[]", ""},
        {" [ { \"n\" : \"/4242/0/1\" , \"v\" : 1 } ] ", "/4242/0/1=1"},
        {"[{\"n\":\"0/1\",\"v\":1,\"bn\":\"/4242/\"}]", "/4242/0/1=1"},
        {"[{\"bn\":\"/4242/0/1\",\"v\":1}]", "/4242/0/1=1"},
        {"[{\"bn\":\"/4242/0\",\"n\":\"/1\",\"v\":1}]", "/4242/0/1=1"},
        {"[{\"bn\":\"/4242/0/\"},{\"n\":\"1\",\"v\":1},{\"n\":\"2\",\"v\":2}]",
         "/4242/0/1=1 /4242/0/2=2"},
        {"[{\"bn\":\"/4242/0/\",\"n\":\"2\",\"v\":2},{\"bn\":\"/4242/0/1\",\"n\":\"2/0\",\"v\":1},"
         "{\"n\":\"2/7\",\"v\":1}]",
         "/4242/0/2=2 /4242/0/12/0=1 /4242/0/12/7=1"},
        {"[{\"bver\":10,\"bt\":1276020076,\"bu\":\"Cel\",\"u\":\"A\",\"t\":-5,\"ut\":1,\"s\":2,"
         "\"n\":\"/4242/0/1\",\"v\":1,\"comment\":{\"deep\":[1,[2]]}}]",
         "/4242/0/1=1"},
        {"[{\"bv\":20,\"n\":\"/4242/0/1\",\"v\":1},{\"n\":\"/4242/0/3\",\"v\":1.5},"
         "{\"n\":\"/4242/0/0\",\"vs\":\"x\"}]",
         "/4242/0/0=x /4242/0/1=21 /4242/0/3=21.5"},
        {"[{\"n\":\"/4242/0/1\",\"v\":10e0},{\"n\":\"/4242/0/3\",\"v\":7},"
         "{\"n\":\"/4242/0/6\",\"v\":1.367491215E9}]",
         "/4242/0/1=10 /4242/0/3=7 /4242/0/6=1367491215"},
        {"[{\"n\":\"/4242/0/1/\",\"v\":1}]", "/4242/0/1=1"},
        {"[{\"n\":\"/4242/0/0\",\"vs\":\"\\u00fc\\ud83d\\ude00\"}]", "/4242/0/0=ü😀"},
        {"[{\"n\":\"/4242/0/99\",\"v\":1},{\"n\":\"/4242/0/98/5\",\"vs\":\"x\"}]",
         "/4242/0/98/5=x /4242/0/99=1"},
};

static void test_tolerance(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(tolerated); i++)
                assert_text_decodes(FORMAT_SENML_JSON, path_object(ID), tolerated[i][0],
                                    tolerated[i][1]);
}

/* RFC 8428, 4.3: base64url without padding; and what others write. */
static void test_data(void)
{
        static const char *const texts[][2] = {
                {"", ""},
                {"AA", "AA=="},
                {"AAA", "AAA="},
                {"AAAA", "AAAA"},
                {"AA==", "AA=="},
                {"AAA=", "AAA="},
                {"-_-_", "+/+/"},
                {"+/+/", "+/+/"},
                {"A", NULL},
                {"AAAAA", NULL},
                {"AA=", NULL},
                {"A===", NULL},
                {"=", NULL},
                {"====", NULL},
                {"AA==AA==", NULL},
                {"A A", NULL},
                {"AA\\n", NULL},
                {"A\\u00e4", NULL},
                {"AAAAAAA=", "AAAAAAA="},
                {"AAAA====", NULL},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
                g_autofree char *json =
                        g_strdup_printf("[{\"n\":\"/4242/0/5\",\"vd\":\"%s\"}]", texts[i][0]);
                g_autofree char *expected =
                        texts[i][1] ? g_strconcat("/4242/0/5=", texts[i][1], NULL) : NULL;

                assert_text_decodes(FORMAT_SENML_JSON, path_resource(ID, 0, 5), json,
                                    expected ? expected : "-EINVAL");
        }
}

static void test_cbor_tolerance(void)
{
        static const char *const cases[][2] = {
                {"80", ""},
                {"9fff", ""},
                /* all of unknown length, name before base name */
                {"9f bf 00 7f 61 30 62 2f31 ff 02 01 21 7f 66 2f343234322f ff ff ff",
                 "/4242/0/1=1"},
                /* labels as text, and unknown ones: 99, -7, "x": [[1, {2: h'00'}]] */
                {"81 a5 616e 69 2f343234322f302f31 6176 01 1863 f6 26 f6 6178 818201a1024100",
                 "/4242/0/1=1"},
                /* half, single, double, decimal fraction */
                {"84 a3 21 68 2f343234322f302f 00 6131 02 f94500 a2 00 6133 02 fa40200000"
                 "a2 00 6132 02 fb4014000000000000 a2 00 6136 02 c4820105",
                 "/4242/0/1=5 /4242/0/2=5 /4242/0/3=2.5 /4242/0/6=50"},
                /* time with its tag */
                {"81 a2 00 69 2f343234322f302f36 02 c1 1a514b67b0", "/4242/0/6=1363896240"},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                assert_hex_decodes(FORMAT_SENML_CBOR, path_object(ID), cases[i][0], cases[i][1]);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/format/senml/device", test_device);
        g_test_add_func("/format/senml/every-type", test_every_type);
        g_test_add_func("/format/senml/link", test_link);
        g_test_add_func("/format/senml/left-out", test_left_out);
        g_test_add_func("/format/senml/tolerance", test_tolerance);
        g_test_add_func("/format/senml/data", test_data);
        g_test_add_func("/format/senml/cbor-tolerance", test_cbor_tolerance);
        return g_test_run();
}
