/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When an observation is told of. */
#include "observer.h"

static void test_change(Observer *f, gconstpointer data)
{
        observer_observe(f, "1000/0/1", 1);
        observer_expect_nothing(f);
        observer_set_level(f, 6);
        g_assert_cmpint(observer_expect(f, 1, "6")->type, ==, COAP_NON);
        observer_set_level(f, 7);
        observer_expect(f, 1, "7");
        world_advance(&f->world, 3600 * WORLD_SECOND);
        observer_expect_nothing(f);
        g_assert_cmpuint(world_counter(&f->world, 101, "notifications"), ==, 2);
}

/* A write that changes nothing is no change. */
static void test_same_value(Observer *f, gconstpointer data)
{
        observer_observe(f, "1000/0/1", 1);
        observer_set_level(f, 5);
        observer_expect_nothing(f);
}

static void test_pmin(Observer *f, gconstpointer data)
{
        observer_write_attributes(f, "1000/0/1", "pmin=10");
        observer_observe(f, "1000/0/1", 1);
        observer_set_level(f, 6);
        world_advance(&f->world, 9 * WORLD_SECOND);
        observer_expect_nothing(f);
        observer_set_level(f, 7);
        observer_expect_nothing(f);
        world_advance(&f->world, WORLD_SECOND);
        observer_expect(f, 1, "7");
        observer_expect_nothing(f);
        /* Once pmin has passed a change is told at once. */
        world_advance(&f->world, 11 * WORLD_SECOND);
        observer_expect_nothing(f);
        observer_set_level(f, 8);
        observer_expect(f, 1, "8");
        /* What falls back meanwhile is told all the same. */
        observer_set_level(f, 9);
        observer_set_level(f, 8);
        world_advance(&f->world, 10 * WORLD_SECOND);
        observer_expect(f, 1, "8");
}

static void test_pmax(Observer *f, gconstpointer data)
{
        observer_write_attributes(f, "1000/0", "pmax=20");
        observer_observe(f, "1000/0/1", 1);
        for (int i = 0; i < 5; i++) {
                world_advance(&f->world, 19 * WORLD_SECOND);
                observer_expect_nothing(f);
                world_advance(&f->world, WORLD_SECOND);
                observer_expect(f, 1, "5");
        }
        /* Each notification begins both periods anew. */
        world_advance(&f->world, 15 * WORLD_SECOND);
        observer_set_level(f, 6);
        observer_expect(f, 1, "6");
        world_advance(&f->world, 19 * WORLD_SECOND);
        observer_expect_nothing(f);
        world_advance(&f->world, WORLD_SECOND);
        observer_expect(f, 1, "6");
}

static void on_without_pmax(const ObservationInfo *info, void *user)
{
        g_assert_cmpuint(info->attributes.pmin, ==, 30);
        g_assert_cmpuint(info->attributes.pmax, ==, 0);
        ++*(unsigned *) user;
}

/* Core 7.3.2: such a pmax is ignored, and listed as what is in force. */
static void test_pmax_not_above_pmin(Observer *f, gconstpointer data)
{
        static const char *const attributes[] = {"pmin=30&pmax=20", "pmin=30&pmax=30"};

        observer_observe(f, "1000/0/1", 1);
        for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
                unsigned n = 0;

                observer_write_attributes(f, "1000/0/1", attributes[i]);
                server_foreach_observation(world_server(&f->world, 101), on_without_pmax, &n);
                g_assert_cmpuint(n, ==, 1);
                world_advance(&f->world, 100 * WORLD_SECOND);
                observer_expect_nothing(f);
        }
}

/* /1/x/2 and /1/x/3, and what the server attached itself goes before. */
static void test_defaults(Observer *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);

        account.pmax = 60;
        observer_observe(f, "1000/0/1", 1);
        g_assert_cmpint(accounts_change(f->world.accounts, &account, ORIGIN_LOCAL), ==, 0);
        world_advance(&f->world, 60 * WORLD_SECOND);
        observer_expect(f, 1, "5");
        observer_write_attributes(f, "1000/0/1", "pmax=5");
        world_advance(&f->world, 5 * WORLD_SECOND);
        observer_expect(f, 1, "5");
        observer_write_attributes(f, "1000/0/1", "pmax");
        world_advance(&f->world, 59 * WORLD_SECOND);
        observer_expect_nothing(f);
        world_advance(&f->world, WORLD_SECOND);
        observer_expect(f, 1, "5");
}

/* ETS 310: attributes that change during an observation. */
static void test_attributes_live(Observer *f, gconstpointer data)
{
        observer_observe(f, "1000/0/1", 1);
        observer_write_attributes(f, "1000", "pmax=5");
        observer_expect_nothing(f);
        world_advance(&f->world, 5 * WORLD_SECOND);
        observer_expect(f, 1, "5");
        observer_write_attributes(f, "1000/0/1", "pmin=100&pmax=200");
        observer_set_level(f, 6);
        world_advance(&f->world, 50 * WORLD_SECOND);
        observer_expect_nothing(f);
        /* The change has waited longer than the pmin it has now. */
        observer_write_attributes(f, "1000/0/1", "pmin=10");
        world_advance(&f->world, 0);
        observer_expect(f, 1, "6");
}

/* Attributes below the observed path are for observations of their own (OMA 478). */
static void test_attributes_below(Observer *f, gconstpointer data)
{
        observer_write_attributes(f, "1000/0/1", "pmax=5");
        observer_observe(f, "1000/0", 1);
        world_advance(&f->world, 50 * WORLD_SECOND);
        observer_expect_nothing(f);
}

static void test_levels(Observer *f, gconstpointer data)
{
        observer_observe(f, "1000", 1);
        observer_observe(f, "1000/0", 2);
        observer_observe(f, "1000/0/2", 3);
        observer_observe(f, "1000/0/2/1", 4);
        observer_observe(f, "1000/0/1", 5);
        observer_observe(f, "1", 6);
        g_assert_cmpuint(observer_count(f), ==, 6);
        world_set(&f->world, path_resource_instance(WORLD_OBJECT, 0, 2, 1), value_integer(70));
        world_advance(&f->world, 0);
        for (unsigned seen = 0; seen != 0x1e;) {
                const CoapMessage *message = peer_expect(f->peer, COAP_CONTENT);

                g_assert_false(seen & 1u << message->token.data[0]);
                seen |= 1u << message->token.data[0];
        }
        observer_expect_nothing(f);
}

/* Many observations of one period are one wake-up. */
static void test_one_wake_up(Observer *f, gconstpointer data)
{
        unsigned wakes = 0, n = 0;
        gint64 end;

        observer_write_attributes(f, "1000", "pmax=10");
        for (unsigned i = 0; i < 100; i++) {
                observer_observe(f, "1000/0/1", (uint8_t) i);
                world_advance(&f->world, 100);
        }
        end = clock_now(f->world.clock) + 10 * WORLD_SECOND;
        while (clock_next_deadline(f->world.clock) <= end) {
                unsigned before = n;

                clock_advance(f->world.clock,
                              clock_next_deadline(f->world.clock) - clock_now(f->world.clock));
                while (peer_take(f->peer))
                        n++;
                wakes += n > before;
        }
        g_assert_cmpuint(n, ==, 100);
        g_assert_cmpuint(wakes, <=, 2);
}

static void on_observation(const ObservationInfo *info, void *user)
{
        unsigned *n = user;

        ++*n;
        g_assert_true(path_equal(info->path, LEVEL));
        g_assert_cmpuint(info->token_len, ==, 1);
        g_assert_cmpuint(info->token[0], ==, 7);
        g_assert_cmpuint(info->attributes.pmin, ==, 2);
        g_assert_cmpuint(info->attributes.pmax, ==, 30);
        g_assert_cmpuint(info->notifications, ==, 1);
}

static void test_listing(Observer *f, gconstpointer data)
{
        unsigned n = 0;

        observer_write_attributes(f, "1000/0", "pmin=2&pmax=30");
        observer_observe(f, "1000/0/1", 7);
        world_advance(&f->world, 30 * WORLD_SECOND);
        server_foreach_observation(world_server(&f->world, 101), on_observation, &n);
        g_assert_cmpuint(n, ==, 1);
}

/* The time of day may jump; schedules do not (ETS 301 on a machine without a clock). */
static void test_clock_jump(Observer *f, gconstpointer data)
{
        observer_write_attributes(f, "1000/0", "pmax=30");
        observer_observe(f, "1000/0/1", 1);
        clock_set_realtime(f->world.clock, 0);
        world_advance(&f->world, 29 * WORLD_SECOND);
        clock_set_realtime(f->world.clock, 4000000000 * WORLD_SECOND);
        observer_expect_nothing(f);
        world_advance(&f->world, WORLD_SECOND);
        observer_expect(f, 1, "5");
}

#define ADD(name, func)                                                                            \
        g_test_add("/lwm2m/observe/" name, Observer, NULL, observer_set_up, func,                  \
                   observer_tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("change", test_change);
        ADD("same-value", test_same_value);
        ADD("pmin", test_pmin);
        ADD("pmax", test_pmax);
        ADD("pmax-not-above-pmin", test_pmax_not_above_pmin);
        ADD("defaults", test_defaults);
        ADD("attributes-live", test_attributes_live);
        ADD("attributes-below", test_attributes_below);
        ADD("levels", test_levels);
        ADD("one-wake-up", test_one_wake_up);
        ADD("listing", test_listing);
        ADD("clock-jump", test_clock_jump);
        return g_test_run();
}
