/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "base/rate-limit.h"

static void test_burst(void)
{
        RateLimit limit = RATE_LIMIT(1000, 3);
        unsigned suppressed = 99;

        for (unsigned i = 0; i < 3; i++)
                g_assert_true(rate_limit_pass(&limit, i, NULL));
        for (unsigned i = 0; i < 5; i++)
                g_assert_false(rate_limit_pass(&limit, 999, &suppressed));
        g_assert_cmpuint(suppressed, ==, 99);

        g_assert_true(rate_limit_pass(&limit, 1000, &suppressed));
        g_assert_cmpuint(suppressed, ==, 5);
        g_assert_true(rate_limit_pass(&limit, 1001, &suppressed));
        g_assert_cmpuint(suppressed, ==, 0);
        g_assert_true(rate_limit_pass(&limit, 1002, NULL));
        g_assert_false(rate_limit_pass(&limit, 1003, NULL));
}

static void test_first(void)
{
        RateLimit at_zero = RATE_LIMIT(G_USEC_PER_SEC, 1), nothing = RATE_LIMIT(1, 0);

        g_assert_true(rate_limit_pass(&at_zero, 0, NULL));
        g_assert_false(rate_limit_pass(&at_zero, 1, NULL));
        g_assert_true(rate_limit_pass(&at_zero, G_MAXINT64 / 2, NULL));
        g_assert_false(rate_limit_pass(&nothing, 10, NULL));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/rate-limit/burst", test_burst);
        g_test_add_func("/rate-limit/first", test_first);
        return g_test_run();
}
