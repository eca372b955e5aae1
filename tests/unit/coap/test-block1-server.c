/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The peer sends bodies in blocks (RFC 7959, 2.3, 2.5, 2.9). */
#include "bench.h"

/* PUT /5 with a block of the pattern: what our endpoint answers. */
static CoapMessage put_block(Bench *bench, uint32_t num, bool more, uint8_t szx, size_t offset,
                             size_t len)
{
        CoapMessage request = {
                .type = COAP_CON, .code = COAP_PUT, .id = bench_next_id(), .token = {1, {9}}};

        coap_message_add_text(&request, COAP_OPTION_URI_PATH, "5");
        coap_message_add_uint(&request, COAP_OPTION_BLOCK1, BLOCK(num, more, szx));
        request.payload = bench_pattern() + offset;
        request.payload_len = len;
        bench_receive_message(bench, &request);
        return bench_take(bench);
}

static CoapMessage put(Bench *bench, uint32_t num, bool more, uint8_t szx)
{
        size_t size = (size_t) 16 << szx;

        return put_block(bench, num, more, szx, num * size, size);
}

/* RFC 7959, 3.2, figure 7 */
static void test_block1_simple(void)
{
        g_autoptr(Bench) bench = bench_replying(0);
        CoapMessage response;

        bench->reply.code = COAP_CHANGED;
        response = put(bench, 0, true, 3);
        g_assert_cmpint(response.type, ==, COAP_ACK);
        g_assert_cmpint(response.code, ==, COAP_CONTINUE);
        bench_assert_block(&response, COAP_OPTION_BLOCK1, BLOCK(0, true, 3));
        response = put(bench, 1, true, 3);
        g_assert_cmpint(response.code, ==, COAP_CONTINUE);
        g_assert_cmpuint(bench->requests, ==, 0);
        response = put_block(bench, 2, false, 3, 256, 77);
        g_assert_cmpint(response.code, ==, COAP_CHANGED);
        bench_assert_block(&response, COAP_OPTION_BLOCK1, BLOCK(2, false, 3));

        g_assert_cmpuint(bench->requests, ==, 1);
        g_assert_false(bench->request_block);
        g_assert_cmpmem(bench->request_body->data, bench->request_body->len, bench_pattern(), 333);
        g_assert_cmpint(clock_next_deadline(bench->clock), <=,
                        clock_now(bench->clock) + SECONDS(247));
}

/* RFC 7959, 2.3: one block that is the whole body. */
static void test_block1_single(void)
{
        g_autoptr(Bench) bench = bench_replying(0);
        CoapMessage response = put_block(bench, 0, false, 6, 0, 10);

        g_assert_cmpint(response.code, ==, COAP_CONTENT);
        bench_assert_block(&response, COAP_OPTION_BLOCK1, BLOCK(0, false, 6));
        g_assert_cmpmem(bench->request_body->data, bench->request_body->len, bench_pattern(), 10);

        /* Even an empty one, and one whose last block is empty. */
        response = put_block(bench, 0, false, 6, 0, 0);
        g_assert_cmpint(response.code, ==, COAP_CONTENT);
        put(bench, 0, true, 0);
        response = put_block(bench, 1, false, 0, 16, 0);
        g_assert_cmpint(response.code, ==, COAP_CONTENT);
        g_assert_cmpuint(bench->request_body->len, ==, 16);
}

/* RFC 7959, 3.2, figure 8: a smaller size is asked for; numbers count in it from then on. */
static void test_block1_early_negotiation(void)
{
        EndpointConfig config = bench_config();
        g_autoptr(Bench) bench = NULL;
        CoapMessage response;

        config.block_szx = 1;
        bench = bench_new(&config);
        bench->on_request = bench_reply_now;
        response = put(bench, 0, true, 3);
        bench_assert_block(&response, COAP_OPTION_BLOCK1, BLOCK(0, true, 1));
        response = put(bench, 4, true, 1);
        g_assert_cmpint(response.code, ==, COAP_CONTINUE);
        bench_assert_block(&response, COAP_OPTION_BLOCK1, BLOCK(4, true, 1));
        response = put_block(bench, 5, false, 1, 160, 7);
        g_assert_cmpint(response.code, ==, COAP_CONTENT);
        g_assert_cmpmem(bench->request_body->data, bench->request_body->len, bench_pattern(), 167);
}

/* A transport with small messages asks for blocks that fit. */
static void test_block1_small_transport(void)
{
        g_autoptr(Bench) bench = bench_replying(0);
        CoapMessage response;

        endpoint_set_max_message(bench->endpoint, 140);
        response = put(bench, 0, true, 6);
        bench_assert_block(&response, COAP_OPTION_BLOCK1, BLOCK(0, true, 2));
}

/* RFC 7959, 2.3: the size may shrink on the way, not grow. */
static void test_block1_size_changes(void)
{
        g_autoptr(Bench) bench = bench_replying(0);
        CoapMessage response;

        put(bench, 0, true, 2);
        response = put(bench, 2, true, 1); /* octets 64 to 96 */
        g_assert_cmpint(response.code, ==, COAP_CONTINUE);
        response = put(bench, 3, true, 1);
        g_assert_cmpint(response.code, ==, COAP_CONTINUE);
        response = put(bench, 2, true, 2); /* octet 128, but larger again */
        g_assert_cmpint(response.code, ==, COAP_BAD_REQUEST);
        response = put_block(bench, 8, false, 0, 128, 16);
        g_assert_cmpint(response.code, ==, COAP_CONTENT);
        g_assert_cmpmem(bench->request_body->data, bench->request_body->len, bench_pattern(), 144);
}

/* RFC 7959, 2.9.2 */
static void test_block1_incomplete(void)
{
        g_autoptr(Bench) bench = bench_replying(0);
        CoapMessage response;

        response = put(bench, 1, true, 0); /* nothing began */
        g_assert_cmpint(response.code, ==, COAP_REQUEST_ENTITY_INCOMPLETE);
        response = put(bench, 1, false, 0);
        g_assert_cmpint(response.code, ==, COAP_REQUEST_ENTITY_INCOMPLETE);

        put(bench, 0, true, 0);
        response = put(bench, 2, true, 0); /* a gap */
        g_assert_cmpint(response.code, ==, COAP_REQUEST_ENTITY_INCOMPLETE);
        response = put(bench, 1, true, 0); /* the transfer is still there */
        g_assert_cmpint(response.code, ==, COAP_CONTINUE);
        g_assert_cmpuint(bench->requests, ==, 0);

        /* After the last block it is not. */
        put_block(bench, 2, false, 0, 32, 3);
        g_assert_cmpuint(bench->requests, ==, 1);
        response = put_block(bench, 2, false, 0, 32, 3);
        g_assert_cmpint(response.code, ==, COAP_REQUEST_ENTITY_INCOMPLETE);
        g_assert_cmpuint(bench->requests, ==, 1);
}

/* RFC 7959, 2.5: block 0 begins anew. */
static void test_block1_restart(void)
{
        g_autoptr(Bench) bench = bench_replying(0);

        put(bench, 0, true, 0);
        put(bench, 1, true, 0);
        put_block(bench, 0, true, 0, 160, 16);
        put_block(bench, 1, false, 0, 176, 5);
        g_assert_cmpmem(bench->request_body->data, bench->request_body->len, bench_pattern() + 160,
                        21);
}

/* RFC 7252, 4.5: a block repeated with its message ID gets the same answer and counts once;
 * repeated by a client that starts the message over, too. */
static void test_block1_repeated(void)
{
        g_autoptr(Bench) bench = bench_replying(0);
        CoapMessage request = {.type = COAP_CON, .code = COAP_PUT, .id = bench_next_id()}, response;

        coap_message_add_text(&request, COAP_OPTION_URI_PATH, "5");
        coap_message_add_uint(&request, COAP_OPTION_BLOCK1, BLOCK(0, true, 0));
        request.payload = bench_pattern();
        request.payload_len = 16;
        for (unsigned i = 0; i < 3; i++) {
                bench_receive_message(bench, &request);
                response = bench_take(bench);
                g_assert_cmpint(response.code, ==, COAP_CONTINUE);
        }
        put(bench, 1, true, 0);
        response = put(bench, 1, true, 0);
        g_assert_cmpint(response.code, ==, COAP_CONTINUE);
        put_block(bench, 2, false, 0, 32, 1);
        g_assert_cmpmem(bench->request_body->data, bench->request_body->len, bench_pattern(), 33);
}

/* RFC 7959, 2.2 and 2.9.1 */
static void test_block1_bad(void)
{
        g_autoptr(Bench) bench = bench_replying(0);
        CoapMessage response;

        response = put_block(bench, 0, true, 7, 0, 16);
        g_assert_cmpint(response.code, ==, COAP_BAD_REQUEST);
        response = put_block(bench, 0, true, 1, 0, 31); /* not the last and not full */
        g_assert_cmpint(response.code, ==, COAP_BAD_REQUEST);
        response = put_block(bench, 0, true, 1, 0, 33);
        g_assert_cmpint(response.code, ==, COAP_BAD_REQUEST);
        response = put_block(bench, 0, false, 1, 0, 33);
        g_assert_cmpint(response.code, ==, COAP_BAD_REQUEST);
        g_assert_cmpuint(bench->requests, ==, 0);
}

/* RFC 7959, 2.9.3 and 4 */
static void test_block1_too_large(void)
{
        EndpointConfig config = bench_config();
        g_autoptr(Bench) bench = NULL;
        CoapMessage request = {.type = COAP_CON, .code = COAP_PUT, .id = 1}, response;

        config.max_body = 100;
        bench = bench_new(&config);
        bench->on_request = bench_reply_now;

        /* Announced. */
        coap_message_add_uint(&request, COAP_OPTION_BLOCK1, BLOCK(0, true, 2));
        coap_message_add_uint(&request, COAP_OPTION_SIZE1, 101);
        request.payload = bench_pattern();
        request.payload_len = 64;
        bench_receive_message(bench, &request);
        response = bench_take(bench);
        g_assert_cmpint(response.code, ==, COAP_REQUEST_ENTITY_TOO_LARGE);
        g_assert_cmpuint(bench_uint(&response, COAP_OPTION_SIZE1), ==, 100);

        /* Not announced: when it is. */
        response = put(bench, 0, true, 2);
        g_assert_cmpint(response.code, ==, COAP_CONTINUE);
        response = put_block(bench, 1, false, 2, 64, 37);
        g_assert_cmpint(response.code, ==, COAP_REQUEST_ENTITY_TOO_LARGE);
        g_assert_cmpuint(bench_uint(&response, COAP_OPTION_SIZE1), ==, 100);

        /* In one message. */
        coap_message_remove(&request, COAP_OPTION_BLOCK1);
        coap_message_remove(&request, COAP_OPTION_SIZE1);
        request.id = 2;
        request.payload_len = 101;
        bench_receive_message(bench, &request);
        response = bench_take(bench);
        g_assert_cmpint(response.code, ==, COAP_REQUEST_ENTITY_TOO_LARGE);
        g_assert_cmpuint(bench->requests, ==, 0);

        /* What just fits. */
        put(bench, 0, true, 2);
        response = put_block(bench, 1, false, 2, 64, 36);
        g_assert_cmpint(response.code, ==, COAP_CONTENT);
        g_assert_cmpuint(bench->request_body->len, ==, 100);
}

/* RFC 7959, 2.5, RFC 9175, 3.3: a transfer is one of method, path, query and what says how to take
 * it. */
static void test_block1_keys(void)
{
        g_autoptr(Bench) bench = bench_replying(0);
        CoapMessage request = {.type = COAP_CON, .code = COAP_PUT, .id = bench_next_id()}, response;

        put(bench, 0, true, 0);
        coap_message_add_text(&request, COAP_OPTION_URI_PATH, "5");
        coap_message_add_uint(&request, COAP_OPTION_CONTENT_FORMAT, 42);
        coap_message_add_uint(&request, COAP_OPTION_BLOCK1, BLOCK(1, false, 0));
        bench_receive_message(bench, &request);
        response = bench_take(bench);
        g_assert_cmpint(response.code, ==, COAP_REQUEST_ENTITY_INCOMPLETE);
        response = put_block(bench, 1, false, 0, 16, 1);
        g_assert_cmpint(response.code, ==, COAP_CONTENT);
}

static CoapMessage put_numbered(Bench *bench, unsigned path, uint32_t num)
{
        CoapMessage request = {.type = COAP_CON, .code = COAP_PUT, .id = bench_next_id()};
        char text[8];

        g_snprintf(text, sizeof(text), "%u", path);
        coap_message_add_text(&request, COAP_OPTION_URI_PATH, text);
        coap_message_add_uint(&request, COAP_OPTION_BLOCK1, BLOCK(num, true, 0));
        request.payload = bench_pattern();
        request.payload_len = 16;
        bench_receive_message(bench, &request);
        return bench_take(bench);
}

/* ENDPOINT_MAX_TRANSFERS: the one not heard of for longest makes room. */
static void test_block1_many(void)
{
        g_autoptr(Bench) bench = bench_replying(0);

        for (unsigned i = 0; i <= ENDPOINT_MAX_TRANSFERS; i++) {
                g_assert_cmpint(put_numbered(bench, i, 0).code, ==, COAP_CONTINUE);
                clock_advance(bench->clock, 1);
        }
        g_assert_cmpint(put_numbered(bench, 0, 1).code, ==, COAP_REQUEST_ENTITY_INCOMPLETE);
        g_assert_cmpint(put_numbered(bench, 1, 1).code, ==, COAP_CONTINUE);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->overflows, ==, 1);
}

/* A transfer is forgotten EXCHANGE_LIFETIME after its last block. */
static void test_block1_expires(void)
{
        g_autoptr(Bench) bench = bench_replying(0);

        put(bench, 0, true, 0);
        clock_advance(bench->clock, SECONDS(240));
        g_assert_cmpint(put(bench, 1, true, 0).code, ==, COAP_CONTINUE);
        clock_advance(bench->clock, SECONDS(240));
        g_assert_cmpint(put(bench, 2, true, 0).code, ==, COAP_CONTINUE);
        clock_advance(bench->clock, SECONDS(247));
        g_assert_cmpint(clock_next_deadline(bench->clock), ==, CLOCK_NEVER);
        g_assert_cmpint(put(bench, 3, true, 0).code, ==, COAP_REQUEST_ENTITY_INCOMPLETE);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/block1/rfc7959-3.2-simple", test_block1_simple);
        g_test_add_func("/block1/rfc7959-2.3-single", test_block1_single);
        g_test_add_func("/block1/rfc7959-3.2-early-negotiation", test_block1_early_negotiation);
        g_test_add_func("/block1/small-transport", test_block1_small_transport);
        g_test_add_func("/block1/rfc7959-2.3-size-changes", test_block1_size_changes);
        g_test_add_func("/block1/rfc7959-2.9.2-incomplete", test_block1_incomplete);
        g_test_add_func("/block1/rfc7959-2.5-restart", test_block1_restart);
        g_test_add_func("/block1/repeated", test_block1_repeated);
        g_test_add_func("/block1/rfc7959-2.2-bad", test_block1_bad);
        g_test_add_func("/block1/rfc7959-2.9.3-too-large", test_block1_too_large);
        g_test_add_func("/block1/keys", test_block1_keys);
        g_test_add_func("/block1/many", test_block1_many);
        g_test_add_func("/block1/expires", test_block1_expires);
        return g_test_run();
}
