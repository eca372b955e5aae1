/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "model/path.h"

static void test_text(void)
{
        static const char *const paths[] = {
                "/", "/0", "/3", "/3/0", "/3/0/9", "/3/0/7/1", "/65534/65534/65534/65534",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
                char buffer[PATH_TEXT_SIZE];
                Path path;

                g_assert_cmpint(path_parse(paths[i], &path), ==, 0);
                g_assert_cmpstr(path_to_text(path, buffer), ==, paths[i]);
        }
}

static void test_refuses(void)
{
        static const char *const paths[] = {
                "",           "3",         "3/0",          "//",     "/3/",
                "/3//0",      "/03",       "/00",          "/-1",    "/+1",
                "/ 1",        "/1 ",       "/a",           "/65535", "/99999999999999999999",
                "/3/0x",      "/3/0?",     "/3/٣",         "/3/.",   "/0x3/0",
                "/1/2/3/4/5", "/1/2/3/4/", "/1/2/3/65535",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
                Path path = path_object(7);

                g_assert_cmpint(path_parse(paths[i], &path), ==, -EINVAL);
                g_assert_true(path_equal(path, path_object(7)));
        }
}

static void test_id(void)
{
        uint16_t id = 1;

        g_assert_cmpint(path_parse_id("0", 1, &id), ==, 0);
        g_assert_cmpuint(id, ==, 0);
        g_assert_cmpint(path_parse_id("65534", 5, &id), ==, 0);
        g_assert_cmpuint(id, ==, 65534);
        g_assert_cmpint(path_parse_id("12345", 2, &id), ==, 0);
        g_assert_cmpuint(id, ==, 12);
        g_assert_cmpint(path_parse_id("65535", 5, &id), ==, -ERANGE);
        g_assert_cmpint(path_parse_id("4294967296", 10, &id), ==, -ERANGE);
        g_assert_cmpint(path_parse_id("01", 2, &id), ==, -EINVAL);
        g_assert_cmpint(path_parse_id("", 0, &id), ==, -EINVAL);
        g_assert_cmpint(path_parse_id("1\0", 2, &id), ==, -EINVAL);
        g_assert_cmpuint(id, ==, 12);
}

static void test_family(void)
{
        Path path = path_resource_instance(3, 0, 7, 1);

        g_assert_true(path_equal(path_parent(path), path_resource(3, 0, 7)));
        g_assert_true(path_equal(path_child(path_resource(3, 0, 7), 1), path));
        g_assert_true(path_equal(path_parent(path_root()), path_root()));
        g_assert_cmpuint(path_parent(path).id[3], ==, PATH_ID_NONE);

        g_assert_true(path_within(path, path_root()));
        g_assert_true(path_within(path, path_object(3)));
        g_assert_true(path_within(path, path));
        g_assert_false(path_within(path_object(3), path));
        g_assert_false(path_within(path, path_instance(3, 1)));
        g_assert_false(path_within(path_object(30), path_object(3)));
}

/* A walk through a tree, and nothing but it, is in order. */
static void test_order(void)
{
        static const char *const walk[] = {
                "/",    "/0", "/0/0",     "/0/0/0", "/0/0/0/0", "/0/0/0/1", "/0/0/1",
                "/0/1", "/1", "/1/65534", "/2",     "/10",      "/10/0/9",  "/10/0/10",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(walk); i++) {
                for (size_t j = 0; j < G_N_ELEMENTS(walk); j++) {
                        Path a, b;

                        g_assert_cmpint(path_parse(walk[i], &a), ==, 0);
                        g_assert_cmpint(path_parse(walk[j], &b), ==, 0);
                        g_assert_cmpint(CLAMP(path_compare(a, b), -1, 1), ==, (i > j) - (i < j));
                        g_assert_cmpint(path_equal(a, b), ==, i == j);
                }
        }
}

static void test_random(void)
{
        for (int i = 0; i < 10000; i++) {
                Path path = path_root(), back;
                char buffer[PATH_TEXT_SIZE];

                while (path.level < PATH_RESOURCE_INSTANCE && g_test_rand_int_range(0, 5) > 0)
                        path = path_child(path,
                                          (uint16_t) g_test_rand_int_range(0, PATH_ID_MAX + 1));
                g_assert_cmpint(path_parse(path_to_text(path, buffer), &back), ==, 0);
                g_assert_true(path_equal(path, back));
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/model/path/text", test_text);
        g_test_add_func("/model/path/refuses", test_refuses);
        g_test_add_func("/model/path/id", test_id);
        g_test_add_func("/model/path/family", test_family);
        g_test_add_func("/model/path/order", test_order);
        g_test_add_func("/model/path/random", test_random);
        return g_test_run();
}
