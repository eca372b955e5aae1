/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "world.h"

#define TLV 11542
#define LEVEL path_resource(WORLD_OBJECT, 0, 1)

typedef struct Fixture {
        World world;
        Peer *peer;
        uint32_t sequence; /* of the last notification */
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
        world_open(&f->world);
        if (data)
                f->world.config.max_observations = GPOINTER_TO_UINT(data);
        world_add(&f->world, world_account(101, 5683));
        world_start(&f->world);
        f->peer = world_peer(&f->world, 5683);
        peer_register(&f->world, f->peer, "rd/1");
}

static void tear_down(Fixture *f, gconstpointer data)
{
        world_close(&f->world);
}

static const CoapMessage *ask(Fixture *f, uint8_t code, const char *path, const char *query, int observe,
                              uint8_t token)
{
        return peer_request(&f->world, f->peer,
                            REQUEST(.code = code, .path = path, .query = query,
                                    .observe = OPTION(observe), .token = token));
}

static void observe(Fixture *f, const char *path, uint8_t token)
{
        const CoapMessage *answer = ask(f, COAP_GET, path, NULL, 0, token);

        g_assert_cmphex(answer->code, ==, COAP_CONTENT);
        g_assert_cmpint(coap_message_get_uint(answer, COAP_OPTION_OBSERVE, 3, &f->sequence), ==, 0);
}

static void write_attributes(Fixture *f, const char *path, const char *query)
{
        g_assert_cmphex(ask(f, COAP_PUT, path, query, -1, 200)->code, ==, COAP_CHANGED);
}

static void set_level(Fixture *f, int level)
{
        world_set(&f->world, LEVEL, value_integer(level));
        world_advance(&f->world, 0);
}

static const CoapMessage *expect(Fixture *f, uint8_t token, const char *content)
{
        const CoapMessage *message = peer_expect(f->peer, COAP_CONTENT);
        g_autofree char *payload = message_payload(message);
        uint32_t sequence;

        g_assert_cmpuint(message->token.len, ==, 1);
        g_assert_cmpuint(message->token.data[0], ==, token);
        if (content)
                g_assert_cmpstr(payload, ==, content);
        /* RFC 7641, 3.4: newer ones are larger. */
        g_assert_cmpint(coap_message_get_uint(message, COAP_OPTION_OBSERVE, 3, &sequence), ==, 0);
        g_assert_cmpuint(sequence, >, f->sequence);
        f->sequence = sequence;
        return message;
}

static void expect_nothing(Fixture *f)
{
        g_assert_null(peer_take(f->peer));
}

static size_t count(Fixture *f)
{
        return world_counter(&f->world, 101, "observations");
}

static void test_change(Fixture *f, gconstpointer data)
{
        observe(f, "1000/0/1", 1);
        expect_nothing(f);
        set_level(f, 6);
        g_assert_cmpint(expect(f, 1, "6")->type, ==, COAP_NON);
        set_level(f, 7);
        expect(f, 1, "7");
        world_advance(&f->world, 3600 * WORLD_SECOND);
        expect_nothing(f);
        g_assert_cmpuint(world_counter(&f->world, 101, "notifications"), ==, 2);
}

/* A write that changes nothing is no change. */
static void test_same_value(Fixture *f, gconstpointer data)
{
        observe(f, "1000/0/1", 1);
        set_level(f, 5);
        expect_nothing(f);
}

static void test_pmin(Fixture *f, gconstpointer data)
{
        write_attributes(f, "1000/0/1", "pmin=10");
        observe(f, "1000/0/1", 1);
        set_level(f, 6);
        world_advance(&f->world, 9 * WORLD_SECOND);
        expect_nothing(f);
        set_level(f, 7);
        expect_nothing(f);
        world_advance(&f->world, WORLD_SECOND);
        expect(f, 1, "7");
        expect_nothing(f);
        /* Once pmin has passed a change is told at once. */
        world_advance(&f->world, 11 * WORLD_SECOND);
        expect_nothing(f);
        set_level(f, 8);
        expect(f, 1, "8");
        /* What falls back meanwhile is told all the same. */
        set_level(f, 9);
        set_level(f, 8);
        world_advance(&f->world, 10 * WORLD_SECOND);
        expect(f, 1, "8");
}

static void test_pmax(Fixture *f, gconstpointer data)
{
        write_attributes(f, "1000/0", "pmax=20");
        observe(f, "1000/0/1", 1);
        for (int i = 0; i < 5; i++) {
                world_advance(&f->world, 19 * WORLD_SECOND);
                expect_nothing(f);
                world_advance(&f->world, WORLD_SECOND);
                expect(f, 1, "5");
        }
        /* Each notification begins both periods anew. */
        world_advance(&f->world, 15 * WORLD_SECOND);
        set_level(f, 6);
        expect(f, 1, "6");
        world_advance(&f->world, 19 * WORLD_SECOND);
        expect_nothing(f);
        world_advance(&f->world, WORLD_SECOND);
        expect(f, 1, "6");
}

static void test_pmax_below_pmin(Fixture *f, gconstpointer data)
{
        write_attributes(f, "1000/0/1", "pmin=30&pmax=20");
        observe(f, "1000/0/1", 1);
        world_advance(&f->world, 100 * WORLD_SECOND);
        expect_nothing(f);
}

/* /1/x/2 and /1/x/3, and what the server attached itself goes before. */
static void test_defaults(Fixture *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);

        account.pmax = 60;
        observe(f, "1000/0/1", 1);
        g_assert_cmpint(accounts_change(f->world.accounts, &account, ORIGIN_LOCAL), ==, 0);
        world_advance(&f->world, 60 * WORLD_SECOND);
        expect(f, 1, "5");
        write_attributes(f, "1000/0/1", "pmax=5");
        world_advance(&f->world, 5 * WORLD_SECOND);
        expect(f, 1, "5");
        write_attributes(f, "1000/0/1", "pmax");
        world_advance(&f->world, 59 * WORLD_SECOND);
        expect_nothing(f);
        world_advance(&f->world, WORLD_SECOND);
        expect(f, 1, "5");
}

/* ETS 310: attributes that change during an observation. */
static void test_attributes_live(Fixture *f, gconstpointer data)
{
        observe(f, "1000/0/1", 1);
        write_attributes(f, "1000", "pmax=5");
        expect_nothing(f);
        world_advance(&f->world, 5 * WORLD_SECOND);
        expect(f, 1, "5");
        write_attributes(f, "1000/0/1", "pmin=100&pmax=200");
        set_level(f, 6);
        world_advance(&f->world, 50 * WORLD_SECOND);
        expect_nothing(f);
        /* The change has waited longer than the pmin it has now. */
        write_attributes(f, "1000/0/1", "pmin=10");
        world_advance(&f->world, 0);
        expect(f, 1, "6");
}

/* Attributes below the observed path are for observations of their own (OMA 478). */
static void test_attributes_below(Fixture *f, gconstpointer data)
{
        write_attributes(f, "1000/0/1", "pmax=5");
        observe(f, "1000/0", 1);
        world_advance(&f->world, 50 * WORLD_SECOND);
        expect_nothing(f);
}

static void test_levels(Fixture *f, gconstpointer data)
{
        observe(f, "1000", 1);
        observe(f, "1000/0", 2);
        observe(f, "1000/0/2", 3);
        observe(f, "1000/0/2/1", 4);
        observe(f, "1000/0/1", 5);
        observe(f, "1", 6);
        g_assert_cmpuint(count(f), ==, 6);
        world_set(&f->world, path_resource_instance(WORLD_OBJECT, 0, 2, 1), value_integer(70));
        world_advance(&f->world, 0);
        for (unsigned seen = 0; seen != 0x1e;) {
                const CoapMessage *message = peer_expect(f->peer, COAP_CONTENT);

                g_assert_false(seen & 1u << message->token.data[0]);
                seen |= 1u << message->token.data[0];
        }
        expect_nothing(f);
}

static void test_format_stays(Fixture *f, gconstpointer data)
{
        const CoapMessage *message;
        uint32_t format;

        peer_request(&f->world, f->peer,
                     REQUEST(.code = COAP_GET, .path = "1000/0/1", .observe = OPTION(0), .accept = OPTION(TLV), .token = 1));
        set_level(f, 6);
        message = expect(f, 1, NULL);
        g_assert_cmpint(coap_message_get_uint(message, COAP_OPTION_CONTENT_FORMAT, 2, &format), ==, 0);
        g_assert_cmpuint(format, ==, TLV);
}

static void test_cancel_by_token(Fixture *f, gconstpointer data)
{
        const CoapMessage *answer;

        observe(f, "1000/0/1", 1);
        observe(f, "1000/0/1", 2);
        answer = ask(f, COAP_GET, "1000/0/1", NULL, 1, 1);
        g_assert_cmphex(answer->code, ==, COAP_CONTENT);
        g_assert_false(message_has(answer, COAP_OPTION_OBSERVE));
        g_assert_cmpuint(count(f), ==, 1);
        set_level(f, 6);
        expect(f, 2, "6");
        expect_nothing(f);
}

/* A server that has lost its tokens; another path is not meant. */
static void test_cancel_by_path(Fixture *f, gconstpointer data)
{
        observe(f, "1000/0/1", 1);
        observe(f, "1000/0", 2);
        ask(f, COAP_GET, "1000", NULL, 1, 9);
        g_assert_cmpuint(count(f), ==, 2);
        ask(f, COAP_GET, "1000/0/1", NULL, 1, 9);
        g_assert_cmpuint(count(f), ==, 1);
        set_level(f, 6);
        expect(f, 2, NULL);
        expect_nothing(f);
}

static void test_cancel_by_reset(Fixture *f, gconstpointer data)
{
        CoapMessage reset = { .type = COAP_RST };

        observe(f, "1000/0/1", 1);
        observe(f, "1000/0", 2);
        world_set(&f->world, LEVEL, value_integer(6));
        world_advance(&f->world, 0);
        for (int i = 0; i < 2; i++) {
                const CoapMessage *message = peer_expect(f->peer, COAP_CONTENT);

                if (message->token.data[0] == 1)
                        reset.id = message->id;
        }
        peer_send(&f->world, f->peer, &reset);
        g_assert_cmpuint(count(f), ==, 1);
        set_level(f, 7);
        expect(f, 2, NULL);
        expect_nothing(f);
}

static void test_same_token_replaces(Fixture *f, gconstpointer data)
{
        observe(f, "1000/0/1", 1);
        observe(f, "1000/0/0", 1);
        g_assert_cmpuint(count(f), ==, 1);
        set_level(f, 6);
        expect_nothing(f);
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 0), value_string("bye"));
        world_advance(&f->world, 0);
        expect(f, 1, "bye");
}

static void test_limit(Fixture *f, gconstpointer data)
{
        const CoapMessage *answer;

        observe(f, "1000/0/1", 1);
        observe(f, "1000/0/0", 2);
        answer = ask(f, COAP_GET, "1000/0/6", NULL, 0, 3);
        g_assert_cmphex(answer->code, ==, COAP_CONTENT);
        g_assert_false(message_has(answer, COAP_OPTION_OBSERVE));
        g_assert_cmpuint(count(f), ==, 2);
        observe(f, "1000/0/6", 2);
}

static void test_failed_observe(Fixture *f, gconstpointer data)
{
        g_assert_cmphex(ask(f, COAP_GET, "1000/9", NULL, 0, 1)->code, ==, COAP_NOT_FOUND);
        g_assert_cmphex(ask(f, COAP_GET, "1000/0/3", NULL, 0, 1)->code, ==, COAP_METHOD_NOT_ALLOWED);
        g_assert_cmpuint(count(f), ==, 0);
}

/* RFC 7641, 4.2: the last notification is an error, without Observe. */
static void test_node_gone(Fixture *f, gconstpointer data)
{
        const CoapMessage *message;

        observe(f, "1000/0/1", 1);
        observe(f, "1/0/1", 2);
        tree_remove(f->world.tree, &f->world.memory->object);
        change_post(f->world.changes, path_object(WORLD_OBJECT), CHANGE_INSTANCES, ORIGIN_LOCAL);
        world_advance(&f->world, 0);
        message = peer_expect(f->peer, COAP_NOT_FOUND);
        g_assert_cmpuint(message->token.data[0], ==, 1);
        g_assert_false(message_has(message, COAP_OPTION_OBSERVE));
        g_assert_cmpuint(count(f), ==, 1);
}

static void acknowledge(Fixture *f, const CoapMessage *message)
{
        const CoapMessage ack = { .type = COAP_ACK, .id = message->id };

        peer_send(&f->world, f->peer, &ack);
}

/* RFC 7641, 4.5: at least every 24 hours the server is to show that it still listens. */
static void test_confirmable_daily(Fixture *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);
        unsigned confirmable = 0;

        account.lifetime = 1000000;
        accounts_change(f->world.accounts, &account, ORIGIN_LOCAL);
        world_advance(&f->world, WORLD_SECOND);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_CHANGED, NULL);
        write_attributes(f, "1000/0/1", "pmax=3600");
        observe(f, "1000/0/1", 1);
        for (int hour = 1; hour <= 48; hour++) {
                const CoapMessage *message;

                world_advance(&f->world, 3600 * WORLD_SECOND);
                message = expect(f, 1, "5");
                if (message->type != COAP_CON)
                        continue;
                confirmable++;
                g_assert_cmpint(hour % 24, ==, 0);
                acknowledge(f, message);
        }
        g_assert_cmpuint(confirmable, ==, 2);
}

/* One that is not acknowledged leaves the observation, and makes us ask whether the server is there. */
static void test_unacknowledged(Fixture *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);
        const CoapMessage *message;

        account.lifetime = 1000000;
        accounts_change(f->world.accounts, &account, ORIGIN_LOCAL);
        world_advance(&f->world, WORLD_SECOND);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_CHANGED, NULL);
        observe(f, "1000/0/1", 1);
        world_advance(&f->world, 24 * 3600 * WORLD_SECOND);
        set_level(f, 6);
        message = expect(f, 1, "6");
        g_assert_cmpint(message->type, ==, COAP_CON);
        world_advance(&f->world, 100 * WORLD_SECOND);
        while ((message = peer_take(f->peer)) && message->code == COAP_CONTENT)
                g_assert_cmpint(message->type, ==, COAP_CON);
        g_assert_nonnull(message);
        g_assert_cmphex(message->code, ==, COAP_POST);
        g_assert_cmpuint(count(f), ==, 1);
        g_assert_cmpuint(world_counter(&f->world, 101, "notifications-lost"), ==, 1);
}

static void test_slow_values(Fixture *f, gconstpointer data)
{
        observe(f, "1000/0/1", 1);
        f->world.refreshing = true;
        set_level(f, 6);
        expect_nothing(f);
        set_level(f, 7);
        expect_nothing(f);
        world_finish(&f->world, 0);
        expect(f, 1, "7");
        /* It went while its value was being fetched. */
        set_level(f, 8);
        ask(f, COAP_GET, "1/0/1", NULL, -1, 9);
        f->world.refreshing = false;
        ask(f, COAP_GET, "1000/0/1", NULL, 1, 1);
        world_finish(&f->world, 0);
        expect_nothing(f);
}

/* Many observations of one period are one wake-up. */
static void test_one_wake_up(Fixture *f, gconstpointer data)
{
        unsigned wakes = 0, n = 0;
        gint64 end;

        write_attributes(f, "1000", "pmax=10");
        for (unsigned i = 0; i < 100; i++) {
                observe(f, "1000/0/1", (uint8_t) i);
                world_advance(&f->world, 100);
        }
        end = clock_now(f->world.clock) + 10 * WORLD_SECOND;
        while (clock_next_deadline(f->world.clock) <= end) {
                unsigned before = n;

                clock_advance(f->world.clock, clock_next_deadline(f->world.clock) - clock_now(f->world.clock));
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
        g_assert_cmpuint(info->pmin, ==, 2);
        g_assert_cmpuint(info->pmax, ==, 30);
        g_assert_cmpuint(info->notifications, ==, 1);
}

static void test_listing(Fixture *f, gconstpointer data)
{
        unsigned n = 0;

        write_attributes(f, "1000/0", "pmin=2&pmax=30");
        observe(f, "1000/0/1", 7);
        world_advance(&f->world, 30 * WORLD_SECOND);
        server_foreach_observation(world_server(&f->world, 101), on_observation, &n);
        g_assert_cmpuint(n, ==, 1);
}

/* The time of day may jump; schedules do not (ETS 301 on a machine without a clock). */
static void test_clock_jump(Fixture *f, gconstpointer data)
{
        write_attributes(f, "1000/0", "pmax=30");
        observe(f, "1000/0/1", 1);
        clock_set_realtime(f->world.clock, 0);
        world_advance(&f->world, 29 * WORLD_SECOND);
        clock_set_realtime(f->world.clock, 4000000000 * WORLD_SECOND);
        expect_nothing(f);
        world_advance(&f->world, WORLD_SECOND);
        expect(f, 1, "5");
}

#define ADD(name, func) g_test_add("/lwm2m/observe/" name, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("change", test_change);
        ADD("same-value", test_same_value);
        ADD("pmin", test_pmin);
        ADD("pmax", test_pmax);
        ADD("pmax-below-pmin", test_pmax_below_pmin);
        ADD("defaults", test_defaults);
        ADD("attributes-live", test_attributes_live);
        ADD("attributes-below", test_attributes_below);
        ADD("levels", test_levels);
        ADD("format-stays", test_format_stays);
        ADD("cancel-by-token", test_cancel_by_token);
        ADD("cancel-by-path", test_cancel_by_path);
        ADD("cancel-by-reset", test_cancel_by_reset);
        ADD("same-token-replaces", test_same_token_replaces);
        g_test_add("/lwm2m/observe/limit", Fixture, GUINT_TO_POINTER(2), set_up, test_limit, tear_down);
        ADD("failed", test_failed_observe);
        ADD("node-gone", test_node_gone);
        ADD("confirmable-daily", test_confirmable_daily);
        ADD("unacknowledged", test_unacknowledged);
        ADD("slow-values", test_slow_values);
        ADD("one-wake-up", test_one_wake_up);
        ADD("listing", test_listing);
        ADD("clock-jump", test_clock_jump);
        return g_test_run();
}
