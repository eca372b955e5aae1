/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* We send bodies in blocks (RFC 7959, 2.3, 2.5, 2.9). The peer is written by hand. */
#include "bench.h"

#include <errno.h>

/* Answers a block of ours, with a Block1 option. */
static void answer_block1(Bench *bench, const CoapMessage *request, uint8_t code, uint32_t block)
{
        CoapMessage response = bench_response_to(request, COAP_ACK, code);

        coap_message_add_uint(&response, COAP_OPTION_BLOCK1, block);
        bench_receive_message(bench, &response);
}

static void assert_block1(const CoapMessage *message, uint32_t block, size_t offset, size_t len)
{
        bench_assert_block(message, COAP_OPTION_BLOCK1, block);
        g_assert_cmpmem(message->payload, message->payload_len, bench_pattern() + offset, len);
        g_assert_cmpuint(bench_uint(message, COAP_OPTION_CONTENT_FORMAT), ==, 40);
}

/* RFC 7959, 2.3 and 3.2 */
static void test_block1_simple(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage first, second, third;

        bench_ask(bench, COAP_POST, 2100);
        first = bench_take(bench);
        assert_block1(&first, BLOCK(0, true, 6), 0, 1024);
        g_assert_cmpuint(bench_uint(&first, COAP_OPTION_SIZE1), ==, 2100);
        bench_expect_nothing(bench);
        answer_block1(bench, &first, COAP_CONTINUE, BLOCK(0, true, 6));
        second = bench_take(bench);
        assert_block1(&second, BLOCK(1, true, 6), 1024, 1024);
        g_assert_false(bench_has(&second, COAP_OPTION_SIZE1));
        g_assert_cmpint(second.id, !=, first.id);
        answer_block1(bench, &second, COAP_CONTINUE, BLOCK(1, true, 6));
        third = bench_take(bench);
        assert_block1(&third, BLOCK(2, false, 6), 2048, 52);
        answer_block1(bench, &third, COAP_CREATED, BLOCK(2, false, 6));
        g_assert_cmpuint(bench->responses, ==, 1);
        g_assert_cmpint(bench->result, ==, 0);
        g_assert_cmpint(bench->response_code, ==, COAP_CREATED);
}

static void test_block1_not_needed(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        bench_ask(bench, COAP_POST, 1024);
        sent = bench_take(bench);
        g_assert_false(bench_has(&sent, COAP_OPTION_BLOCK1));
        g_assert_cmpuint(sent.payload_len, ==, 1024);
}

/* RFC 7959, 3.2, figure 8: the server wants smaller ones. */
static void test_block1_early_negotiation(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        bench_ask(bench, COAP_POST, 2100);
        sent = bench_take(bench);
        answer_block1(bench, &sent, COAP_CONTINUE, BLOCK(0, true, 4));
        sent = bench_take(bench);
        assert_block1(&sent, BLOCK(4, true, 4), 1024, 256);

        /* And still smaller ones on the way, numbered either way. */
        answer_block1(bench, &sent, COAP_CONTINUE, BLOCK(4, true, 3));
        sent = bench_take(bench);
        assert_block1(&sent, BLOCK(10, true, 3), 1280, 128);
        answer_block1(bench, &sent, COAP_CONTINUE, BLOCK(20, true, 2));
        sent = bench_take(bench);
        assert_block1(&sent, BLOCK(22, true, 2), 1408, 64);
}

/* RFC 7959, 2.9.3: 4.13 with a hint; with none, or none that helps, it is the answer. */
static void test_block1_too_large(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        bench_ask(bench, COAP_POST, 2100);
        sent = bench_take(bench);
        answer_block1(bench, &sent, COAP_REQUEST_ENTITY_TOO_LARGE, BLOCK(0, true, 2));
        sent = bench_take(bench);
        assert_block1(&sent, BLOCK(0, true, 2), 0, 64);
        answer_block1(bench, &sent, COAP_REQUEST_ENTITY_TOO_LARGE, BLOCK(0, true, 2));
        bench_expect_nothing(bench);
        g_assert_cmpint(bench->result, ==, 0);
        g_assert_cmpint(bench->response_code, ==, COAP_REQUEST_ENTITY_TOO_LARGE);

        /* Also to a request that was not in blocks. */
        bench_ask(bench, COAP_POST, 500);
        sent = bench_take(bench);
        answer_block1(bench, &sent, COAP_REQUEST_ENTITY_TOO_LARGE, BLOCK(0, true, 3));
        sent = bench_take(bench);
        assert_block1(&sent, BLOCK(0, true, 3), 0, 128);
        sent = bench_response_to(&sent, COAP_ACK, COAP_REQUEST_ENTITY_TOO_LARGE);
        bench_receive_message(bench, &sent);
        g_assert_cmpuint(bench->responses, ==, 2);
}

/* RFC 7959, 2.9.2: from the start, once. */
static void test_block1_incomplete(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent, response;

        bench_ask(bench, COAP_POST, 2100);
        for (unsigned i = 0; i < 2; i++) {
                sent = bench_take(bench);
                assert_block1(&sent, BLOCK(0, true, 6), 0, 1024);
                answer_block1(bench, &sent, COAP_CONTINUE, BLOCK(0, true, 6));
                sent = bench_take(bench);
                g_assert_cmpuint(bench->responses, ==, 0);
                response = bench_response_to(&sent, COAP_ACK, COAP_REQUEST_ENTITY_INCOMPLETE);
                bench_receive_message(bench, &response);
        }
        bench_expect_nothing(bench);
        g_assert_cmpuint(bench->responses, ==, 1);
        g_assert_cmpint(bench->response_code, ==, COAP_REQUEST_ENTITY_INCOMPLETE);
}

static void test_block1_error(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        bench_ask(bench, COAP_POST, 2100);
        sent = bench_take(bench);
        answer_block1(bench, &sent, COAP_FORBIDDEN, BLOCK(0, false, 6));
        bench_expect_nothing(bench);
        g_assert_cmpint(bench->response_code, ==, COAP_FORBIDDEN);
}

/* Answers that do not fit what was sent. */
static void test_block1_broken(void)
{
        static const struct {
                uint8_t code;
                int block; /* -1: none */
        } cases[] = {
                {COAP_CONTINUE, -1},
                {COAP_CHANGED, -1},
                {COAP_CONTINUE, (int) BLOCK(1, true, 6)},
                {COAP_CONTINUE, (int) BLOCK(0, true, 7)},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(Bench) bench = bench_new(NULL);
                CoapMessage sent, response;

                bench_ask(bench, COAP_POST, 2100);
                sent = bench_take(bench);
                response = bench_response_to(&sent, COAP_ACK, cases[i].code);
                if (cases[i].block >= 0)
                        coap_message_add_uint(&response, COAP_OPTION_BLOCK1,
                                              (uint32_t) cases[i].block);
                bench_receive_message(bench, &response);
                g_assert_cmpuint(bench->responses, ==, 1);
                g_assert_cmpint(bench->result, ==, -EBADMSG);
        }
}

/* Small messages: nothing exceeds them, and what fits is not cut. */
static void test_block1_small_transport(void)
{
        EndpointConfig config = bench_config();
        g_autoptr(Bench) bench = NULL;
        CoapMessage sent;

        config.max_message = 140;
        bench = bench_new(&config);
        bench_ask(bench, COAP_POST, 110);
        sent = bench_take(bench);
        g_assert_false(bench_has(&sent, COAP_OPTION_BLOCK1));
        bench_receive_message(bench, &(CoapMessage){.type = COAP_ACK, .id = sent.id});
        bench_ask(bench, COAP_POST, 300);
        sent = bench_take(bench);
        assert_block1(&sent, BLOCK(0, true, 2), 0, 64);
        g_assert_cmpuint(coap_message_size(&sent), <=, 140);
}

static void test_block1_limits(void)
{
        EndpointConfig config = bench_config();
        g_autoptr(Bench) bench = NULL;
        g_autofree uint8_t *body = g_malloc0(700 * 1024);
        CoapMessage request = {
                .type = COAP_CON, .code = COAP_POST, .payload = body, .payload_len = 700 * 1024};

        config.max_body = 1024 * 1024;
        bench = bench_new(&config);
        g_assert_cmpint(endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL),
                        ==, 0);
        g_assert_cmpint(endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL),
                        ==, 0);
        g_assert_cmpint(endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL),
                        ==, -ENOSPC);
        request.payload_len = 1024 * 1024 + 1;
        g_assert_cmpint(endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL),
                        ==, -EMSGSIZE);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/client/block1/rfc7959-3.2-simple", test_block1_simple);
        g_test_add_func("/client/block1/not-needed", test_block1_not_needed);
        g_test_add_func("/client/block1/rfc7959-3.2-early-negotiation",
                        test_block1_early_negotiation);
        g_test_add_func("/client/block1/rfc7959-2.9.3-too-large", test_block1_too_large);
        g_test_add_func("/client/block1/rfc7959-2.9.2-incomplete", test_block1_incomplete);
        g_test_add_func("/client/block1/error", test_block1_error);
        g_test_add_func("/client/block1/broken", test_block1_broken);
        g_test_add_func("/client/block1/small-transport", test_block1_small_transport);
        g_test_add_func("/client/block1/limits", test_block1_limits);
        return g_test_run();
}
