/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench.h"

#include <errno.h>
#include <string.h>

static void request(Bench *bench)
{
        CoapMessage message = {.type = COAP_CON, .code = COAP_GET};

        g_assert_cmpint(endpoint_request(bench->endpoint, &message, bench_on_response, bench, NULL),
                        ==, 0);
}

/* RFC 7252, 4.2 and 4.8: 2 s doubled four times, then given up after MAX_TRANSMIT_WAIT without the
 * random factor. */
static void test_back_off(void)
{
        static const unsigned waits[] = {2, 4, 8, 16};
        g_autoptr(Bench) bench = bench_new(NULL);
        g_autoptr(GBytes) first = NULL;

        request(bench);
        first = g_queue_pop_head(&bench->sent);
        for (size_t i = 0; i < G_N_ELEMENTS(waits); i++) {
                g_autoptr(GBytes) again = NULL;

                clock_advance(bench->clock, SECONDS(waits[i]) - 1);
                bench_expect_nothing(bench);
                clock_advance(bench->clock, 1);
                again = g_queue_pop_head(&bench->sent);
                g_assert_nonnull(again);
                g_assert_true(g_bytes_equal(first, again));
        }
        clock_advance(bench->clock, SECONDS(32) - 1);
        g_assert_cmpuint(bench->responses, ==, 0);
        clock_advance(bench->clock, 1);
        bench_expect_nothing(bench);
        g_assert_cmpuint(bench->responses, ==, 1);
        g_assert_cmpint(bench->result, ==, -ETIMEDOUT);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->retransmissions, ==, 4);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->timeouts, ==, 1);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->sent, ==, 5);
        g_assert_cmpint(clock_next_deadline(bench->clock), ==, CLOCK_NEVER);
}

/* RFC 7252, 4.2: the first timeout is drawn from [ACK_TIMEOUT, ACK_TIMEOUT * ACK_RANDOM_FACTOR],
 * and all of that is used; the later ones double it. */
static void test_jitter(void)
{
        EndpointConfig config = endpoint_config_default();
        gint64 low = G_MAXINT64, high = 0;

        for (unsigned i = 0; i < 300; i++) {
                g_autoptr(Bench) bench = bench_new(&config);
                gint64 begin = clock_now(bench->clock), wait;

                request(bench);
                wait = clock_next_deadline(bench->clock) - begin;
                g_assert_cmpint(wait, >=, SECONDS(2));
                g_assert_cmpint(wait, <=, SECONDS(3));
                low = MIN(low, wait);
                high = MAX(high, wait);
                clock_advance(bench->clock, wait);
                g_assert_cmpint(clock_next_deadline(bench->clock) - clock_now(bench->clock), ==,
                                2 * wait);
        }
        g_assert_cmpint(low, <, SECONDS(2) + SECONDS(1) / 10);
        g_assert_cmpint(high, >, SECONDS(3) - SECONDS(1) / 10);
}

/* RFC 7252, 4.7 */
static void assert_nstart(uint8_t nstart)
{
        EndpointConfig config = bench_config();
        g_autoptr(Bench) bench = NULL;
        CoapMessage sent;

        config.nstart = nstart;
        bench = bench_new(&config);
        for (unsigned i = 0; i < 6; i++)
                request(bench);
        g_assert_cmpuint(bench->sent.length, ==, nstart);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 6);

        /* An acknowledgement makes room, an answer is not needed. */
        sent = bench_take(bench);
        bench_receive_message(bench, &(CoapMessage){.type = COAP_ACK, .id = sent.id});
        g_assert_cmpuint(bench->sent.length, ==, nstart);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 6);

        /* So does giving up. */
        g_queue_clear_full(&bench->sent, (GDestroyNotify) g_bytes_unref);
        clock_advance(bench->clock, SECONDS(62));
        g_assert_cmpuint(bench->responses, ==, nstart);
        g_assert_cmpuint(bench->sent.length, ==, 4 * nstart + MIN(nstart, 5 - nstart));
}

static void test_nstart(void)
{
        assert_nstart(1);
        assert_nstart(2);
}

/* IDs are given in the order of sending, one by one (RFC 7252, 4.4). */
static void test_ids(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        uint16_t id;

        request(bench);
        request(bench);
        id = bench_take(bench).id;
        bench_receive_message(bench, &(CoapMessage){.type = COAP_ACK, .id = id});
        g_assert_cmpint(bench_take(bench).id, ==, (uint16_t) (id + 1));
        g_assert_cmpuint(bench->sent.length, ==, 0);
}

/* RFC 7252, 4.2: only the message that has this ID. */
static void test_other_id(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage sent;

        request(bench);
        sent = bench_take(bench);
        bench_receive_message(bench,
                              &(CoapMessage){.type = COAP_ACK, .id = (uint16_t) (sent.id + 1)});
        bench_receive_message(bench,
                              &(CoapMessage){.type = COAP_RST, .id = (uint16_t) (sent.id - 1)});
        g_assert_cmpuint(bench->responses, ==, 0);
        clock_advance(bench->clock, SECONDS(2));
        g_assert_cmpint(bench_take(bench).id, ==, sent.id);
}

/* A message the transport did not take is as good as lost. */
static void test_send_fails(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);

        bench->send_error = -ENETUNREACH;
        request(bench);
        bench->send_error = 0;
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->sent, ==, 0);
        clock_advance(bench->clock, SECONDS(2));
        bench_take(bench);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->sent, ==, 1);
}

static Bench *not_reliable(void)
{
        EndpointConfig config = bench_config();

        config.reliable = false;
        config.ack_timeout_ms = 180000;
        return bench_new(&config);
}

/* What it does not take there has failed, but not before the call returns; what waited follows. */
static void test_refused(void)
{
        g_autoptr(Bench) bench = not_reliable();

        bench->send_error = -EDQUOT;
        request(bench);
        bench->send_error = 0;
        request(bench);
        g_assert_cmpuint(bench->responses, ==, 0);
        bench_expect_nothing(bench);
        clock_advance(bench->clock, 0);
        g_assert_cmpuint(bench->responses, ==, 1);
        g_assert_cmpint(bench->result, ==, -EDQUOT);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->timeouts, ==, 0);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->sent, ==, 1);
        bench_take(bench);
        clock_advance(bench->clock, SECONDS(180));
        g_assert_cmpint(bench->result, ==, -ETIMEDOUT);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 0);
}

/* So has one that waited for its turn, and one that is not confirmable. */
static void test_refused_later(void)
{
        CoapMessage once = {.type = COAP_NON, .code = COAP_GET};
        g_autoptr(Bench) bench = not_reliable();

        request(bench);
        request(bench);
        bench->send_error = -ENETDOWN;
        clock_advance(bench->clock, SECONDS(180));
        g_assert_cmpuint(bench->responses, ==, 2);
        g_assert_cmpint(bench->result, ==, -ENETDOWN);

        g_assert_cmpint(endpoint_request(bench->endpoint, &once, bench_on_response, bench, NULL),
                        ==, 0);
        g_assert_cmpuint(bench->responses, ==, 2);
        clock_advance(bench->clock, 0);
        g_assert_cmpuint(bench->responses, ==, 3);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->timeouts, ==, 1);
}

/* Over a transport that is not to be repeated on: once, and ACK_TIMEOUT for the answer. */
static void test_not_reliable(void)
{
        g_autoptr(Bench) bench = not_reliable();

        request(bench);
        bench_take(bench);
        clock_advance(bench->clock, SECONDS(180) - 1);
        bench_expect_nothing(bench);
        g_assert_cmpuint(bench->responses, ==, 0);
        clock_advance(bench->clock, 1);
        g_assert_cmpint(bench->result, ==, -ETIMEDOUT);

        /* The reply is the acknowledgement, however late it is. */
        bench_receive(bench, "40 01 1234");
        clock_advance(bench->clock, SECONDS(60));
        bench_expect_nothing(bench);
        endpoint_reply(bench->incoming, &bench->reply);
        bench_expect(bench, "60 45 1234");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/retransmit/rfc7252-4.2-back-off", test_back_off);
        g_test_add_func("/retransmit/rfc7252-4.2-jitter", test_jitter);
        g_test_add_func("/retransmit/rfc7252-4.7-nstart", test_nstart);
        g_test_add_func("/retransmit/rfc7252-4.4-ids", test_ids);
        g_test_add_func("/retransmit/rfc7252-4.2-other-id", test_other_id);
        g_test_add_func("/retransmit/send-fails", test_send_fails);
        g_test_add_func("/retransmit/not-reliable", test_not_reliable);
        g_test_add_func("/retransmit/refused", test_refused);
        g_test_add_func("/retransmit/refused-later", test_refused_later);
        return g_test_run();
}
