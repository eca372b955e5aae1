/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Notifications where nothing is repeated and one message may overtake another. */
#include "bench.h"

#include <errno.h>

static const CoapToken token_a = {1, {0xAA}};
static const CoapToken token_b = {1, {0xBB}};

static Bench *not_reliable(void)
{
        EndpointConfig config = bench_config();

        config.reliable = false;
        return bench_new(&config);
}

static void notify(Bench *bench, const CoapToken *token, uint32_t sequence)
{
        CoapMessage key = {.code = COAP_GET};
        CoapMessage notification = {.code = COAP_CONTENT};

        coap_message_add_uint(&notification, COAP_OPTION_OBSERVE, sequence);
        g_assert_cmpint(endpoint_notify(bench->endpoint, token, &key, &notification, false), ==, 0);
}

static CoapMessage take(Bench *bench, const CoapToken *token, uint32_t sequence)
{
        CoapMessage message = bench_take(bench);

        g_assert_cmpint(message.type, ==, COAP_CON);
        g_assert_true(coap_token_equal(&message.token, token));
        g_assert_cmpuint(bench_uint(&message, COAP_OPTION_OBSERVE), ==, sequence);
        return message;
}

static void acknowledge(Bench *bench, uint16_t id)
{
        bench_receive_message(bench, &(CoapMessage){.type = COAP_ACK, .id = id});
}

static void assert_told(Bench *bench, unsigned count, const CoapToken *token, int result)
{
        g_assert_cmpuint(bench->notifications, ==, count);
        g_assert_cmpint(bench->notification_result, ==, result);
        g_assert_true(coap_token_equal(&bench->notification_token, token));
}

/* Where one may overtake another there is one under way, and of each token one that waits. */
static void test_one_under_way(void)
{
        g_autoptr(Bench) bench = not_reliable();
        CoapMessage sent;

        notify(bench, &token_a, 1);
        notify(bench, &token_b, 2);
        notify(bench, &token_a, 3);
        notify(bench, &token_a, 4);
        notify(bench, &token_b, 5);
        sent = take(bench, &token_a, 1);
        bench_expect_nothing(bench);
        acknowledge(bench, sent.id);
        g_assert_cmpuint(bench->notifications, ==, 0); /* what took its place is not there yet */
        sent = take(bench, &token_b, 5);
        bench_expect_nothing(bench);
        acknowledge(bench, sent.id);
        assert_told(bench, 1, &token_b, 0);
        sent = take(bench, &token_a, 4);
        acknowledge(bench, sent.id);
        assert_told(bench, 2, &token_a, 0);
        bench_expect_nothing(bench);
}

/* What is not taken is told of, all of it, and not tried one by one. */
static void test_refused(void)
{
        g_autoptr(Bench) bench = not_reliable();

        bench->send_error = -EDQUOT;
        notify(bench, &token_a, 1);
        notify(bench, &token_b, 2);
        bench->send_error = 0;
        g_assert_cmpuint(bench->notifications, ==, 0);
        clock_advance(bench->clock, 0);
        assert_told(bench, 2, &token_b, -EDQUOT);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 0);
        clock_advance(bench->clock, SECONDS(1000));
        bench_expect_nothing(bench);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/notification-once/one-under-way", test_one_under_way);
        g_test_add_func("/notification-once/refused", test_refused);
        return g_test_run();
}
