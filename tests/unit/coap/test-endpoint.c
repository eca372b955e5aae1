/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench.h"

/* RFC 7252, 5.2.1 */
static void test_piggybacked(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);

        bench->on_request = bench_reply_now;
        bench->reply.payload = (const uint8_t *) "hi";
        bench->reply.payload_len = 2;
        bench_receive(bench, "42 01 1234 AABB B3 666F6F");
        g_assert_cmpuint(bench->requests, ==, 1);
        g_assert_cmpint(bench->request_code, ==, COAP_GET);
        bench_expect(bench, "62 45 1234 AABB FF 6869");
        bench_expect_nothing(bench);
        g_assert_cmpint(clock_next_deadline(bench->clock), ==, CLOCK_NEVER);
}

/* RFC 7252, 5.2.2: acknowledged when it takes long, then the response is confirmable with an ID of
 * its own. */
static void test_separate(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage response;
        uint16_t id;

        bench_receive(bench, "41 01 1234 07");
        clock_advance(bench->clock, SECONDS(1) - 1);
        bench_expect_nothing(bench);
        clock_advance(bench->clock, 1);
        bench_expect(bench, "60 00 1234");
        clock_advance(bench->clock, SECONDS(30));
        bench_expect_nothing(bench);

        endpoint_reply(bench->incoming, &bench->reply);
        response = bench_take(bench);
        g_assert_cmpint(response.type, ==, COAP_CON);
        g_assert_cmpint(response.code, ==, COAP_CONTENT);
        g_assert_cmpint(response.token.len, ==, 1);
        g_assert_cmpint(response.token.data[0], ==, 7);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 1);

        /* Repeated until it is acknowledged. */
        id = response.id;
        clock_advance(bench->clock, SECONDS(2));
        g_assert_cmpint(bench_take(bench).id, ==, id);
        bench_receive_message(bench, &(CoapMessage){.type = COAP_ACK, .id = id});
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 0);
        clock_advance(bench->clock, SECONDS(100));
        bench_expect_nothing(bench);
}

/* RFC 7252, 5.2.2: several wait, each is acknowledged after the same time. */
static void test_separate_several(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapIncoming *first;

        bench_receive(bench, "40 01 0001");
        first = bench->incoming;
        clock_advance(bench->clock, SECONDS(1) / 2);
        bench_receive(bench, "40 01 0002");
        endpoint_reply(first, &bench->reply);
        bench_expect(bench, "60 45 0001");
        clock_advance(bench->clock, SECONDS(1) - 1);
        bench_expect_nothing(bench);
        clock_advance(bench->clock, 1);
        bench_expect(bench, "60 00 0002");
        endpoint_ignore(bench->incoming);
        g_assert_cmpint(clock_next_deadline(bench->clock), ==, CLOCK_NEVER);
}

/* RFC 7252, 5.2.3: NON for NON, and never an acknowledgement (4.3). */
static void test_not_confirmable(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage response;

        bench_receive(bench, "51 01 1234 07");
        clock_advance(bench->clock, SECONDS(5));
        bench_expect_nothing(bench);
        endpoint_reply(bench->incoming, &bench->reply);
        response = bench_take(bench);
        g_assert_cmpint(response.type, ==, COAP_NON);
        g_assert_cmpint(response.token.data[0], ==, 7);
        g_assert_cmpuint(endpoint_pending(bench->endpoint), ==, 0);
}

static void test_ignore(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);

        bench_receive(bench, "40 01 1234");
        coap_incoming_set_data(bench->incoming, bench);
        g_assert_true(coap_incoming_get_data(bench->incoming) == bench);
        endpoint_ignore(bench->incoming);
        clock_advance(bench->clock, SECONDS(5));
        bench_receive(bench, "40 01 1234");
        bench_expect_nothing(bench);
        g_assert_cmpuint(bench->requests, ==, 1);
        bench_receive(bench, "40 01 1235");
        g_assert_null(coap_incoming_get_data(bench->incoming));
}

/* RFC 7252, 5.4.1 and 4.3 */
static void test_critical_option(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);

        bench_receive(bench, "41 01 1234 07 91 00");
        bench_expect(bench, "61 82 1234 07");
        bench_receive(bench, "51 01 1235 07 91 00");
        bench_expect(bench, "70 00 1235");
        /* Elective: passed on as if it were not there. */
        bench->on_request = bench_reply_now;
        bench_receive(bench, "41 01 1236 07 A1 00");
        bench_expect(bench, "61 45 1236 07");
        g_assert_cmpuint(bench->requests, ==, 1);
        /* RFC 7252, 5.4.5: Accept twice */
        bench_receive(bench, "41 01 1237 07 D0 04 00");
        bench_expect(bench, "61 82 1237 07");
}

static void test_too_many_requests(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        CoapMessage request = {.type = COAP_CON, .code = COAP_GET};

        for (unsigned i = 0; i < ENDPOINT_MAX_INCOMING; i++) {
                request.id = (uint16_t) i;
                bench_receive_message(bench, &request);
        }
        bench_expect_nothing(bench);
        /* 5.03 with Max-Age 1 (RFC 7252, 5.9.3.4) */
        bench_receive(bench, "40 01 1234");
        bench_expect(bench, "60 A3 1234 D1 01 01");
        g_assert_cmpuint(bench->requests, ==, ENDPOINT_MAX_INCOMING);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->overflows, ==, 1);

        /* One place is enough. */
        endpoint_reply(bench->incoming, &bench->reply);
        bench_take(bench);
        bench_receive(bench, "40 01 1235");
        g_assert_cmpuint(bench->requests, ==, ENDPOINT_MAX_INCOMING + 1);
}

static void test_free_tells(void)
{
        Bench *bench = bench_new(NULL);

        bench_receive(bench, "40 01 1234");
        bench_receive(bench, "50 01 1235");
        g_clear_pointer(&bench->endpoint, endpoint_free);
        g_assert_cmpuint(bench->gone, ==, 2);
        bench_free(bench);
}

/* RFC 7252, 4.2 and 4.3 */
static void test_malformed(void)
{
        static const char *const ignored[] = {
                "",
                "40",
                "40 01 12", /* no header */
                "80 01 1234",
                "00 01 1234",    /* other versions (3) */
                "50 00 1234",    /* NON, Empty (4.3) */
                "59 01 1234 00", /* NON, a format error */
                "50 20 1234",
                "50 E1 1234", /* NON, a reserved class */
                "60 01 1234",
                "60 E1 1234", /* ACK with a request, with a reserved class (4.2) */
                "61 00 1234 00",
                "6F 45 1234", /* ACK, format errors */
                "70 45 1234",
                "70 01 1234", /* RST that is not Empty (4.2) */
        };
        static const char *const rejected[] = {
                "49 01 1234 000000000000000000", /* token of 9 octets (3) */
                "40 01 1234 FF",                 /* marker without payload (3) */
                "40 01 1234 F0",
                "40 01 1234 12", /* options (3.1) */
                "41 00 1234 00",
                "40 00 1234 FF", /* Empty with more than a header (4.1) */
                "40 20 1234",
                "40 C0 1234",
                "40 E1 1234", /* reserved classes (4.2) */
        };
        g_autoptr(Bench) bench = bench_new(NULL);

        for (size_t i = 0; i < G_N_ELEMENTS(ignored); i++) {
                bench_receive(bench, ignored[i]);
                bench_expect_nothing(bench);
        }
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->malformed, ==, G_N_ELEMENTS(ignored));
        for (size_t i = 0; i < G_N_ELEMENTS(rejected); i++) {
                bench_receive(bench, rejected[i]);
                bench_expect(bench, "70 00 1234");
        }
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->malformed, ==,
                         G_N_ELEMENTS(ignored) + G_N_ELEMENTS(rejected));
        g_assert_cmpuint(bench->requests, ==, 0);
}

/* RFC 7252, 4.3: a confirmable Empty message is a ping. */
static void test_ping(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);

        bench_receive(bench, "40 00 1234");
        bench_expect(bench, "70 00 1234");
        bench_receive(bench, "40 00 1234");
        bench_expect(bench, "70 00 1234");
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->malformed, ==, 0);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->resets_sent, ==, 2);
}

/* RFC 7252, 4.2 and 4.7: junk is not answered without end. */
static void test_junk_flood(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);
        unsigned resets;

        for (unsigned i = 0; i < 10000; i++)
                bench_receive(bench, "40 01 1234 FF");
        resets = bench->sent.length;
        g_assert_cmpuint(resets, >, 0);
        g_assert_cmpuint(resets, <=, 32);
        clock_advance(bench->clock, SECONDS(2));
        bench_receive(bench, "40 01 1234 FF");
        g_assert_cmpuint(bench->sent.length, ==, resets + 1);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->malformed, ==, 10001);
        g_assert_cmpint(clock_next_deadline(bench->clock), ==, CLOCK_NEVER);
}

/* RFC 7252, 4.2 (ACK, RST) and 5.3.2 (responses): nobody waits for these. */
static void test_unexpected(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);

        bench_receive(bench, "60 00 1234");
        bench_receive(bench, "61 45 1234 07");
        bench_receive(bench, "70 00 1234");
        bench_receive(bench, "51 45 1234 07");
        bench_expect_nothing(bench);
        bench_receive(bench, "41 45 1235 07");
        bench_expect(bench, "70 00 1235");
        bench_receive(bench, "41 45 1235 07");
        bench_expect(bench, "70 00 1235");
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->unexpected, ==, 5);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->resets_received, ==, 1);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/endpoint/rfc7252-5.2.1-piggybacked", test_piggybacked);
        g_test_add_func("/endpoint/rfc7252-5.2.2-separate", test_separate);
        g_test_add_func("/endpoint/rfc7252-5.2.2-separate-several", test_separate_several);
        g_test_add_func("/endpoint/rfc7252-5.2.3-non", test_not_confirmable);
        g_test_add_func("/endpoint/ignore", test_ignore);
        g_test_add_func("/endpoint/rfc7252-5.4.1-critical-option", test_critical_option);
        g_test_add_func("/endpoint/too-many-requests", test_too_many_requests);
        g_test_add_func("/endpoint/free-tells", test_free_tells);
        g_test_add_func("/endpoint/rfc7252-4.2-malformed", test_malformed);
        g_test_add_func("/endpoint/rfc7252-4.3-ping", test_ping);
        g_test_add_func("/endpoint/junk-flood", test_junk_flood);
        g_test_add_func("/endpoint/rfc7252-5.3.2-unexpected", test_unexpected);
        return g_test_run();
}
