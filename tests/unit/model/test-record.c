/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "model/record.h"

static void test_add(void)
{
        g_autoptr(Records) records = records_new();
        Value value;

        g_assert_cmpint(records_add(records, path_resource(3, 0, 1), value_string("b")), ==, 0);
        g_assert_cmpint(records_add(records, path_resource(3, 0, 0), value_string("a")), ==, 0);
        g_assert_cmpuint(records_len(records), ==, 2);
        g_assert_null(records_find(records, path_instance(3, 0)));
        g_assert_cmpstr(records_find(records, path_resource(3, 0, 0))->value.bytes.data, ==, "a");

        value = records_take(records, 0);
        g_assert_cmpstr(value.bytes.data, ==, "b");
        g_assert_cmpint(records_get(records, 0)->value.type, ==, VALUE_NONE);
        value_clear(&value);

        records_truncate(records, 5);
        g_assert_cmpuint(records_len(records), ==, 2);
        records_truncate(records, 1);
        g_assert_cmpuint(records_len(records), ==, 1);
}

static void test_sort(void)
{
        g_autoptr(Records) records = records_new();

        for (int i = 999; i >= 0; i--)
                records_add(records, path_resource(3, (uint16_t) (i % 10), (uint16_t) (i / 10)),
                            value_integer(i));
        g_assert_cmpint(records_sort(records), ==, 0);
        for (size_t i = 0; i < 1000; i++) {
                const Record *record = records_get(records, i);

                g_assert_cmpuint(record->path.id[1], ==, i / 100);
                g_assert_cmpuint(record->path.id[2], ==, i % 100);
                g_assert_cmpint(record->value.integer, ==, (int) (i / 100 + i % 100 * 10));
        }
}

static void test_duplicates(void)
{
        g_autoptr(Records) records = records_new();

        records_add(records, path_resource(3, 0, 1), value_integer(1));
        records_add(records, path_resource(3, 0, 0), value_integer(0));
        records_add(records, path_resource(3, 0, 1), value_integer(2));
        g_assert_cmpint(records_sort(records), ==, -EEXIST);
        /* Stable: the first one stays the first. */
        g_assert_cmpint(records_find(records, path_resource(3, 0, 1))->value.integer, ==, 1);
}

static void test_limit(void)
{
        g_autoptr(Records) records = records_new();

        for (int i = 0; i < RECORDS_MAX; i++)
                g_assert_cmpint(records_add(records, path_resource(3, 0, 0), value_integer(i)), ==,
                                0);
        g_assert_cmpint(records_add(records, path_resource(3, 0, 0), value_string("freed")), ==,
                        -E2BIG);
        g_assert_cmpuint(records_len(records), ==, RECORDS_MAX);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/model/record/add", test_add);
        g_test_add_func("/model/record/sort", test_sort);
        g_test_add_func("/model/record/duplicates", test_duplicates);
        g_test_add_func("/model/record/limit", test_limit);
        return g_test_run();
}
