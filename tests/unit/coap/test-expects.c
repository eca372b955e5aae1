/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which messages can be the peer's, where our own would pass for them. */
#include "bench.h"

static void assert_expects(const Bench *bench, CoapMessage message, bool expected)
{
        g_assert_true(endpoint_expects(bench->endpoint, &message) == expected);
}

static CoapMessage send_request(Bench *bench, CoapType type)
{
        CoapMessage request = {.type = type, .code = COAP_POST};

        g_assert_cmpint(endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL),
                        ==, 0);
        return bench_take(bench);
}

/* With nothing under way there are only requests and pings. */
static void test_idle(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        const CoapToken token = {.len = 2, .data = {1, 2}};

        assert_expects(bench, (CoapMessage){.type = COAP_CON, .code = COAP_GET}, true);
        assert_expects(bench, (CoapMessage){.type = COAP_NON, .code = COAP_POST}, true);
        assert_expects(bench, (CoapMessage){.type = COAP_CON}, true);
        assert_expects(bench, (CoapMessage){.type = COAP_ACK}, false);
        assert_expects(bench, (CoapMessage){.type = COAP_RST}, false);
        for (unsigned type = COAP_CON; type <= COAP_ACK; type++)
                assert_expects(bench,
                               (CoapMessage){.type = type, .code = COAP_CONTENT, .token = token},
                               false);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->received, ==, 0);
}

/* Answers to a request of ours, by ID and token, while they are waited for. */
static void test_request(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage request = send_request(bench, COAP_CON);
        CoapMessage piggybacked = bench_response_to(&request, COAP_ACK, COAP_CREATED);
        CoapMessage separate = bench_response_to(&request, COAP_CON, COAP_CREATED);
        CoapMessage other = piggybacked;

        separate.id = 0x4321;
        other.token.data[0] ^= 1;
        assert_expects(bench, piggybacked, true);
        assert_expects(bench, separate, true);
        assert_expects(bench, other, false);
        assert_expects(bench, (CoapMessage){.type = COAP_ACK, .id = request.id}, true);
        assert_expects(bench, (CoapMessage){.type = COAP_RST, .id = request.id}, true);
        assert_expects(bench, (CoapMessage){.type = COAP_RST, .id = request.id + 1}, false);
        g_assert_cmpuint(bench->responses, ==, 0);

        /* its acknowledgement may be lost, and it comes again */
        bench_receive_message(bench, &separate);
        g_assert_cmpuint(bench->responses, ==, 1);
        assert_expects(bench, separate, true);
        assert_expects(bench, piggybacked, false);
        separate.id++;
        assert_expects(bench, separate, false);
}

/* An RST for a request that was not confirmable. */
static void test_request_non(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage request = send_request(bench, COAP_NON);

        assert_expects(bench, (CoapMessage){.type = COAP_RST, .id = request.id}, true);
        assert_expects(bench, (CoapMessage){.type = COAP_ACK, .id = request.id}, false);
        assert_expects(bench, bench_response_to(&request, COAP_NON, COAP_CREATED), true);
}

/* What we answered with is not the peer's, though it has the peer's ID and token. */
static void test_own_answer(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);

        bench->on_request = bench_reply_now;
        bench_receive(bench, "42 01 1234 AABB B3 666F6F");
        assert_expects(bench, bench_take(bench), false);
}

static void test_notification(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        const CoapToken token = {.len = 1, .data = {7}};
        CoapMessage key = {.code = COAP_GET};
        CoapMessage notification = {.code = COAP_CONTENT};
        CoapMessage ours;

        coap_message_add_uint(&notification, COAP_OPTION_OBSERVE, 1);
        g_assert_cmpint(endpoint_notify(bench->endpoint, &token, &key, &notification, false), ==,
                        0);
        ours = bench_take(bench);
        assert_expects(bench, ours, false);
        assert_expects(bench, (CoapMessage){.type = COAP_RST, .id = ours.id}, true);
        assert_expects(bench, (CoapMessage){.type = COAP_RST, .id = ours.id + 1}, false);

        g_assert_cmpint(endpoint_notify(bench->endpoint, &token, &key, &notification, true), ==, 0);
        ours = bench_take(bench);
        assert_expects(bench, ours, false);
        assert_expects(bench, (CoapMessage){.type = COAP_ACK, .id = ours.id}, true);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/expects/idle", test_idle);
        g_test_add_func("/expects/request", test_request);
        g_test_add_func("/expects/request-non", test_request_non);
        g_test_add_func("/expects/own-answer", test_own_answer);
        g_test_add_func("/expects/notification", test_notification);
        return g_test_run();
}
