/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "model/access.h"

static void test_hidden(void)
{
        static const uint16_t hidden[] = {0, 21, 23};
        static const AccessRight rights[] = {ACCESS_READ, ACCESS_WRITE, ACCESS_EXECUTE,
                                             ACCESS_DELETE, ACCESS_CREATE};

        for (size_t i = 0; i < G_N_ELEMENTS(hidden); i++) {
                for (size_t j = 0; j < G_N_ELEMENTS(rights); j++) {
                        g_assert_cmpint(access_check(101, path_resource(hidden[i], 0, 5), rights[j],
                                                     0, true),
                                        ==, -EACCES);
                        g_assert_cmpint(
                                access_check(101, path_object(hidden[i]), rights[j], 0, false), ==,
                                -EACCES);
                        g_assert_cmpint(access_check(ORIGIN_LOCAL, path_object(hidden[i]),
                                                     rights[j], 0, true),
                                        ==, 0);
                }
        }
        g_assert_cmpint(access_check(101, path_root(), ACCESS_READ, 0, true), ==, -EACCES);
}

static void test_own_account(void)
{
        g_assert_cmpint(access_check(101, path_resource(1, 4, 1), ACCESS_WRITE, 4, false), ==, 0);
        g_assert_cmpint(access_check(101, path_resource(1, 5, 1), ACCESS_WRITE, 4, false), ==,
                        -EACCES);
        g_assert_cmpint(access_check(101, path_instance(1, 5), ACCESS_READ, 4, false), ==, -EACCES);
        g_assert_cmpint(access_check(101, path_instance(1, 5), ACCESS_READ, 4, true), ==, 0);
        g_assert_cmpint(access_check(101, path_object(1), ACCESS_READ, 4, false), ==, 0);
        g_assert_cmpint(access_check(101, path_object(1), ACCESS_CREATE, 4, false), ==, -EACCES);
        g_assert_cmpint(access_check(101, path_resource(3, 0, 4), ACCESS_EXECUTE, 4, false), ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/model/access/hidden", test_hidden);
        g_test_add_func("/model/access/own-account", test_own_account);
        return g_test_run();
}
