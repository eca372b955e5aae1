/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench.h"

#include "coap/duplicate.h"

/* ---- Seen from outside ----------------------------------------------------- */

/* RFC 7252, 4.5: acted on once, acknowledged each time with the same. */
static void test_repeats_reply(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);

        bench->on_request = bench_reply_now;
        bench->reply.code = COAP_CHANGED;
        for (unsigned i = 0; i < 3; i++) {
                bench_receive(bench, "41 02 1234 07");
                bench_expect(bench, "61 44 1234 07");
                bench->reply.code = COAP_BAD_REQUEST;
        }
        g_assert_cmpuint(bench->requests, ==, 1);
        g_assert_cmpuint(endpoint_counters(bench->endpoint)->duplicates, ==, 2);
}

static void test_while_pending(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);

        bench_receive(bench, "41 02 1234 07");
        bench_receive(bench, "41 02 1234 07");
        g_assert_cmpuint(bench->requests, ==, 1);
        bench_expect_nothing(bench);
        clock_advance(bench->clock, SECONDS(1));
        bench_expect(bench, "60 00 1234");
        bench_receive(bench, "41 02 1234 07");
        bench_expect(bench, "60 00 1234");

        /* The separate response does not take the place of the acknowledgement. */
        endpoint_reply(bench->incoming, &bench->reply);
        bench_take(bench);
        bench_receive(bench, "41 02 1234 07");
        bench_expect(bench, "60 00 1234");
}

/* RFC 7252, 4.5: a repeated NON is ignored. */
static void test_not_confirmable(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);

        bench->on_request = bench_reply_now;
        bench_receive(bench, "51 02 1234 07");
        bench_take(bench);
        bench_receive(bench, "51 02 1234 07");
        bench_expect_nothing(bench);
        g_assert_cmpuint(bench->requests, ==, 1);
}

/* RFC 7252, 4.8.2: after EXCHANGE_LIFETIME or NON_LIFETIME the ID may be used again. */
static void test_lifetime(void)
{
        g_autoptr(Bench) bench = bench_new(NULL);

        bench->on_request = bench_reply_now;
        bench_receive(bench, "40 01 1234");
        bench_receive(bench, "50 01 4321");
        clock_advance(bench->clock, SECONDS(145) - 1);
        bench_receive(bench, "50 01 4321");
        g_assert_cmpuint(bench->requests, ==, 2);
        clock_advance(bench->clock, 1);
        bench_receive(bench, "50 01 4321");
        g_assert_cmpuint(bench->requests, ==, 3);

        clock_advance(bench->clock, SECONDS(102) - 1);
        bench_receive(bench, "40 01 1234");
        g_assert_cmpuint(bench->requests, ==, 3);
        clock_advance(bench->clock, 1);
        bench_receive(bench, "40 01 1234");
        g_assert_cmpuint(bench->requests, ==, 4);
}

/* ---- The table ------------------------------------------------------------- */

typedef struct Fixture {
        Clock *clock;
        CoapContext context;
        Duplicates *duplicates;
} Fixture;

static void setup(Fixture *fixture, gconstpointer data)
{
        EndpointConfig config = endpoint_config_default();

        fixture->clock = clock_new_manual(0, 0);
        context_init(&fixture->context, fixture->clock, &config, NULL, "test", NULL);
        fixture->duplicates = duplicates_new(&fixture->context);
}

static void teardown(Fixture *fixture, gconstpointer data)
{
        duplicates_free(fixture->duplicates);
        context_clear(&fixture->context);
        clock_free(fixture->clock);
}

static bool known(Fixture *fixture, uint16_t id, size_t *ret_len)
{
        const uint8_t *answer;

        return duplicates_find(fixture->duplicates, id, &answer, ret_len);
}

/* The oldest goes first; IDs in one bucket are told apart. */
static void test_ring(Fixture *fixture, gconstpointer data)
{
        size_t len;

        for (unsigned i = 0; i < ENDPOINT_MAX_DUPLICATES; i++)
                duplicates_add(fixture->duplicates, (uint16_t) (i * 256), true);
        for (unsigned i = 0; i < ENDPOINT_MAX_DUPLICATES; i++)
                g_assert_true(known(fixture, (uint16_t) (i * 256), &len));
        g_assert_cmpuint(fixture->context.counters.overflows, ==, 0);

        for (unsigned i = 0; i < ENDPOINT_MAX_DUPLICATES; i++) {
                g_assert_false(known(fixture, (uint16_t) (i * 256 + 1), &len));
                duplicates_add(fixture->duplicates, (uint16_t) (i * 256 + 1), true);
                g_assert_false(known(fixture, (uint16_t) (i * 256), &len));
                g_assert_true(known(fixture, (uint16_t) (i * 256 + 1), &len));
        }
        g_assert_cmpuint(fixture->context.counters.overflows, ==, ENDPOINT_MAX_DUPLICATES);
}

static void test_octets(Fixture *fixture, gconstpointer data)
{
        static uint8_t answer[4096];
        size_t len;

        for (unsigned i = 0; i < ENDPOINT_MAX_DUPLICATES; i++) {
                duplicates_add(fixture->duplicates, (uint16_t) i, true);
                duplicates_set_answer(fixture->duplicates, (uint16_t) i, answer, sizeof(answer));
                g_assert_cmpuint(duplicates_octets(fixture->duplicates), <=,
                                 ENDPOINT_MAX_DUPLICATE_OCTETS);
        }
        /* The oldest answers are gone, not the IDs. */
        g_assert_true(known(fixture, 0, &len));
        g_assert_cmpuint(len, ==, 0);
        g_assert_true(known(fixture, ENDPOINT_MAX_DUPLICATES - 1, &len));
        g_assert_cmpuint(len, ==, sizeof(answer));
        g_assert_cmpuint(fixture->context.counters.overflows, ==,
                         ENDPOINT_MAX_DUPLICATES - ENDPOINT_MAX_DUPLICATE_OCTETS / sizeof(answer));

        /* Long ones do not stay behind when short ones follow. */
        for (unsigned i = 0; i < ENDPOINT_MAX_DUPLICATES; i++) {
                duplicates_add(fixture->duplicates, (uint16_t) (1000 + i), true);
                duplicates_set_answer(fixture->duplicates, (uint16_t) (1000 + i), answer, 20);
        }
        g_assert_cmpuint(duplicates_octets(fixture->duplicates), ==, ENDPOINT_MAX_DUPLICATES * 20);
}

static void test_set_answer(Fixture *fixture, gconstpointer data)
{
        const uint8_t *answer;
        size_t len;

        duplicates_set_answer(fixture->duplicates, 7, "lost", 4);
        g_assert_false(known(fixture, 7, &len));
        duplicates_add(fixture->duplicates, 7, true);
        duplicates_set_answer(fixture->duplicates, 7, "short", 5);
        duplicates_set_answer(fixture->duplicates, 7, "somewhat longer", 15);
        duplicates_set_answer(fixture->duplicates, 7, "end", 3);
        g_assert_true(duplicates_find(fixture->duplicates, 7, &answer, &len));
        g_assert_cmpmem(answer, len, "end", 3);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/duplicate/rfc7252-4.5-repeats-reply", test_repeats_reply);
        g_test_add_func("/duplicate/rfc7252-4.5-while-pending", test_while_pending);
        g_test_add_func("/duplicate/rfc7252-4.5-non", test_not_confirmable);
        g_test_add_func("/duplicate/rfc7252-4.8.2-lifetime", test_lifetime);
        g_test_add("/duplicate/ring", Fixture, NULL, setup, test_ring, teardown);
        g_test_add("/duplicate/octets", Fixture, NULL, setup, test_octets, teardown);
        g_test_add("/duplicate/set-answer", Fixture, NULL, setup, test_set_answer, teardown);
        return g_test_run();
}
