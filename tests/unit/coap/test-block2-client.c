/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* We fetch responses in blocks (RFC 7959, 2.4). The peer is written by hand. */
#include "bench.h"

#include <errno.h>

/* Answers a block of ours, with a Block1 option. */
static void answer_block1(Bench *bench, const CoapMessage *request, uint8_t code, uint32_t block)
{
        CoapMessage response = bench_response_to(request, COAP_ACK, code);

        coap_message_add_uint(&response, COAP_OPTION_BLOCK1, block);
        bench_receive_message(bench, &response);
}

/* Answers with a block of a body of `total` octets of the pattern from `shift` on. */
static void answer_block2(Bench *bench, const CoapMessage *request, uint32_t num, uint8_t szx,
                          size_t total, unsigned shift)
{
        CoapMessage response = bench_response_to(request, COAP_ACK, COAP_CONTENT);
        size_t offset = num * ((size_t) 16 << szx);
        bool more = offset + ((size_t) 16 << szx) < total;
        const uint8_t etag[] = {(uint8_t) shift, 7};

        coap_message_add(&response, COAP_OPTION_ETAG, etag, sizeof(etag));
        coap_message_add_uint(&response, COAP_OPTION_BLOCK2, BLOCK(num, more, szx));
        response.payload = bench_pattern() + shift + offset;
        response.payload_len = MIN((size_t) 16 << szx, total - offset);
        bench_receive_message(bench, &response);
}

/* RFC 7959, 2.4 and 3.1 */
static void test_block2_simple(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        bench_ask(bench, COAP_GET, 0);
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
        g_assert_cmpmem(bench->response_body->data, bench->response_body->len, bench_pattern(),
                        2500);
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
        bench_ask(bench, COAP_GET, 0);
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
        g_assert_cmpmem(bench->response_body->data, bench->response_body->len, bench_pattern(),
                        500);
}

/* RFC 7959, 2.4: another ETag is another representation; from the start, but not for ever. */
static void test_block2_etag(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        bench_ask(bench, COAP_GET, 0);
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
        g_assert_cmpmem(bench->response_body->data, bench->response_body->len, bench_pattern() + 1,
                        1500);

        bench_ask(bench, COAP_GET, 0);
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
                {2, 6, 0}, /* not what was asked for */
                {0, 6, 0},
                {1, 7, 0}, /* the reserved size */
                {1, 6, 1}, /* not full, and not the last */
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(Bench) bench = bench_new(NULL);
                CoapMessage sent, response;

                bench_ask(bench, COAP_GET, 0);
                sent = bench_take(bench);
                answer_block2(bench, &sent, 0, 6, 5000, 0);
                sent = bench_take(bench);
                response = bench_response_to(&sent, COAP_ACK, COAP_CONTENT);
                coap_message_add(&response, COAP_OPTION_ETAG, (const uint8_t[]){0, 7}, 2);
                coap_message_add_uint(&response, COAP_OPTION_BLOCK2,
                                      BLOCK(cases[i].num, true, cases[i].szx));
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

        bench_ask(bench, COAP_GET, 0);
        sent = bench_take(bench);
        answer_block2(bench, &sent, 0, 6, 5000, 0);
        sent = bench_take(bench);
        response = bench_response_to(&sent, COAP_ACK, COAP_CONTENT);
        bench_receive_message(bench, &response);
        g_assert_cmpint(bench->result, ==, -EBADMSG);
}

static void test_block2_error(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent, response;

        bench_ask(bench, COAP_GET, 0);
        sent = bench_take(bench);
        answer_block2(bench, &sent, 0, 6, 5000, 0);
        sent = bench_take(bench);
        response = bench_response_to(&sent, COAP_ACK, COAP_NOT_FOUND);
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
        bench_ask(bench, COAP_GET, 0);
        sent = bench_take(bench);
        answer_block2(bench, &sent, 0, 6, 1501, 0);
        sent = bench_take(bench);
        answer_block2(bench, &sent, 1, 6, 1501, 0);
        g_assert_cmpint(bench->result, ==, -EMSGSIZE);

        bench_ask(bench, COAP_GET, 0);
        sent = bench_take(bench);
        response = bench_response_to(&sent, COAP_ACK, COAP_CONTENT);
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

        bench_ask(bench, COAP_POST, 1100);
        sent = bench_take(bench);
        answer_block1(bench, &sent, COAP_CONTINUE, BLOCK(0, true, 6));
        sent = bench_take(bench);
        response = bench_response_to(&sent, COAP_ACK, COAP_CHANGED);
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
        response = bench_response_to(&sent, COAP_ACK, COAP_REQUEST_ENTITY_INCOMPLETE);
        bench_receive_message(bench, &response);
        bench_expect_nothing(bench);
        g_assert_cmpint(bench->response_code, ==, COAP_REQUEST_ENTITY_INCOMPLETE);
}

/* A block that is lost is repeated; one that never comes ends the request and leaves nothing
 * behind. */
static void test_lost(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;
        uint16_t id;

        bench_ask(bench, COAP_GET, 0);
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
