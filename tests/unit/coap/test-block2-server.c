/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The peer fetches our responses in blocks (RFC 7959, 2.4). */
#include "bench.h"

#include <string.h>

static CoapMessage get_block(Bench *bench, const char *path, int num, uint8_t szx)
{
        CoapMessage request = {.type = COAP_CON, .code = COAP_GET, .id = bench_next_id()};

        coap_message_add_text(&request, COAP_OPTION_URI_PATH, path);
        if (num >= 0)
                coap_message_add_uint(&request, COAP_OPTION_BLOCK2,
                                      BLOCK((uint32_t) num, false, szx));
        bench_receive_message(bench, &request);
        return bench_take(bench);
}

/* RFC 7959, 3.1, figure 2: the peer did not ask for blocks. */
static void test_block2_simple(void)
{
        g_autoptr(Bench) bench = bench_replying(2500);
        CoapMessage response = get_block(bench, "3", -1, 0);
        uint8_t etag[8];
        size_t position = 0;
        const CoapOption *option;

        g_assert_cmpint(response.code, ==, COAP_CONTENT);
        bench_assert_block(&response, COAP_OPTION_BLOCK2, BLOCK(0, true, 6));
        g_assert_cmpuint(bench_uint(&response, COAP_OPTION_SIZE2), ==, 2500);
        g_assert_cmpmem(response.payload, response.payload_len, bench_pattern(), 1024);
        option = coap_message_next(&response, COAP_OPTION_ETAG, &position);
        g_assert_nonnull(option);
        g_assert_cmpuint(option->len, ==, sizeof(etag));
        memcpy(etag, option->value, sizeof(etag));

        /* From the snapshot, though the resource has changed. */
        bench->reply.payload++;
        response = get_block(bench, "3", 1, 6);
        bench_assert_block(&response, COAP_OPTION_BLOCK2, BLOCK(1, true, 6));
        g_assert_cmpmem(response.payload, response.payload_len, bench_pattern() + 1024, 1024);
        g_assert_false(bench_has(&response, COAP_OPTION_SIZE2));
        response = get_block(bench, "3", 2, 6);
        bench_assert_block(&response, COAP_OPTION_BLOCK2, BLOCK(2, false, 6));
        g_assert_cmpmem(response.payload, response.payload_len, bench_pattern() + 2048, 452);
        position = 0;
        option = coap_message_next(&response, COAP_OPTION_ETAG, &position);
        g_assert_cmpmem(option->value, option->len, etag, sizeof(etag));
        g_assert_cmpuint(bench->requests, ==, 1);

        /* Beyond the end. */
        response = get_block(bench, "3", 3, 6);
        g_assert_cmpint(response.code, ==, COAP_BAD_REQUEST);

        /* Block 0 is asked anew, and is something else. */
        response = get_block(bench, "3", 0, 6);
        g_assert_cmpuint(bench->requests, ==, 2);
        position = 0;
        option = coap_message_next(&response, COAP_OPTION_ETAG, &position);
        g_assert_cmpint(memcmp(option->value, etag, sizeof(etag)), !=, 0);
}

/* RFC 7959, 3.1, figures 3 and 4: smaller blocks, asked for at the beginning or on the way. */
static void test_block2_negotiation(void)
{
        g_autoptr(Bench) bench = bench_replying(300);
        CoapMessage response = get_block(bench, "3", 0, 2);

        bench_assert_block(&response, COAP_OPTION_BLOCK2, BLOCK(0, true, 2));
        g_assert_cmpuint(response.payload_len, ==, 64);
        response = get_block(bench, "3", 2, 1);
        bench_assert_block(&response, COAP_OPTION_BLOCK2, BLOCK(2, true, 1));
        g_assert_cmpmem(response.payload, response.payload_len, bench_pattern() + 64, 32);
        g_assert_cmpuint(bench->requests, ==, 1);

        /* Larger than ours: ours, beginning at the same octet. */
        endpoint_set_max_message(bench->endpoint, 140);
        response = get_block(bench, "3", 1, 4);
        bench_assert_block(&response, COAP_OPTION_BLOCK2, BLOCK(4, false, 2));
        g_assert_cmpmem(response.payload, response.payload_len, bench_pattern() + 256, 44);
}

/* RFC 7959, 2.4: any block without those before; a snapshot is taken for those after. */
static void test_block2_random_access(void)
{
        g_autoptr(Bench) bench = bench_replying(100);
        CoapMessage response = get_block(bench, "3", 3, 1);

        g_assert_cmpint(response.code, ==, COAP_CONTENT);
        bench_assert_block(&response, COAP_OPTION_BLOCK2, BLOCK(3, false, 1));
        g_assert_cmpmem(response.payload, response.payload_len, bench_pattern() + 96, 4);
        get_block(bench, "3", 1, 1);
        g_assert_cmpuint(bench->requests, ==, 1);

        response = get_block(bench, "4", 4, 1);
        g_assert_cmpint(response.code, ==, COAP_BAD_REQUEST);
        bench->reply.payload_len = 10;
        response = get_block(bench, "5", 1, 0);
        g_assert_cmpint(response.code, ==, COAP_BAD_REQUEST);
        response = get_block(bench, "5", 0, 0);
        bench_assert_block(&response, COAP_OPTION_BLOCK2, BLOCK(0, false, 0));
        g_assert_cmpuint(response.payload_len, ==, 10);

        /* An error is not a part of anything. */
        bench->reply = (CoapMessage){.code = COAP_NOT_FOUND};
        response = get_block(bench, "6", 1, 0);
        g_assert_cmpint(response.code, ==, COAP_NOT_FOUND);
        g_assert_false(bench_has(&response, COAP_OPTION_BLOCK2));
}

/* RFC 7959, 2.2: size 7 */
static void test_block2_bad(void)
{
        g_autoptr(Bench) bench = bench_replying(100);

        g_assert_cmpint(get_block(bench, "3", 0, 7).code, ==, COAP_BAD_REQUEST);
        g_assert_cmpuint(bench->requests, ==, 0);
}

/* A request with an effect is not made again for a later block of its answer. */
static void test_block2_not_safe(void)
{
        g_autoptr(Bench) bench = bench_replying(100);
        CoapMessage request = {.type = COAP_CON, .code = COAP_POST, .id = bench_next_id()},
                    response;

        coap_message_add_uint(&request, COAP_OPTION_BLOCK2, BLOCK(1, false, 1));
        bench_receive_message(bench, &request);
        response = bench_take(bench);
        g_assert_cmpint(response.code, ==, COAP_REQUEST_ENTITY_INCOMPLETE);
        g_assert_cmpuint(bench->requests, ==, 0);
}

/* RFC 7959, 2.6: Observe counts with block 0 only. */
static void test_block2_observe(void)
{
        g_autoptr(Bench) bench = bench_replying(100);
        CoapMessage request = {.type = COAP_CON, .code = COAP_GET, .id = bench_next_id()}, response;

        coap_message_add_uint(&request, COAP_OPTION_OBSERVE, 0);
        coap_message_add_uint(&request, COAP_OPTION_BLOCK2, BLOCK(0, false, 1));
        coap_message_add_uint(&bench->reply, COAP_OPTION_OBSERVE, 5);
        bench_receive_message(bench, &request);
        response = bench_take(bench);
        g_assert_true(bench->request_observe);
        g_assert_cmpuint(bench_uint(&response, COAP_OPTION_OBSERVE), ==, 5);

        request = (CoapMessage){.type = COAP_CON, .code = COAP_GET, .id = bench_next_id()};
        coap_message_add_uint(&request, COAP_OPTION_BLOCK2, BLOCK(1, false, 1));
        bench_receive_message(bench, &request);
        response = bench_take(bench);
        g_assert_cmpuint(bench->requests, ==, 1);
        g_assert_false(bench_has(&response, COAP_OPTION_OBSERVE));

        request = (CoapMessage){.type = COAP_CON, .code = COAP_GET, .id = bench_next_id()};
        coap_message_add_text(&request, COAP_OPTION_URI_PATH, "other");
        coap_message_add_uint(&request, COAP_OPTION_OBSERVE, 0);
        coap_message_add_uint(&request, COAP_OPTION_BLOCK2, BLOCK(1, false, 1));
        bench_receive_message(bench, &request);
        g_assert_cmpuint(bench->requests, ==, 2);
        g_assert_false(bench->request_observe);
}

/* No room for the options of a block. */
static void test_block2_too_many_options(void)
{
        g_autoptr(Bench) bench = bench_replying(2000);

        for (unsigned i = 0; i < COAP_OPTIONS_MAX - 1; i++)
                coap_message_add_text(&bench->reply, COAP_OPTION_LOCATION_PATH, "");
        g_assert_cmpint(get_block(bench, "3", 0, 6).code, ==, COAP_INTERNAL_SERVER_ERROR);
}

/* RFC 7959, 4: the size when it is asked for. */
static void test_block2_size(void)
{
        g_autoptr(Bench) bench = bench_replying(100);
        CoapMessage request = {.type = COAP_CON, .code = COAP_GET, .id = bench_next_id()}, response;

        coap_message_add_uint(&request, COAP_OPTION_BLOCK2, BLOCK(1, false, 1));
        coap_message_add_uint(&request, COAP_OPTION_SIZE2, 0);
        bench_receive_message(bench, &request);
        response = bench_take(bench);
        g_assert_cmpuint(bench_uint(&response, COAP_OPTION_SIZE2), ==, 100);
}

/* Snapshots last EXCHANGE_LIFETIME from the last block, and make room for each other. */
static void test_block2_snapshots(void)
{
        g_autoptr(Bench) bench = bench_replying(2000);
        char path[8];

        get_block(bench, "3", 0, 6);
        clock_advance(bench->clock, SECONDS(240));
        get_block(bench, "3", 1, 6);
        clock_advance(bench->clock, SECONDS(240));
        get_block(bench, "3", 1, 6);
        g_assert_cmpuint(bench->requests, ==, 1);
        clock_advance(bench->clock, SECONDS(247));
        g_assert_cmpint(clock_next_deadline(bench->clock), ==, CLOCK_NEVER);
        get_block(bench, "3", 1, 6);
        g_assert_cmpuint(bench->requests, ==, 2);

        for (unsigned i = 0; i < ENDPOINT_MAX_TRANSFERS; i++) {
                clock_advance(bench->clock, 1);
                g_snprintf(path, sizeof(path), "p%u", i);
                get_block(bench, path, 0, 6);
        }
        g_assert_cmpuint(bench->requests, ==, 2 + ENDPOINT_MAX_TRANSFERS);
        get_block(bench, "p1", 1, 6);
        g_assert_cmpuint(bench->requests, ==, 2 + ENDPOINT_MAX_TRANSFERS);
        get_block(bench, "3", 1, 6);
        g_assert_cmpuint(bench->requests, ==, 3 + ENDPOINT_MAX_TRANSFERS);
}

static void put_block(Bench *bench, uint32_t num)
{
        CoapMessage request = {.type = COAP_CON, .code = COAP_PUT, .id = bench_next_id()};

        coap_message_add_uint(&request, COAP_OPTION_BLOCK1, BLOCK(num, true, 6));
        request.payload = bench_pattern();
        request.payload_len = 1024;
        bench_receive_message(bench, &request);
        g_assert_cmpint(bench_take(bench).code, ==, COAP_CONTINUE);
}

/* ENDPOINT_MAX_TRANSFER_OCTETS: long ones push out long ones, and the last one still arrives whole.
 */
static void test_block2_octets(void)
{
        g_autofree uint8_t *body = g_malloc0(900 * 1024);
        g_autoptr(Bench) bench = bench_replying(0);
        CoapMessage response;

        bench->reply.payload = body;
        bench->reply.payload_len = 900 * 1024;
        get_block(bench, "1", 0, 6);
        clock_advance(bench->clock, 1);
        get_block(bench, "2", 0, 6);
        clock_advance(bench->clock, 1);
        get_block(bench, "3", 0, 6);
        response = get_block(bench, "3", 899, 6);
        bench_assert_block(&response, COAP_OPTION_BLOCK2, BLOCK(899, false, 6));
        g_assert_cmpuint(response.payload_len, ==, 1024);
        clock_advance(bench->clock, 1);
        get_block(bench, "2", 1, 6);
        g_assert_cmpuint(bench->requests, ==, 3);
        clock_advance(bench->clock, 1);
        get_block(bench, "1", 1, 6);
        g_assert_cmpuint(bench->requests, ==, 4);

        /* What the peer sends, and what we ask, push them out too. */
        for (uint32_t num = 0; num < 1000; num++)
                put_block(bench, num);
        bench_ask(bench, COAP_POST, 2000);
        bench_take(bench);
        get_block(bench, "2", 1, 6);
        g_assert_cmpuint(bench->requests, ==, 5);
}

/* RFC 7959, 3.3, figure 11: the body in blocks, then the answer in blocks. */
static void test_combined(void)
{
        g_autoptr(Bench) bench = bench_replying(90);
        CoapMessage request = {.type = COAP_CON, .code = COAP_FETCH, .id = bench_next_id()},
                    response;

        coap_message_add_uint(&request, COAP_OPTION_CONTENT_FORMAT, 112);
        coap_message_add_uint(&request, COAP_OPTION_BLOCK1, BLOCK(0, true, 1));
        request.payload = bench_pattern();
        request.payload_len = 32;
        bench_receive_message(bench, &request);
        response = bench_take(bench);
        g_assert_cmpint(response.code, ==, COAP_CONTINUE);

        coap_message_remove(&request, COAP_OPTION_BLOCK1);
        coap_message_add_uint(&request, COAP_OPTION_BLOCK1, BLOCK(1, false, 1));
        coap_message_add_uint(&request, COAP_OPTION_BLOCK2, BLOCK(0, false, 1));
        request.id = bench_next_id();
        request.payload += 32;
        request.payload_len = 8;
        bench_receive_message(bench, &request);
        response = bench_take(bench);
        g_assert_cmpint(response.code, ==, COAP_CONTENT);
        bench_assert_block(&response, COAP_OPTION_BLOCK1, BLOCK(1, false, 1));
        bench_assert_block(&response, COAP_OPTION_BLOCK2, BLOCK(0, true, 1));
        g_assert_cmpuint(bench->request_body->len, ==, 40);

        request = (CoapMessage){.type = COAP_CON, .code = COAP_FETCH, .id = bench_next_id()};
        coap_message_add_uint(&request, COAP_OPTION_BLOCK2, BLOCK(2, false, 1));
        bench_receive_message(bench, &request);
        response = bench_take(bench);
        bench_assert_block(&response, COAP_OPTION_BLOCK2, BLOCK(2, false, 1));
        g_assert_cmpmem(response.payload, response.payload_len, bench_pattern() + 64, 26);
        g_assert_false(bench_has(&response, COAP_OPTION_BLOCK1));
        g_assert_cmpuint(bench->requests, ==, 1);
}

static CoapMessage fetch(Bench *bench, const char *payload, uint32_t num)
{
        CoapMessage request = {.type = COAP_CON,
                               .code = COAP_FETCH,
                               .id = bench_next_id(),
                               .payload = (const uint8_t *) payload,
                               .payload_len = strlen(payload)};

        coap_message_add_uint(&request, COAP_OPTION_BLOCK2, BLOCK(num, false, 1));
        bench_receive_message(bench, &request);
        return bench_take(bench);
}

/* RFC 8132, 2.1: what is asked for is in the payload. Who leaves it out means the last one. */
static void test_fetch(void)
{
        g_autoptr(Bench) bench = bench_replying(90);

        fetch(bench, "a", 0);
        bench->reply.payload_len = 60;
        fetch(bench, "b", 0);
        g_assert_cmpuint(fetch(bench, "a", 2).payload_len, ==, 26);
        g_assert_cmpuint(fetch(bench, "b", 1).payload_len, ==, 28);
        clock_advance(bench->clock, 1);
        fetch(bench, "b", 1);
        g_assert_cmpuint(fetch(bench, "", 1).payload_len, ==, 28);
        clock_advance(bench->clock, 1);
        fetch(bench, "a", 1);
        g_assert_cmpuint(fetch(bench, "", 2).payload_len, ==, 26);
        g_assert_cmpuint(bench->requests, ==, 2);
}

/* Every message the endpoint sends fits the transport. */
static void test_fits_transport(void)
{
        g_autoptr(Bench) bench = bench_replying(200);

        for (size_t max = 64; max <= 300; max += 3) {
                CoapMessage response;

                endpoint_set_max_message(bench->endpoint, max);
                response = get_block(bench, "3", -1, 0);
                g_assert_cmpuint(coap_message_size(&response), <=, max);
                if (max >= 210)
                        g_assert_false(bench_has(&response, COAP_OPTION_BLOCK2));
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/block2/rfc7959-3.1-simple", test_block2_simple);
        g_test_add_func("/block2/rfc7959-3.1-negotiation", test_block2_negotiation);
        g_test_add_func("/block2/rfc7959-2.4-random-access", test_block2_random_access);
        g_test_add_func("/block2/rfc7959-2.2-bad", test_block2_bad);
        g_test_add_func("/block2/not-safe", test_block2_not_safe);
        g_test_add_func("/block2/rfc7959-2.6-observe", test_block2_observe);
        g_test_add_func("/block2/rfc7959-4-size", test_block2_size);
        g_test_add_func("/block2/too-many-options", test_block2_too_many_options);
        g_test_add_func("/block2/snapshots", test_block2_snapshots);
        g_test_add_func("/block2/octets", test_block2_octets);
        g_test_add_func("/block/rfc7959-3.3-combined", test_combined);
        g_test_add_func("/block/rfc8132-2.1-fetch", test_fetch);
        g_test_add_func("/block/fits-transport", test_fits_transport);
        return g_test_run();
}
