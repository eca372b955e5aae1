/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/random.h"

static void test_bytes(void)
{
        uint8_t a[4096] = {0}, b[4096] = {0};
        unsigned seen[256] = {0};

        random_bytes(a, sizeof(a));
        random_bytes(b, sizeof(b));
        random_bytes(NULL, 0);
        g_assert_true(memcmp(a, b, sizeof(a)) != 0);
        for (size_t i = 0; i < sizeof(a); i++)
                seen[a[i]]++;
        for (size_t i = 0; i < G_N_ELEMENTS(seen); i++)
                g_assert_cmpuint(seen[i], <, 64); /* 16 expected, 64 is 12 sigma */
}

static void test_between(void)
{
        unsigned seen[7] = {0};

        for (unsigned i = 0; i < 7000; i++) {
                gint64 value = random_between(-3, 3);

                g_assert_cmpint(value, >=, -3);
                g_assert_cmpint(value, <=, 3);
                seen[value + 3]++;
        }
        for (unsigned i = 0; i < G_N_ELEMENTS(seen); i++) {
                g_assert_cmpuint(seen[i], >, 700);
                g_assert_cmpuint(seen[i], <, 1300);
        }
        g_assert_cmpint(random_between(5, 5), ==, 5);
        g_assert_cmpint(random_between(G_MININT64, G_MAXINT64), !=,
                        random_between(G_MININT64, G_MAXINT64));
}

static void test_u32(void)
{
        uint32_t all = 0, any = UINT32_MAX;

        for (unsigned i = 0; i < 100; i++) {
                uint32_t value = random_u32();

                all |= value;
                any &= value;
        }
        g_assert_cmphex(all, ==, UINT32_MAX);
        g_assert_cmphex(any, ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/random/bytes", test_bytes);
        g_test_add_func("/random/between", test_between);
        g_test_add_func("/random/u32", test_u32);
        return g_test_run();
}
