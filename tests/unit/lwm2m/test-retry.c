/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/retry.h"

#include <glib.h>

#define SECOND ((gint64) G_USEC_PER_SEC)

static void assert_about(gint64 delay, gint64 seconds)
{
        g_assert_cmpint(delay, >=, seconds * SECOND);
        g_assert_cmpint(delay, <=, seconds * SECOND / 1000 * (1000 + RETRY_JITTER_PER_MILLE));
}

/* Core table 6.2.1.1-1: five attempts, 60 s doubled, and a day until the next sequence. */
static void test_defaults(void)
{
        const RetryPolicy policy = {0};
        Retry retry = {0};

        for (unsigned sequence = 1; sequence <= 3; sequence++) {
                assert_about(retry_next(&retry, &policy), 60);
                assert_about(retry_next(&retry, &policy), 120);
                assert_about(retry_next(&retry, &policy), 240);
                assert_about(retry_next(&retry, &policy), 480);
                assert_about(retry_next(&retry, &policy), 86400);
                g_assert_cmpuint(retry.sequences, ==, sequence);
        }
}

static void test_policy(void)
{
        const RetryPolicy policy = {.count = 2, .timer = 7, .sequence_delay = 100};
        Retry retry = {0};

        assert_about(retry_next(&retry, &policy), 7);
        assert_about(retry_next(&retry, &policy), 100);
        assert_about(retry_next(&retry, &policy), 7);
        retry_reset(&retry);
        assert_about(retry_next(&retry, &policy), 7);
        assert_about(retry_uncounted(&policy), 7);
        g_assert_cmpuint(retry.attempts, ==, 1);
}

static void test_no_further_sequence(void)
{
        const RetryPolicy policy = {.count = 1, .sequence_delay = RETRY_SEQUENCE_DELAY_MAX};
        Retry retry = {0};

        g_assert_cmpint(retry_next(&retry, &policy), ==, -1);
}

/* 60 s doubled 254 times is no number. */
static void test_large(void)
{
        const RetryPolicy policy = {.count = 255, .timer = UINT32_MAX};
        Retry retry = {0};
        gint64 before = 0;

        for (unsigned i = 1; i < 255; i++) {
                gint64 delay = retry_next(&retry, &policy);

                g_assert_cmpint(delay, >, 0);
                g_assert_cmpint(delay, >=, MIN(before, UINT32_MAX * SECOND));
                before = UINT32_MAX * SECOND;
        }
}

static void test_jitter(void)
{
        const RetryPolicy policy = {0};
        gint64 low = G_MAXINT64, high = 0;

        for (unsigned i = 0; i < 1000; i++) {
                gint64 delay = retry_uncounted(&policy);

                assert_about(delay, 60);
                low = MIN(low, delay);
                high = MAX(high, delay);
        }
        g_assert_cmpint(low, <, 61 * SECOND);
        g_assert_cmpint(high, >, 74 * SECOND);
}

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/lwm2m/retry/defaults", test_defaults);
        g_test_add_func("/lwm2m/retry/policy", test_policy);
        g_test_add_func("/lwm2m/retry/no-further-sequence", test_no_further_sequence);
        g_test_add_func("/lwm2m/retry/large", test_large);
        g_test_add_func("/lwm2m/retry/jitter", test_jitter);
        return g_test_run();
}
