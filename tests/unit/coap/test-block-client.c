/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* We send bodies in blocks and fetch responses in blocks (RFC 7959). The peer is written by hand. */
#include "bench.h"

#include <errno.h>
#include <string.h>

static void start(Bench *bench, uint8_t code, size_t len)
{
        CoapMessage request = { .type = COAP_CON, .code = code, .payload = bench_pattern(), .payload_len = len };

        coap_message_add_text(&request, COAP_OPTION_URI_PATH, "rd");
        if (len > 0)
                coap_message_add_uint(&request, COAP_OPTION_CONTENT_FORMAT, 40);
        g_assert_cmpint(endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL), ==, 0);
}

static CoapMessage response_to(const CoapMessage *request, uint8_t code)
{
        return (CoapMessage){ .type = COAP_ACK, .code = code, .id = request->id, .token = request->token };
}

/* Answers a block of ours, with a Block1 option. */
static void answer_block1(Bench *bench, const CoapMessage *request, uint8_t code, uint32_t block)
{
        CoapMessage response = response_to(request, code);

        coap_message_add_uint(&response, COAP_OPTION_BLOCK1, block);
        bench_receive_message(bench, &response);
}

/* Answers with a block of a body of `total` octets of the pattern from `shift` on. */
static void answer_block2(Bench *bench, const CoapMessage *request, uint32_t num, uint8_t szx, size_t total, unsigned shift)
{
        CoapMessage response = response_to(request, COAP_CONTENT);
        size_t offset = num * ((size_t) 16 << szx);
        bool more = offset + ((size_t) 16 << szx) < total;
        const uint8_t etag[] = { (uint8_t) shift, 7 };

        coap_message_add(&response, COAP_OPTION_ETAG, etag, sizeof(etag));
        coap_message_add_uint(&response, COAP_OPTION_BLOCK2, BLOCK(num, more, szx));
        response.payload = bench_pattern() + shift + offset;
        response.payload_len = MIN((size_t) 16 << szx, total - offset);
        bench_receive_message(bench, &response);
}

static void assert_block1(const CoapMessage *message, uint32_t block, size_t offset, size_t len)
{
        bench_assert_block(message, COAP_OPTION_BLOCK1, block);
        g_assert_cmpmem(message->payload, message->payload_len, bench_pattern() + offset, len);
        g_assert_cmpuint(bench_uint(message, COAP_OPTION_CONTENT_FORMAT), ==, 40);
}

/* ---- Block1 ---------------------------------------------------------------- */

/* RFC 7959, 2.3 and 3.2 */
static void test_block1_simple(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage first, second, third;

        start(bench, COAP_POST, 2100);
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

        start(bench, COAP_POST, 1024);
        sent = bench_take(bench);
        g_assert_false(bench_has(&sent, COAP_OPTION_BLOCK1));
        g_assert_cmpuint(sent.payload_len, ==, 1024);
}

/* RFC 7959, 3.2, figure 8: the server wants smaller ones. */
static void test_block1_early_negotiation(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        start(bench, COAP_POST, 2100);
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

        start(bench, COAP_POST, 2100);
        sent = bench_take(bench);
        answer_block1(bench, &sent, COAP_REQUEST_ENTITY_TOO_LARGE, BLOCK(0, true, 2));
        sent = bench_take(bench);
        assert_block1(&sent, BLOCK(0, true, 2), 0, 64);
        answer_block1(bench, &sent, COAP_REQUEST_ENTITY_TOO_LARGE, BLOCK(0, true, 2));
        bench_expect_nothing(bench);
        g_assert_cmpint(bench->result, ==, 0);
        g_assert_cmpint(bench->response_code, ==, COAP_REQUEST_ENTITY_TOO_LARGE);

        /* Also to a request that was not in blocks. */
        start(bench, COAP_POST, 500);
        sent = bench_take(bench);
        answer_block1(bench, &sent, COAP_REQUEST_ENTITY_TOO_LARGE, BLOCK(0, true, 3));
        sent = bench_take(bench);
        assert_block1(&sent, BLOCK(0, true, 3), 0, 128);
        sent = response_to(&sent, COAP_REQUEST_ENTITY_TOO_LARGE);
        bench_receive_message(bench, &sent);
        g_assert_cmpuint(bench->responses, ==, 2);
}

/* RFC 7959, 2.9.2: from the start, once. */
static void test_block1_incomplete(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent, response;

        start(bench, COAP_POST, 2100);
        for (unsigned i = 0; i < 2; i++) {
                sent = bench_take(bench);
                assert_block1(&sent, BLOCK(0, true, 6), 0, 1024);
                answer_block1(bench, &sent, COAP_CONTINUE, BLOCK(0, true, 6));
                sent = bench_take(bench);
                g_assert_cmpuint(bench->responses, ==, 0);
                response = response_to(&sent, COAP_REQUEST_ENTITY_INCOMPLETE);
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

        start(bench, COAP_POST, 2100);
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
                { COAP_CONTINUE, -1 },
                { COAP_CHANGED, -1 },
                { COAP_CONTINUE, (int) BLOCK(1, true, 6) },
                { COAP_CONTINUE, (int) BLOCK(0, true, 7) },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(Bench) bench = bench_new(NULL);
                CoapMessage sent, response;

                start(bench, COAP_POST, 2100);
                sent = bench_take(bench);
                response = response_to(&sent, cases[i].code);
                if (cases[i].block >= 0)
                        coap_message_add_uint(&response, COAP_OPTION_BLOCK1, (uint32_t) cases[i].block);
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
        start(bench, COAP_POST, 110);
        sent = bench_take(bench);
        g_assert_false(bench_has(&sent, COAP_OPTION_BLOCK1));
        bench_receive_message(bench, &(CoapMessage){ .type = COAP_ACK, .id = sent.id });
        start(bench, COAP_POST, 300);
        sent = bench_take(bench);
        assert_block1(&sent, BLOCK(0, true, 2), 0, 64);
        g_assert_cmpuint(coap_message_size(&sent), <=, 140);
}

static void test_block1_limits(void)
{
        EndpointConfig config = bench_config();
        g_autoptr(Bench) bench = NULL;
        g_autofree uint8_t *body = g_malloc0(700 * 1024);
        CoapMessage request = { .type = COAP_CON, .code = COAP_POST, .payload = body, .payload_len = 700 * 1024 };

        config.max_body = 1024 * 1024;
        bench = bench_new(&config);
        g_assert_cmpint(endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL), ==, 0);
        g_assert_cmpint(endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL), ==, 0);
        g_assert_cmpint(endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL), ==, -ENOSPC);
        request.payload_len = 1024 * 1024 + 1;
        g_assert_cmpint(endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL), ==, -EMSGSIZE);
}

/* ---- Block2 ---------------------------------------------------------------- */

/* RFC 7959, 2.4 and 3.1 */
static void test_block2_simple(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        start(bench, COAP_GET, 0);
        for (uint32_t i = 0; i < 3; i++) {
                sent = bench_take(bench);
                g_assert_cmpint(sent.code, ==, COAP_GET);
                g_assert_true(bench_has(&sent, COAP_OPTION_URI_PATH));
                if (i > 0)
                        bench_assert_block(&sent, COAP_OPTION_BLOCK2, BLOCK(i, false, 6));
                g_assert_cmpuint(bench->responses, ==, 0);
                answer_block2(bench, &sent, i, 6, 2500, 0);
        }
        bench_expect_nothing(bench);
        g_assert_cmpint(bench->result, ==, 0);
        g_assert_cmpmem(bench->response_body->data, bench->response_body->len, bench_pattern(), 2500);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 0);
}

/* RFC 7959, 3.1, figure 4: the server's blocks are smaller, or larger than we want. */
static void test_block2_sizes(void)
{
        EndpointConfig config = bench_config();
        g_autoptr(Bench) bench = NULL;
        CoapMessage sent;

        config.block_szx = 3;
        bench = bench_new(&config);
        start(bench, COAP_GET, 0);
        sent = bench_take(bench);
        bench_assert_block(&sent, COAP_OPTION_BLOCK2, BLOCK(0, false, 3));
        answer_block2(bench, &sent, 0, 4, 500, 0); /* more than asked for */
        sent = bench_take(bench);
        bench_assert_block(&sent, COAP_OPTION_BLOCK2, BLOCK(2, false, 3));
        answer_block2(bench, &sent, 4, 2, 500, 0); /* less, at the same octet */
        sent = bench_take(bench);
        for (uint32_t i = 5; i < 8; i++) {
                bench_assert_block(&sent, COAP_OPTION_BLOCK2, BLOCK(i, false, 2));
                answer_block2(bench, &sent, i, 2, 500, 0);
                if (i < 7)
                        sent = bench_take(bench);
        }
        g_assert_cmpint(bench->result, ==, 0);
        g_assert_cmpmem(bench->response_body->data, bench->response_body->len, bench_pattern(), 500);
}

/* RFC 7959, 2.4: another ETag is another representation; from the start, but not for ever. */
static void test_block2_etag(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        start(bench, COAP_GET, 0);
        sent = bench_take(bench);
        answer_block2(bench, &sent, 0, 6, 1500, 0);
        sent = bench_take(bench);
        answer_block2(bench, &sent, 1, 6, 1500, 1);
        sent = bench_take(bench);
        g_assert_false(bench_has(&sent, COAP_OPTION_BLOCK2));
        answer_block2(bench, &sent, 0, 6, 1500, 1);
        sent = bench_take(bench);
        answer_block2(bench, &sent, 1, 6, 1500, 1);
        g_assert_cmpint(bench->result, ==, 0);
        g_assert_cmpmem(bench->response_body->data, bench->response_body->len, bench_pattern() + 1, 1500);

        start(bench, COAP_GET, 0);
        for (unsigned i = 0; bench->responses == 1; i++) {
                g_assert_cmpuint(i, <, 10);
                sent = bench_take(bench);
                answer_block2(bench, &sent, i % 2, 6, 1500, i);
        }
        g_assert_cmpint(bench->result, ==, -EBADMSG);
        bench_expect_nothing(bench);
}

static void test_block2_broken(void)
{
        static const struct {
                uint32_t num;
                uint8_t szx;
                size_t cut;
        } cases[] = {
                { 2, 6, 0 }, /* not what was asked for */
                { 0, 6, 0 },
                { 1, 7, 0 }, /* the reserved size */
                { 1, 6, 1 }, /* not full, and not the last */
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(Bench) bench = bench_new(NULL);
                CoapMessage sent, response;

                start(bench, COAP_GET, 0);
                sent = bench_take(bench);
                answer_block2(bench, &sent, 0, 6, 5000, 0);
                sent = bench_take(bench);
                response = response_to(&sent, COAP_CONTENT);
                coap_message_add(&response, COAP_OPTION_ETAG, (const uint8_t[]){ 0, 7 }, 2);
                coap_message_add_uint(&response, COAP_OPTION_BLOCK2, BLOCK(cases[i].num, true, cases[i].szx));
                response.payload = bench_pattern();
                response.payload_len = 1024 - cases[i].cut;
                bench_receive_message(bench, &response);
                g_assert_cmpuint(bench->responses, ==, 1);
                g_assert_cmpint(bench->result, ==, -EBADMSG);
        }
}

/* The whole where a block was asked for. */
static void test_block2_missing(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent, response;

        start(bench, COAP_GET, 0);
        sent = bench_take(bench);
        answer_block2(bench, &sent, 0, 6, 5000, 0);
        sent = bench_take(bench);
        response = response_to(&sent, COAP_CONTENT);
        bench_receive_message(bench, &response);
        g_assert_cmpint(bench->result, ==, -EBADMSG);
}

static void test_block2_error(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent, response;

        start(bench, COAP_GET, 0);
        sent = bench_take(bench);
        answer_block2(bench, &sent, 0, 6, 5000, 0);
        sent = bench_take(bench);
        response = response_to(&sent, COAP_NOT_FOUND);
        bench_receive_message(bench, &response);
        g_assert_cmpint(bench->result, ==, 0);
        g_assert_cmpint(bench->response_code, ==, COAP_NOT_FOUND);
        g_assert_cmpuint(bench->response_body->len, ==, 0);
}

/* max_body: announced by Size2 (RFC 7959, 4), or found out. */
static void test_block2_too_large(void)
{
        EndpointConfig config = bench_config();
        g_autoptr(Bench) bench = NULL;
        CoapMessage sent, response;

        config.max_body = 1500;
        bench = bench_new(&config);
        start(bench, COAP_GET, 0);
        sent = bench_take(bench);
        answer_block2(bench, &sent, 0, 6, 1501, 0);
        sent = bench_take(bench);
        answer_block2(bench, &sent, 1, 6, 1501, 0);
        g_assert_cmpint(bench->result, ==, -EMSGSIZE);

        start(bench, COAP_GET, 0);
        sent = bench_take(bench);
        response = response_to(&sent, COAP_CONTENT);
        coap_message_add_uint(&response, COAP_OPTION_BLOCK2, BLOCK(0, true, 0));
        coap_message_add_uint(&response, COAP_OPTION_SIZE2, 1501);
        response.payload = bench_pattern();
        response.payload_len = 16;
        bench_receive_message(bench, &response);
        g_assert_cmpuint(bench->responses, ==, 2);
        g_assert_cmpint(bench->result, ==, -EMSGSIZE);
        bench_expect_nothing(bench);
}

/* RFC 7959, 3.3: the body first, then the answer without it. */
static void test_combined(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent, response;

        start(bench, COAP_POST, 1100);
        sent = bench_take(bench);
        answer_block1(bench, &sent, COAP_CONTINUE, BLOCK(0, true, 6));
        sent = bench_take(bench);
        response = response_to(&sent, COAP_CHANGED);
        coap_message_add_uint(&response, COAP_OPTION_BLOCK1, BLOCK(1, false, 6));
        coap_message_add_uint(&response, COAP_OPTION_BLOCK2, BLOCK(0, true, 0));
        response.payload = bench_pattern();
        response.payload_len = 16;
        bench_receive_message(bench, &response);
        sent = bench_take(bench);
        g_assert_cmpint(sent.code, ==, COAP_POST);
        bench_assert_block(&sent, COAP_OPTION_BLOCK2, BLOCK(1, false, 0));
        g_assert_false(bench_has(&sent, COAP_OPTION_BLOCK1));
        g_assert_cmpuint(sent.payload_len, ==, 0);

        /* It has been acted on: 4.08 is no reason to do so again. */
        response = response_to(&sent, COAP_REQUEST_ENTITY_INCOMPLETE);
        bench_receive_message(bench, &response);
        bench_expect_nothing(bench);
        g_assert_cmpint(bench->response_code, ==, COAP_REQUEST_ENTITY_INCOMPLETE);
}

/* A block that is lost is repeated; one that never comes ends the request and leaves nothing behind. */
static void test_lost(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;
        uint16_t id;

        start(bench, COAP_GET, 0);
        sent = bench_take(bench);
        answer_block2(bench, &sent, 0, 6, 5000, 0);
        id = bench_take(bench).id;
        clock_advance(bench->clock, SECONDS(2));
        g_assert_cmpint(bench_take(bench).id, ==, id);
        clock_advance(bench->clock, SECONDS(60));
        g_assert_cmpint(bench->result, ==, -ETIMEDOUT);
        g_assert_cmpint(clock_next_deadline(bench->clock), ==, CLOCK_NEVER);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/client/block1/rfc7959-3.2-simple", test_block1_simple);
        g_test_add_func("/client/block1/not-needed", test_block1_not_needed);
        g_test_add_func("/client/block1/rfc7959-3.2-early-negotiation", test_block1_early_negotiation);
        g_test_add_func("/client/block1/rfc7959-2.9.3-too-large", test_block1_too_large);
        g_test_add_func("/client/block1/rfc7959-2.9.2-incomplete", test_block1_incomplete);
        g_test_add_func("/client/block1/error", test_block1_error);
        g_test_add_func("/client/block1/broken", test_block1_broken);
        g_test_add_func("/client/block1/small-transport", test_block1_small_transport);
        g_test_add_func("/client/block1/limits", test_block1_limits);
        g_test_add_func("/client/block2/rfc7959-3.1-simple", test_block2_simple);
        g_test_add_func("/client/block2/rfc7959-3.1-sizes", test_block2_sizes);
        g_test_add_func("/client/block2/rfc7959-2.4-etag", test_block2_etag);
        g_test_add_func("/client/block2/broken", test_block2_broken);
        g_test_add_func("/client/block2/missing", test_block2_missing);
        g_test_add_func("/client/block2/error", test_block2_error);
        g_test_add_func("/client/block2/too-large", test_block2_too_large);
        g_test_add_func("/client/rfc7959-3.3-combined", test_combined);
        g_test_add_func("/client/lost", test_lost);
        return g_test_run();
}
