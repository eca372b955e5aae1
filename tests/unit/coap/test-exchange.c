/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench.h"

#include <errno.h>

static CoapMessage send_request(Bench *bench, CoapType type)
{
        CoapMessage request = {.type = type, .code = COAP_POST};
        unsigned before = bench->responses;

        coap_message_add_text(&request, COAP_OPTION_URI_PATH, "rd");
        g_assert_cmpint(endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL),
                        ==, 0);
        g_assert_cmpuint(bench->responses, ==, before);
        return bench_take(bench);
}

/* RFC 7252, 5.2.1 and 5.3.1 */
static void test_request_piggybacked(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage request = send_request(bench, COAP_CON);
        CoapMessage response = bench_response_to(&request, COAP_ACK, COAP_CREATED);

        g_assert_cmpint(request.type, ==, COAP_CON);
        g_assert_cmpint(request.code, ==, COAP_POST);
        g_assert_cmpint(request.token.len, >=, 4);
        g_assert_cmpuint(request.n_options, ==, 1);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 1);
        bench_receive_message(bench, &response);
        g_assert_cmpuint(bench->responses, ==, 1);
        g_assert_cmpint(bench->result, ==, 0);
        g_assert_cmpint(bench->response_code, ==, COAP_CREATED);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 0);
        bench_receive_message(bench, &response);
        g_assert_cmpuint(bench->responses, ==, 1);
        clock_advance(bench->clock, SECONDS(300));
        bench_expect_nothing(bench);
}

/* RFC 7252, 5.3.2: the ID without the token, or the token without the ID, is not enough. */
static void test_request_mismatch(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage request = send_request(bench, COAP_CON);
        CoapMessage response = bench_response_to(&request, COAP_ACK, COAP_CREATED);

        response.token.data[0] ^= 1;
        bench_receive_message(bench, &response);
        response.token = request.token;
        response.id++;
        bench_receive_message(bench, &response);
        g_assert_cmpuint(bench->responses, ==, 0);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->unexpected, ==, 2);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 1);
}

/* RFC 7252, 5.2.2 */
static void test_request_separate(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage request = send_request(bench, COAP_CON);
        CoapMessage response = bench_response_to(&request, COAP_CON, COAP_CHANGED);

        bench_receive_message(bench, &(CoapMessage){.type = COAP_ACK, .id = request.id});
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 1);
        clock_advance(bench->clock, SECONDS(60));
        bench_expect_nothing(bench);

        response.id = 0x4321;
        bench_receive_message(bench, &response);
        bench_expect(bench, "60 00 4321");
        g_assert_cmpuint(bench->responses, ==, 1);
        g_assert_cmpint(bench->response_code, ==, COAP_CHANGED);

        /* Its acknowledgement was lost. */
        bench_receive_message(bench, &response);
        bench_expect(bench, "60 00 4321");
        g_assert_cmpuint(bench->responses, ==, 1);
}

/* RFC 7252, 5.2.2: the response overtakes the acknowledgement, or replaces it. */
static void test_request_overtaken(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage request = send_request(bench, COAP_CON);
        CoapMessage response = bench_response_to(&request, COAP_NON, COAP_CHANGED);

        response.id = 0x4321;
        bench_receive_message(bench, &response);
        g_assert_cmpuint(bench->responses, ==, 1);
        bench_receive_message(bench, &(CoapMessage){.type = COAP_ACK, .id = request.id});
        clock_advance(bench->clock, SECONDS(300));
        bench_expect_nothing(bench);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->retransmissions, ==, 0);
}

static void test_request_reset(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage request = send_request(bench, COAP_CON);

        bench_receive_message(bench, &(CoapMessage){.type = COAP_RST, .id = request.id});
        g_assert_cmpuint(bench->responses, ==, 1);
        g_assert_cmpint(bench->result, ==, -ECONNRESET);
}

/* Acknowledged, but never answered. */
static void test_request_never_answered(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage request = send_request(bench, COAP_CON);
        CoapMessage response = bench_response_to(&request, COAP_CON, COAP_CHANGED);

        bench_receive_message(bench, &(CoapMessage){.type = COAP_ACK, .id = request.id});
        clock_advance(bench->clock, SECONDS(247) - 1);
        g_assert_cmpuint(bench->responses, ==, 0);
        clock_advance(bench->clock, 1);
        g_assert_cmpuint(bench->responses, ==, 1);
        g_assert_cmpint(bench->result, ==, -ETIMEDOUT);

        response.id = 0x4321;
        bench_receive_message(bench, &response);
        bench_expect(bench, "70 00 4321");
}

static void test_request_not_confirmable(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage request = send_request(bench, COAP_NON), response;

        g_assert_cmpint(request.type, ==, COAP_NON);
        clock_advance(bench->clock, SECONDS(145) - 1);
        bench_expect_nothing(bench);
        response = bench_response_to(&request, COAP_NON, COAP_CHANGED);
        response.id = 1;
        bench_receive_message(bench, &response);
        g_assert_cmpint(bench->result, ==, 0);

        send_request(bench, COAP_NON);
        clock_advance(bench->clock, SECONDS(145));
        g_assert_cmpuint(bench->responses, ==, 2);
        g_assert_cmpint(bench->result, ==, -ETIMEDOUT);

        /* RFC 7252, 4.3: it may be rejected. */
        request = send_request(bench, COAP_NON);
        bench_receive_message(bench, &(CoapMessage){.type = COAP_RST, .id = request.id});
        g_assert_cmpuint(bench->responses, ==, 3);
        g_assert_cmpint(bench->result, ==, -ECONNRESET);
}

/* RFC 7252, 5.4.1 and 4.2: rejected by RST; piggybacked, nothing is left to reject. */
static void test_response_critical_option(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage request = send_request(bench, COAP_CON);
        CoapMessage response = bench_response_to(&request, COAP_CON, COAP_CONTENT);

        response.id = 0x4321;
        coap_message_add(&response, 9, NULL, 0);
        bench_receive_message(bench, &response);
        bench_expect(bench, "70 00 4321");
        g_assert_cmpint(bench->result, ==, -EBADMSG);

        request = send_request(bench, COAP_CON);
        response.type = COAP_ACK;
        response.id = request.id;
        response.token = request.token;
        bench_receive_message(bench, &response);
        g_assert_cmpuint(bench->responses, ==, 2);
        g_assert_cmpint(bench->result, ==, -EBADMSG);
        bench_expect_nothing(bench);
}

static void test_request_cancel(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage request = {.type = COAP_CON, .code = COAP_GET}, sent, response;
        CoapExchange *exchange;

        g_assert_cmpint(
                endpoint_request(bench->endpoint, &request, bench_on_response, bench, &exchange),
                ==, 0);
        sent = bench_take(bench);
        exchange_cancel(exchange);
        clock_advance(bench->clock, SECONDS(300));
        bench_expect_nothing(bench);
        response = bench_response_to(&sent, COAP_CON, COAP_CONTENT);
        response.id = 0x4321;
        bench_receive_message(bench, &response);
        bench_expect(bench, "70 00 4321");
        g_assert_cmpuint(bench->responses, ==, 0);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 0);
}

static void test_request_limits(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage request = {.type = COAP_CON, .code = COAP_GET};

        for (unsigned i = 0; i < ENDPOINT_MAX_REQUESTS; i++)
                g_assert_cmpint(
                        endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL),
                        ==, 0);
        g_assert_cmpint(endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL),
                        ==, -ENOSPC);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, ENDPOINT_MAX_REQUESTS);
        request.code = COAP_CONTENT;
        g_assert_cmpint(endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL),
                        ==, -EINVAL);
        g_clear_pointer(&bench->endpoint, endpoint_free);
        g_assert_cmpuint(bench->responses, ==, 0);
        g_assert_cmpuint(bench->sent.length, ==, 1); /* NSTART 1, also while it is taken apart */
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/exchange/rfc7252-5.2.1-piggybacked", test_request_piggybacked);
        g_test_add_func("/exchange/rfc7252-5.3.2-mismatch", test_request_mismatch);
        g_test_add_func("/exchange/rfc7252-5.2.2-separate", test_request_separate);
        g_test_add_func("/exchange/rfc7252-5.2.2-overtaken", test_request_overtaken);
        g_test_add_func("/exchange/reset", test_request_reset);
        g_test_add_func("/exchange/never-answered", test_request_never_answered);
        g_test_add_func("/exchange/non", test_request_not_confirmable);
        g_test_add_func("/exchange/rfc7252-5.4.1-critical-option", test_response_critical_option);
        g_test_add_func("/exchange/cancel", test_request_cancel);
        g_test_add_func("/exchange/limits", test_request_limits);
        return g_test_run();
}
