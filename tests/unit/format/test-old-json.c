/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "device-example.h"
#include "format-util.h"
#include "memory-object.h"

#define ID 4242

/* ---- Core 1.0, 6.4.4 --------------------------------------------------------- */

#define DEVICE_JSON                                                                                \
        "{\"bn\":\"/3/0/\",\"e\":[{\"n\":\"0\",\"sv\":\"Open Mobile Alliance\"},"                  \
        "{\"n\":\"1\",\"sv\":\"Lightweight M2M Client\"},{\"n\":\"2\",\"sv\":\"345000123\"},"      \
        "{\"n\":\"3\",\"sv\":\"1.0\"},{\"n\":\"6/0\",\"v\":1},{\"n\":\"6/1\",\"v\":5},"            \
        "{\"n\":\"7/0\",\"v\":3800},{\"n\":\"7/1\",\"v\":5000},{\"n\":\"8/0\",\"v\":125},"         \
        "{\"n\":\"8/1\",\"v\":900},{\"n\":\"9\",\"v\":100},{\"n\":\"10\",\"v\":15},"               \
        "{\"n\":\"11/0\",\"v\":0},{\"n\":\"13\",\"v\":1367491215},{\"n\":\"14\","                  \
        "\"sv\":\"+02:00\"},{\"n\":\"16\",\"sv\":\"U\"}]}"

static void test_device(void)
{
        g_autoptr(Records) records = NULL;

        assert_text_decodes(FORMAT_OLD_JSON, path_instance(3, 0), DEVICE_JSON, DEVICE_TEXT);
        g_assert_cmpint(format_decode(FORMAT_OLD_JSON, path_instance(3, 0), definition_find_core(3),
                                      DEVICE_JSON, strlen(DEVICE_JSON), &records),
                        ==, 0);
        assert_text_encoded(FORMAT_OLD_JSON, records, NULL, DEVICE_JSON);
}

/* Values of a resource at several times, and links. */
static void test_times_and_links(void)
{
        const int64_t second = 1000000,
                      times[] = {25462629 * second, 25462604 * second, 25462584 * second};
        g_autoptr(Records) history = records_new();
        g_autoptr(Records) links = records_new();

        records_add(history, path_resource(72, 1, 2), value_float(22.4));
        records_add(history, path_resource(72, 1, 2), value_float(22.9));
        records_add(history, path_resource(72, 1, 2), value_float(24.1));
        assert_text_encoded(FORMAT_OLD_JSON, history, times,
                            "{\"bn\":\"/72/1/\",\"bt\":25462629,\"e\":[{\"n\":\"2\",\"v\":22.4},"
                            "{\"n\":\"2\",\"t\":-25,\"v\":22.9},{\"n\":\"2\",\"t\":-45,\"v\":24.1}"
                            "]}");

        records_add(links, path_resource_instance(65, 0, 0, 0), value_objlnk(66, 0));
        records_add(links, path_resource(65, 0, 2), value_boolean(true));
        records_add(links, path_resource(65, 0, 3), value_opaque("\xfb\xff", 2));
        records_add(links, path_resource(65, 0, 4), value_float((double) NAN));
        records_add(links, path_resource(66, 0, 0), value_string("myService1"));
        assert_text_encoded(FORMAT_OLD_JSON, links, NULL,
                            "{\"bn\":\"/\",\"e\":[{\"n\":\"65/0/0/0\",\"ov\":\"66:0\"},"
                            "{\"n\":\"65/0/2\",\"bv\":true},{\"n\":\"65/0/3\",\"sv\":\"+/8=\"},"
                            "{\"n\":\"66/0/0\",\"sv\":\"myService1\"}]}");
}

static void test_empty(void)
{
        g_autoptr(Records) records = records_new();

        assert_text_encoded(FORMAT_OLD_JSON, records, NULL, "{\"bn\":\"/\",\"e\":[]}");
}

/* Of a write to /4242/0. */
static const char *const cases[][2] = {
        {"{\"e\":[]}", ""},
        {"{\"bn\":\"/4242/0/\",\"e\":[{\"n\":\"1\",\"v\":1}]}", "/4242/0/1=1"},
        {"{\"e\":[{\"v\":1,\"n\":\"1\"}],\"bn\":\"/4242/0/\",\"x\":1}", "/4242/0/1=1"},
        {"{\"e\":[{\"n\":\"1\",\"v\":1}]}", "/4242/0/1=1"},
        {"{\"e\":[{\"n\":\"/4242/0/1\",\"v\":1}]}", "/4242/0/1=1"},
        {"{\"bn\":\"/4242/0/1\",\"e\":[{\"v\":1}]}", "/4242/0/1=1"},
        {"{\"bt\":5,\"e\":[{\"n\":\"1\",\"v\":1.0,\"t\":-3}]}", "/4242/0/1=1"},
        {"{\"e\":[{\"n\":\"0\",\"sv\":\"a\"},{\"n\":\"4\",\"bv\":false},"
         "{\"n\":\"5\",\"sv\":\"AQI=\"},{\"n\":\"7\",\"ov\":\"3:0\"},{\"n\":\"12/4\",\"v\":2}]}",
         "/4242/0/0=a /4242/0/4=0 /4242/0/5=AQI= /4242/0/7=3:0 /4242/0/12/4=2"},
        {"[]", "-EBADMSG"},
        {"{}", "-EBADMSG"},
        {"{\"e\":{}}", "-EBADMSG"},
        {"{\"e\":[1]}", "-EBADMSG"},
        {"{\"e\":[[]]}", "-EBADMSG"},
        {"{\"bn\":1,\"e\":[]}", "-EBADMSG"},
        {"{\"e\":[{\"n\":1,\"v\":1}]}", "-EBADMSG"},
        {"{\"e\":[{\"n\":\"1\"}]}", "-EBADMSG"},
        {"{\"e\":[{\"n\":\"1\",\"v\":1,\"sv\":\"1\"}]}", "-EBADMSG"},
        {"{\"e\":[{\"n\":\"1\",\"v\":\"1\"}]}", "-EBADMSG"},
        {"{\"e\":[{\"n\":\"1\",\"v\":null}]}", "-EBADMSG"},
        {"{\"e\":[{\"n\":\"4\",\"bv\":0}]}", "-EBADMSG"},
        {"{\"e\":[{\"n\":\"1\",\"v\":01}]}", "-EBADMSG"},
        {"{\"e\":[{\"n\":\"00000000000000000000000000000001\",\"v\":1}]}", "-EBADMSG"},
        {"{\"e\":[{\"n\":\"5\",\"sv\":\"A\"}]}", "-EINVAL"},
        {"{\"e\":[{\"n\":\"5\",\"sv\":\"-_-_\"}]}", "-EINVAL"},
        {"{\"e\":[{\"n\":\"0\",\"ov\":\"3:0\"}]}", "-EINVAL"},
        {"{\"e\":[{\"v\":1}]}", "-EINVAL"},
        {"{\"e\":[{\"n\":\"/3/0/1\",\"sv\":\"a\"}]}", "-EINVAL"},
        {"{\"e\":[{\"n\":\"1\",\"v\":1},{\"n\":\"1\",\"v\":1}]}", "-EINVAL"},
        {"{\"e\":[{\"n\":\"2\",\"v\":-1}]}", "-ERANGE"},
};

static void test_reading(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                assert_text_decodes(FORMAT_OLD_JSON, path_instance(ID, 0), cases[i][0],
                                    cases[i][1]);
        assert_text_decodes(FORMAT_OLD_JSON, path_resource(ID, 0, 1), "{\"e\":[{\"v\":1}]}",
                            "/4242/0/1=1");
        assert_text_decodes(FORMAT_OLD_JSON, path_resource(ID, 0, 12),
                            "{\"e\":[{\"n\":\"3\",\"v\":1}]}", "/4242/0/12/3=1");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/format/old-json/device", test_device);
        g_test_add_func("/format/old-json/times-and-links", test_times_and_links);
        g_test_add_func("/format/old-json/empty", test_empty);
        g_test_add_func("/format/old-json/reading", test_reading);
        return g_test_run();
}
