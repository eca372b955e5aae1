/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Several objects at once, times, and lists of paths. */

#include <errno.h>
#include <string.h>

#include "format-util.h"
#include "memory-object.h"

#define ID 4242

static void test_which(void)
{
        static const int those[] = {FORMAT_SENML_JSON, FORMAT_SENML_CBOR, FORMAT_SENML_ETCH_JSON,
                                    FORMAT_SENML_ETCH_CBOR, FORMAT_LWM2M_CBOR};
        static const int others[] = {FORMAT_NONE, FORMAT_TEXT, FORMAT_OPAQUE,  FORMAT_LINK,
                                     FORMAT_CBOR, FORMAT_TLV,  FORMAT_OLD_JSON};

        for (size_t i = 0; i < G_N_ELEMENTS(those); i++)
                g_assert_true(format_can_composite(those[i]));
        for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
                g_autofree char *records = decoded_composite(others[i], "", 0);
                g_autofree char *paths = decoded_paths(others[i], "", 0);

                g_assert_false(format_can_composite(others[i]));
                g_assert_cmpstr(records, ==, "-ENOTSUP");
                g_assert_cmpstr(paths, ==, "-ENOTSUP");
        }
}

/* Core 6.3.8: what a Read-Composite of /3/0/0, /3/0/9 and /1/0/1 is answered with. */
static void test_writing(void)
{
        g_autoptr(Records) records = records_new();
        int r;

        records_add(records, path_resource(1, 0, 1), value_integer(86400));
        records_add(records, path_resource(3, 0, 0), value_string("Open Mobile Alliance"));
        records_add(records, path_resource(3, 0, 9), value_integer(95));
        assert_text_encoded(FORMAT_SENML_JSON, records, NULL,
                            "[{\"n\":\"/1/0/1\",\"v\":86400},"
                            "{\"n\":\"/3/0/0\",\"vs\":\"Open Mobile Alliance\"},"
                            "{\"n\":\"/3/0/9\",\"v\":95}]");
        assert_hex_encoded(FORMAT_SENML_CBOR, records, NULL,
                           "83 a2 00 66 2f312f302f31 02 1a00015180"
                           "a2 00 66 2f332f302f30 03 74 4f70656e204d6f62696c6520416c6c69616e6365"
                           "a2 00 66 2f332f302f39 02 185f");
        assert_hex_encoded(FORMAT_LWM2M_CBOR, records, NULL,
                           "a2 01 a1 00 a1 01 1a00015180"
                           "03 a1 00 a2 00 74 4f70656e204d6f62696c6520416c6c69616e6365 09 185f");

        g_assert_null(encoded(FORMAT_TLV, records, NULL, &r));
        g_assert_cmpint(r, ==, -ENOTSUP);
        g_assert_null(encoded(FORMAT_SENML_ETCH_JSON, records, NULL, &r));
        g_assert_cmpint(r, ==, -ENOTSUP);
}

/* One value at several times has a base name alone; the first time is the base (RFC 8428, 4.1). */
static void test_times(void)
{
        const int64_t same[] = {1700000000000000, 1700000000250000, 1699999990000000};
        g_autoptr(Records) records = records_new();

        records_add(records, path_resource(3303, 0, 5700), value_float(22.5));
        records_add(records, path_resource(3303, 0, 5700), value_float(23));
        records_add(records, path_resource(3303, 0, 5700), value_float(24.5));
        assert_text_encoded(FORMAT_SENML_JSON, records, same,
                            "[{\"bn\":\"/3303/0/5700\",\"bt\":1700000000,\"v\":22.5},"
                            "{\"t\":0.25,\"v\":23},{\"t\":-10,\"v\":24.5}]");
        assert_hex_encoded(FORMAT_SENML_CBOR, records, same,
                           "83 a3 21 6c 2f333330332f302f35373030 22 1a6553f100 02 f94da0"
                           "a2 06 f93400 02 f94dc0 a2 06 29 02 f94e20");

        records_add(records, path_resource(3303, 1, 5700), value_float(1));
        assert_text_encoded(FORMAT_SENML_JSON, records, (int64_t[]){1, 1, 1, -1},
                            "[{\"bn\":\"/3303/\",\"bt\":0.000001,\"n\":\"0/5700\",\"v\":22.5},"
                            "{\"n\":\"0/5700\",\"v\":23},{\"n\":\"0/5700\",\"v\":24.5},"
                            "{\"n\":\"1/5700\",\"t\":-0.000002,\"v\":1}]");
}

static void test_reading(void)
{
        static const char json[] = "[{\"bn\":\"/3/0/\",\"n\":\"14\",\"vs\":\"+02:00\"},"
                                   "{\"bn\":\"/1/0/1\",\"v\":60},{\"bn\":\"/\",\"n\":\"9/0/1\","
                                   "\"v\":1.5},{\"n\":\"9/0/0\",\"vlo\":\"1:2\"}]";
        static const char deletes[] = "[{\"n\":\"/4242/0/12/3\",\"v\":null},"
                                      "{\"n\":\"/4242/0/12/4\",\"v\":1}]";
        static const char deletes_too_much[] = "[{\"n\":\"/4242/0/12\",\"v\":null}]";
        g_autofree char *told = decoded_composite(FORMAT_SENML_JSON, json, strlen(json));
        g_autofree char *etch = decoded_composite(FORMAT_SENML_ETCH_JSON, deletes, strlen(deletes));
        g_autofree char *plain = decoded_composite(FORMAT_SENML_JSON, deletes, strlen(deletes));
        g_autofree char *much = decoded_composite(FORMAT_SENML_ETCH_JSON, deletes_too_much,
                                                  strlen(deletes_too_much));
        g_autoptr(GByteArray) maps = bytes_from_hex("a2 83 01 00 01 183c 03 a1 00 a1 0e 6155");
        g_autofree char *cbor = decoded_composite(FORMAT_LWM2M_CBOR, maps->data, maps->len);

        g_assert_cmpstr(told, ==, "/1/0/1=60 /3/0/14=+02:00 /9/0/0=1:2 /9/0/1=1.5");
        g_assert_cmpstr(etch, ==, "/4242/0/12/3=none /4242/0/12/4=1");
        g_assert_cmpstr(plain, ==, "-EINVAL");
        g_assert_cmpstr(much, ==, "-EINVAL");
        g_assert_cmpstr(cbor, ==, "/1/0/1=60 /3/0/14=U");
}

/* OMA LwM2M for Developers, issue 447: every level, the root too. */
static const char *const json_paths[][2] = {
        {"[]", ""},
        {"[{\"n\":\"/\"}]", "/"},
        {"[{\"bn\":\"/\"}]", "/"},
        {"[{\"n\":\"/5\"},{\"n\":\"/3/0\"}]", "/5 /3/0"},
        {"[{\"n\":\"/3\"},{\"n\":\"/3/0/11/0\"},{\"n\":\"/1/0\"},{\"n\":\"/1/0/1\"}]",
         "/3 /3/0/11/0 /1/0 /1/0/1"},
        {"[{\"bn\":\"/3/0/\",\"n\":\"0\"},{\"n\":\"9\"},{\"bn\":\"/1/0/1\"}]",
         "/3/0/0 /3/0/9 /1/0/1"},
        {"[{\"bn\":\"/3/0/\"},{\"n\":\"0\"},{\"n\":\"9\"}]", "/3/0/0 /3/0/9"},
        {"[{\"bn\":\"/3/0/\"},{\"bn\":\"/1/0/\"}]", "/3/0 /1/0"},
        {"[{\"bn\":\"/3/0\"},{\"bn\":\"/1/0/\"},{\"n\":\"1\"}]", "/3/0 /1/0/1"},
        {"[{\"n\":\"/3/0\"},{\"n\":\"/3/0\"}]", "/3/0"},
        {"[{\"n\":\"/3/0/0\",\"vs\":\"x\"}]", "-EBADMSG"},
        {"[{\"n\":\"/3/0/0\",\"v\":null}]", "-EBADMSG"},
        {"[{}]", "-EINVAL"},
        {"[{\"n\":\"\"}]", "-EINVAL"},
        {"[{\"n\":\"/3/0/0/0/0\"}]", "-EINVAL"},
        {"[{\"n\":\"/65535\"}]", "-EINVAL"},
        {"[{\"n\":\"/3\"}", "-EBADMSG"},
};

static const char *const lwm2m_cbor_paths[][2] = {
        {"80", ""},
        {"a0", ""},
        {"81 80", "/"},
        {"a1 80 f6", "/"},
        {"83 830300 00 820300 05", "/3/0/0 /3/0 /5"},
        {"9f 9f0300ff ff", "/3/0"},
        {"a2 820300 a2 00 f6 09 f6 830100 01 f6", "/3/0/0 /3/0/9 /1/0/1"},
        {"a1 03 f6", "/3"},
        {"a1 80 a1 80 a1 80 a1 80 a1 80 f6", "/"},
        {"a1 80 a1 80 a1 80 a1 80 a1 80 a1 80 f6", "-EBADMSG"},
        {"a1 03 05", "-EBADMSG"},
        {"a1 03 a0", "-EBADMSG"},
        {"81 f6", "-EBADMSG"},
        {"81 850300000000", "-EBADMSG"},
        {"81 820300 00", "-EBADMSG"},
        {"82 820300", "-EBADMSG"},
        {"", "-EBADMSG"},
        {"01", "-EBADMSG"},
};

static void test_paths(void)
{
        g_autoptr(GByteArray) cbor = bytes_from_hex("82 a2 21 65 2f332f302f 00 6130 a1 00 6139");
        g_autofree char *told = decoded_paths(FORMAT_SENML_CBOR, cbor->data, cbor->len);

        g_assert_cmpstr(told, ==, "/3/0/0 /3/0/9");
        for (size_t i = 0; i < G_N_ELEMENTS(json_paths); i++) {
                g_autofree char *paths = decoded_paths(FORMAT_SENML_JSON, json_paths[i][0],
                                                       strlen(json_paths[i][0]));

                g_assert_cmpstr(paths, ==, json_paths[i][1]);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(lwm2m_cbor_paths); i++) {
                g_autoptr(GByteArray) bytes = bytes_from_hex(lwm2m_cbor_paths[i][0]);
                g_autofree char *paths = decoded_paths(FORMAT_LWM2M_CBOR, bytes->data, bytes->len);

                g_assert_cmpstr(paths, ==, lwm2m_cbor_paths[i][1]);
        }
}

static void test_many_paths(void)
{
        for (int n = PATH_LIST_MAX; n <= PATH_LIST_MAX + 1; n++) {
                g_autoptr(GString) json = g_string_new("[{\"n\":\"/3\"}");
                g_autoptr(PathList) paths = NULL;
                int r;

                for (int i = 1; i < n; i++)
                        g_string_append_printf(json, ",{\"n\":\"/4242/0/12/%d\"}", i);
                g_string_append(json, "]");
                r = format_decode_paths(FORMAT_SENML_JSON, json->str, json->len, &paths);
                g_assert_cmpint(r, ==, n == PATH_LIST_MAX ? 0 : -E2BIG);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/format/composite/which", test_which);
        g_test_add_func("/format/composite/writing", test_writing);
        g_test_add_func("/format/composite/times", test_times);
        g_test_add_func("/format/composite/reading", test_reading);
        g_test_add_func("/format/composite/paths", test_paths);
        g_test_add_func("/format/composite/many-paths", test_many_paths);
        return g_test_run();
}
