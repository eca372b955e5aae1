/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The message side of observation (RFC 7641). */
#include "bench.h"

#include <errno.h>

static const CoapToken token_a = {2, {0xAA, 1}};
static const CoapToken token_b = {2, {0xBB, 2}};

/* A notification of the pattern's first `len` octets, with that sequence number. */
static int notify(Bench *bench, const CoapToken *token, uint32_t sequence, size_t len,
                  bool confirmable)
{
        CoapMessage key = {.code = COAP_GET};
        CoapMessage notification = {
                .code = COAP_CONTENT, .payload = bench_pattern(), .payload_len = len};

        coap_message_add_text(&key, COAP_OPTION_URI_PATH, "3");
        coap_message_add_uint(&notification, COAP_OPTION_OBSERVE, sequence);
        return endpoint_notify(bench->endpoint, token, &key, &notification, confirmable);
}

static CoapMessage take(Bench *bench, CoapType type, const CoapToken *token, uint32_t sequence)
{
        CoapMessage message = bench_take(bench);

        g_assert_cmpint(message.type, ==, type);
        g_assert_cmpint(message.code, ==, COAP_CONTENT);
        g_assert_true(coap_token_equal(&message.token, token));
        g_assert_cmpuint(bench_uint(&message, COAP_OPTION_OBSERVE), ==, sequence);
        return message;
}

static void receive_empty(Bench *bench, CoapType type, uint16_t id)
{
        bench_receive_message(bench, &(CoapMessage){.type = type, .id = id});
}

static void assert_told(Bench *bench, unsigned count, const CoapToken *token, int result)
{
        g_assert_cmpuint(bench->notifications, ==, count);
        g_assert_cmpint(bench->notification_result, ==, result);
        g_assert_true(coap_token_equal(&bench->notification_token, token));
}

static void test_confirmable(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        g_assert_cmpint(notify(bench, &token_a, 1, 5, true), ==, 0);
        sent = take(bench, COAP_CON, &token_a, 1);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 1);
        receive_empty(bench, COAP_ACK, sent.id);
        assert_told(bench, 1, &token_a, 0);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 0);

        /* It is acknowledged: a late Reset is nobody's. */
        receive_empty(bench, COAP_RST, sent.id);
        g_assert_cmpuint(bench->notifications, ==, 1);
}

/* RFC 7641, 4.5: no acknowledgement in the end. */
static void test_timeout(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);

        notify(bench, &token_a, 1, 5, true);
        clock_advance(bench->clock, SECONDS(62));
        g_assert_cmpuint(bench->sent.length, ==, 5);
        assert_told(bench, 1, &token_a, -ETIMEDOUT);
        g_assert_cmpint(clock_next_deadline(bench->clock), ==, CLOCK_NEVER);
}

/* RFC 7641, 3.6 */
/* Who does not acknowledge one is not asked about each of the others for as long again. */
static void test_timeout_of_all(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapToken tokens[20] = {0};

        for (uint8_t i = 0; i < G_N_ELEMENTS(tokens); i++) {
                tokens[i] = (CoapToken){1, {i}};
                g_assert_cmpint(notify(bench, &tokens[i], i, 5, true), ==, 0);
        }
        clock_advance(bench->clock, SECONDS(62) - 1);
        g_assert_cmpuint(bench->notifications, ==, 0);
        clock_advance(bench->clock, 1);
        g_assert_cmpuint(bench->notifications, ==, G_N_ELEMENTS(tokens));
        g_assert_cmpint(bench->notification_result, ==, -ETIMEDOUT);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 0);
        for (int i = 0; i < 5; i++)
                take(bench, COAP_CON, &tokens[0], 0);
        bench_expect_nothing(bench);
        /* The next begins anew. */
        g_assert_cmpint(notify(bench, &tokens[2], 30, 5, true), ==, 0);
        take(bench, COAP_CON, &tokens[2], 30);
}

static void test_reset(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        notify(bench, &token_a, 1, 5, true);
        sent = take(bench, COAP_CON, &token_a, 1);
        notify(bench, &token_a, 2, 5, true);
        receive_empty(bench, COAP_RST, sent.id);
        assert_told(bench, 1, &token_a, -ECONNRESET);
        clock_advance(bench->clock, SECONDS(100));
        bench_expect_nothing(bench);
}

/* RFC 7641, 3.6: also of those that are not confirmable, while their ID is unique. */
static void test_reset_non(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage first, second, other;

        notify(bench, &token_a, 1, 5, false);
        first = take(bench, COAP_NON, &token_a, 1);
        notify(bench, &token_b, 1, 5, false);
        other = take(bench, COAP_NON, &token_b, 1);
        notify(bench, &token_a, 2, 5, false);
        second = take(bench, COAP_NON, &token_a, 2);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 0);

        receive_empty(bench, COAP_RST, first.id);
        assert_told(bench, 1, &token_a, -ECONNRESET);
        receive_empty(bench, COAP_RST, second.id); /* the observation is over already */
        g_assert_cmpuint(bench->notifications, ==, 1);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->unexpected, ==, 1);

        clock_advance(bench->clock, SECONDS(145));
        receive_empty(bench, COAP_RST, other.id);
        g_assert_cmpuint(bench->notifications, ==, 1);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->unexpected, ==, 2);
}

/* RFC 7641, 4.5.2: the newer one takes the place at the next retransmission; count and timeout go
 * on. */
static void test_replaced(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage first, second;

        notify(bench, &token_a, 1, 5, true);
        first = take(bench, COAP_CON, &token_a, 1);
        notify(bench, &token_a, 2, 5, true);
        notify(bench, &token_a, 3, 5, false);
        bench_expect_nothing(bench);
        clock_advance(bench->clock, SECONDS(2));
        second = take(bench, COAP_CON, &token_a, 3);
        g_assert_cmpint(second.id, !=, first.id);

        clock_advance(bench->clock, SECONDS(4) - 1);
        bench_expect_nothing(bench);
        clock_advance(bench->clock, 1);
        g_assert_cmpint(take(bench, COAP_CON, &token_a, 3).id, ==, second.id);
        clock_advance(bench->clock, SECONDS(8 + 16 + 32));
        g_assert_cmpuint(bench->sent.length, ==, 2); /* five transmissions in all */
        assert_told(bench, 1, &token_a, -ETIMEDOUT);
}

/* RFC 7641, 4.5.2: the older one was acknowledged in time: the newer is sent as it was meant. */
static void test_replaced_acknowledged(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        notify(bench, &token_a, 1, 5, true);
        sent = take(bench, COAP_CON, &token_a, 1);
        notify(bench, &token_a, 2, 5, false);
        receive_empty(bench, COAP_ACK, sent.id);
        assert_told(bench, 1, &token_a, 0);
        take(bench, COAP_NON, &token_a, 2);
        bench_expect_nothing(bench);

        notify(bench, &token_a, 3, 5, true);
        sent = take(bench, COAP_CON, &token_a, 3);
        notify(bench, &token_a, 4, 5, true);
        receive_empty(bench, COAP_ACK, sent.id);
        sent = take(bench, COAP_CON, &token_a, 4);
        receive_empty(bench, COAP_ACK, sent.id);
        assert_told(bench, 2, &token_a, 0);
}

/* A Reset to the one whose place was taken still cancels. */
static void test_replaced_reset(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage first;

        notify(bench, &token_a, 1, 5, true);
        first = take(bench, COAP_CON, &token_a, 1);
        notify(bench, &token_a, 2, 5, true);
        clock_advance(bench->clock, SECONDS(2));
        take(bench, COAP_CON, &token_a, 2);
        receive_empty(bench, COAP_RST, first.id);
        assert_told(bench, 1, &token_a, -ECONNRESET);
        clock_advance(bench->clock, SECONDS(100));
        bench_expect_nothing(bench);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 0);
}

/* NSTART (RFC 7252, 4.7): what has not been sent yet is simply the newest. */
static void test_waiting(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        notify(bench, &token_a, 1, 5, true);
        sent = take(bench, COAP_CON, &token_a, 1);
        notify(bench, &token_b, 1, 5, true);
        notify(bench, &token_b, 2, 5, true);
        bench_expect_nothing(bench);
        receive_empty(bench, COAP_ACK, sent.id);
        sent = take(bench, COAP_CON, &token_b, 2);
        receive_empty(bench, COAP_ACK, sent.id);
        bench_expect_nothing(bench);
        assert_told(bench, 2, &token_b, 0);
}

/* NSTART: a request does not wait behind notifications. */
static void test_waiting_request(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        notify(bench, &token_a, 1, 5, true);
        sent = take(bench, COAP_CON, &token_a, 1);
        notify(bench, &token_b, 1, 5, true);
        bench_ask(bench, COAP_POST, 0);
        bench_expect_nothing(bench);
        receive_empty(bench, COAP_ACK, sent.id);
        sent = bench_take(bench);
        g_assert_cmpint(sent.code, ==, COAP_POST);
        receive_empty(bench, COAP_ACK, sent.id);
        take(bench, COAP_CON, &token_b, 1);
}

static void test_forget(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage con, non;

        notify(bench, &token_b, 1, 5, false);
        non = take(bench, COAP_NON, &token_b, 1);
        notify(bench, &token_a, 1, 5, true);
        con = take(bench, COAP_CON, &token_a, 1);
        notify(bench, &token_a, 2, 5, true);
        endpoint_forget_notifications(bench->endpoint, &token_a);
        endpoint_forget_notifications(bench->endpoint, &token_b);
        clock_advance(bench->clock, SECONDS(10));
        receive_empty(bench, COAP_ACK, con.id);
        receive_empty(bench, COAP_RST, non.id);
        clock_advance(bench->clock, SECONDS(100));
        bench_expect_nothing(bench);
        g_assert_cmpuint(bench->notifications, ==, 0);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 0);
}

/* RFC 7959, 2.6: block 0 is notified, the rest is asked for without Observe. */
static void test_long(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent, get = {.type = COAP_CON, .code = COAP_GET, .id = 9, .token = {1, {5}}};

        notify(bench, &token_a, 7, 2000, true);
        sent = take(bench, COAP_CON, &token_a, 7);
        bench_assert_block(&sent, COAP_OPTION_BLOCK2, BLOCK(0, true, 6));
        g_assert_cmpuint(bench_uint(&sent, COAP_OPTION_SIZE2), ==, 2000);
        g_assert_true(bench_has(&sent, COAP_OPTION_ETAG));
        g_assert_cmpmem(sent.payload, sent.payload_len, bench_pattern(), 1024);

        coap_message_add_text(&get, COAP_OPTION_URI_PATH, "3");
        coap_message_add_uint(&get, COAP_OPTION_BLOCK2, BLOCK(1, false, 6));
        bench_receive_message(bench, &get);
        sent = bench_take(bench);
        g_assert_cmpint(sent.code, ==, COAP_CONTENT);
        g_assert_cmpint(sent.token.data[0], ==, 5);
        g_assert_false(bench_has(&sent, COAP_OPTION_OBSERVE));
        bench_assert_block(&sent, COAP_OPTION_BLOCK2, BLOCK(1, false, 6));
        g_assert_cmpmem(sent.payload, sent.payload_len, bench_pattern() + 1024, 976);
        g_assert_cmpuint(bench->requests, ==, 0);
}

static void test_small_transport(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        endpoint_set_max_message(bench->endpoint, 140);
        notify(bench, &token_a, 7, 200, false);
        sent = take(bench, COAP_NON, &token_a, 7);
        g_assert_cmpuint(coap_message_size(&sent), <=, 140);
        bench_assert_block(&sent, COAP_OPTION_BLOCK2, BLOCK(0, true, 2));
        endpoint_set_max_message(bench->endpoint, 20);
        g_assert_cmpint(notify(bench, &token_a, 8, 200, false), ==, -EMSGSIZE);
}

static CoapToken numbered(unsigned i)
{
        return (CoapToken){2, {(uint8_t) (i >> 8), (uint8_t) i}};
}

static void test_limits(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapToken token;
        uint16_t first;

        for (unsigned i = 0; i < ENDPOINT_MAX_NOTIFICATIONS; i++) {
                token = numbered(i);
                g_assert_cmpint(notify(bench, &token, 1, 5, true), ==, 0);
        }
        token = numbered(ENDPOINT_MAX_NOTIFICATIONS);
        g_assert_cmpint(notify(bench, &token, 1, 5, true), ==, -ENOSPC);
        token = numbered(0);
        g_assert_cmpint(notify(bench, &token, 2, 5, true), ==, 0);
        bench_take(bench);

        /* Of those that are not confirmable the oldest is forgotten. */
        token = numbered(0);
        endpoint_forget_notifications(bench->endpoint, &token);
        bench_take(bench);
        for (unsigned i = 0; i <= ENDPOINT_MAX_NOTIFICATIONS; i++) {
                token = numbered(2000 + i);
                g_assert_cmpint(notify(bench, &token, 1, 5, false), ==, 0);
        }
        first = bench_take(bench).id;
        receive_empty(bench, COAP_RST, first);
        g_assert_cmpuint(bench->notifications, ==, 0);
        receive_empty(bench, COAP_RST, (uint16_t) (first + 1));
        token = numbered(2001);
        assert_told(bench, 1, &token, -ECONNRESET);
}

/* RFC 7641, 4.2: the first response is a notification too, and may be rejected: separate, or not
 * confirmable. */
static void test_first_response(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        coap_message_add_uint(&bench->reply, COAP_OPTION_OBSERVE, 1);
        bench_receive(bench, "42 01 1234 AA01 60");
        g_assert_true(bench->request_observe);
        clock_advance(bench->clock, SECONDS(1));
        bench_expect(bench, "60 00 1234");
        endpoint_reply(bench->incoming, &bench->reply);
        sent = take(bench, COAP_CON, &token_a, 1);
        receive_empty(bench, COAP_RST, sent.id);
        assert_told(bench, 1, &token_a, -ECONNRESET);

        bench_receive(bench, "52 01 1235 BB02 60");
        endpoint_reply(bench->incoming, &bench->reply);
        sent = take(bench, COAP_NON, &token_b, 1);
        receive_empty(bench, COAP_RST, sent.id);
        assert_told(bench, 2, &token_b, -ECONNRESET);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/notification/confirmable", test_confirmable);
        g_test_add_func("/notification/rfc7641-4.5-timeout", test_timeout);
        g_test_add_func("/notification/timeout-of-all", test_timeout_of_all);
        g_test_add_func("/notification/rfc7641-3.6-reset", test_reset);
        g_test_add_func("/notification/rfc7641-3.6-reset-non", test_reset_non);
        g_test_add_func("/notification/rfc7641-4.5.2-replaced", test_replaced);
        g_test_add_func("/notification/rfc7641-4.5.2-acknowledged", test_replaced_acknowledged);
        g_test_add_func("/notification/rfc7641-4.5.2-reset", test_replaced_reset);
        g_test_add_func("/notification/rfc7252-4.7-waiting", test_waiting);
        g_test_add_func("/notification/waiting-request", test_waiting_request);
        g_test_add_func("/notification/forget", test_forget);
        g_test_add_func("/notification/rfc7959-2.6-long", test_long);
        g_test_add_func("/notification/small-transport", test_small_transport);
        g_test_add_func("/notification/limits", test_limits);
        g_test_add_func("/notification/rfc7641-4.2-first-response", test_first_response);
        return g_test_run();
}
