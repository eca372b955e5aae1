/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How an observation begins and ends, and what its notifications look like. */
#include <errno.h>

#include "fake-link.h"
#include "observer.h"

#define TLV 11542

static void test_format_stays(Observer *f, gconstpointer data)
{
        const CoapMessage *message;
        uint32_t format;

        peer_request(&f->world, f->peer,
                     REQUEST(.code = COAP_GET, .path = "1000/0/1", .observe = OPTION(0),
                             .accept = OPTION(TLV), .token = 1));
        observer_set_level(f, 6);
        message = observer_expect(f, 1, NULL);
        g_assert_cmpint(coap_message_get_uint(message, COAP_OPTION_CONTENT_FORMAT, 2, &format), ==,
                        0);
        g_assert_cmpuint(format, ==, TLV);
}

static void test_cancel_by_token(Observer *f, gconstpointer data)
{
        const CoapMessage *answer;

        observer_observe(f, "1000/0/1", 1);
        observer_observe(f, "1000/0/1", 2);
        answer = observer_ask(f, COAP_GET, "1000/0/1", NULL, 1, 1);
        g_assert_cmphex(answer->code, ==, COAP_CONTENT);
        g_assert_false(message_has(answer, COAP_OPTION_OBSERVE));
        g_assert_cmpuint(observer_count(f), ==, 1);
        observer_set_level(f, 6);
        observer_expect(f, 2, "6");
        observer_expect_nothing(f);
}

/* A server that has lost its tokens; another path is not meant. */
static void test_cancel_by_path(Observer *f, gconstpointer data)
{
        observer_observe(f, "1000/0/1", 1);
        observer_observe(f, "1000/0", 2);
        observer_ask(f, COAP_GET, "1000", NULL, 1, 9);
        g_assert_cmpuint(observer_count(f), ==, 2);
        observer_ask(f, COAP_GET, "1000/0/1", NULL, 1, 9);
        g_assert_cmpuint(observer_count(f), ==, 1);
        observer_set_level(f, 6);
        observer_expect(f, 2, NULL);
        observer_expect_nothing(f);
}

static void test_cancel_by_reset(Observer *f, gconstpointer data)
{
        CoapMessage reset = {.type = COAP_RST};

        observer_observe(f, "1000/0/1", 1);
        observer_observe(f, "1000/0", 2);
        world_set(&f->world, LEVEL, value_integer(6));
        world_advance(&f->world, 0);
        for (int i = 0; i < 2; i++) {
                const CoapMessage *message = peer_expect(f->peer, COAP_CONTENT);

                if (message->token.data[0] == 1)
                        reset.id = message->id;
        }
        peer_send(&f->world, f->peer, &reset);
        g_assert_cmpuint(observer_count(f), ==, 1);
        observer_set_level(f, 7);
        observer_expect(f, 2, NULL);
        observer_expect_nothing(f);
}

static void test_same_token_replaces(Observer *f, gconstpointer data)
{
        observer_observe(f, "1000/0/1", 1);
        observer_observe(f, "1000/0/0", 1);
        g_assert_cmpuint(observer_count(f), ==, 1);
        observer_set_level(f, 6);
        observer_expect_nothing(f);
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 0), value_string("bye"));
        world_advance(&f->world, 0);
        observer_expect(f, 1, "bye");
}

static void test_limit(Observer *f, gconstpointer data)
{
        const CoapMessage *answer;

        observer_observe(f, "1000/0/1", 1);
        observer_observe(f, "1000/0/0", 2);
        answer = observer_ask(f, COAP_GET, "1000/0/6", NULL, 0, 3);
        g_assert_cmphex(answer->code, ==, COAP_CONTENT);
        g_assert_false(message_has(answer, COAP_OPTION_OBSERVE));
        g_assert_cmpuint(observer_count(f), ==, 2);
        observer_observe(f, "1000/0/6", 2);
}

static void test_failed_observe(Observer *f, gconstpointer data)
{
        g_assert_cmphex(observer_ask(f, COAP_GET, "1000/9", NULL, 0, 1)->code, ==, COAP_NOT_FOUND);
        g_assert_cmphex(observer_ask(f, COAP_GET, "1000/0/3", NULL, 0, 1)->code, ==,
                        COAP_METHOD_NOT_ALLOWED);
        g_assert_cmpuint(observer_count(f), ==, 0);
}

/* RFC 7641, 4.2: the last notification is an error, without Observe. */
static void test_node_gone(Observer *f, gconstpointer data)
{
        const CoapMessage *message;

        observer_observe(f, "1000/0/1", 1);
        observer_observe(f, "1/0/1", 2);
        tree_remove(f->world.tree, &f->world.memory->object);
        change_post(f->world.changes, path_object(WORLD_OBJECT), CHANGE_INSTANCES, ORIGIN_LOCAL);
        world_advance(&f->world, 0);
        message = peer_expect(f->peer, COAP_NOT_FOUND);
        g_assert_cmpuint(message->token.data[0], ==, 1);
        g_assert_false(message_has(message, COAP_OPTION_OBSERVE));
        g_assert_cmpuint(observer_count(f), ==, 1);
}

static void acknowledge(Observer *f, const CoapMessage *message)
{
        const CoapMessage ack = {.type = COAP_ACK, .id = message->id};

        peer_send(&f->world, f->peer, &ack);
}

/* RFC 7641, 4.5: at least every 24 hours the server is to show that it still listens. */
static void test_confirmable_daily(Observer *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);
        unsigned confirmable = 0;

        account.lifetime = 1000000;
        accounts_change(f->world.accounts, &account, ORIGIN_LOCAL);
        world_advance(&f->world, WORLD_SECOND);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_CHANGED, NULL);
        observer_write_attributes(f, "1000/0/1", "pmax=3600");
        observer_observe(f, "1000/0/1", 1);
        for (int hour = 1; hour <= 48; hour++) {
                const CoapMessage *message;

                world_advance(&f->world, 3600 * WORLD_SECOND);
                message = observer_expect(f, 1, "5");
                if (message->type != COAP_CON)
                        continue;
                confirmable++;
                g_assert_cmpint(hour % 24, ==, 0);
                acknowledge(f, message);
        }
        g_assert_cmpuint(confirmable, ==, 2);
}

/* One that is not acknowledged leaves the observation, and makes us ask whether the server is
 * there. When it is, what there is to tell by then follows; not before. */
static void test_unacknowledged(Observer *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);
        const CoapMessage *message;
        CoapMessage update;

        account.lifetime = 1000000;
        accounts_change(f->world.accounts, &account, ORIGIN_LOCAL);
        world_advance(&f->world, WORLD_SECOND);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_CHANGED, NULL);
        observer_observe(f, "1000/0/1", 1);
        observer_observe(f, "1000/0/0", 2);
        world_advance(&f->world, 24 * 3600 * WORLD_SECOND);
        observer_set_level(f, 6);
        message = observer_expect(f, 1, "6");
        g_assert_cmpint(message->type, ==, COAP_CON);
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 0), value_string("bye"));
        world_advance(&f->world, 100 * WORLD_SECOND);
        while ((message = peer_take(f->peer)) && message->code == COAP_CONTENT)
                g_assert_cmpint(message->type, ==, COAP_CON);
        g_assert_nonnull(message);
        g_assert_cmphex(message->code, ==, COAP_POST);
        update = *message;
        fake_link_drop(f->peer->link); /* its repetitions */
        g_assert_cmpuint(observer_count(f), ==, 2);
        g_assert_cmpuint(world_counter(&f->world, 101, "notifications-lost"), ==, 2);
        observer_set_level(f, 7);
        observer_expect_nothing(f);
        peer_answer(&f->world, f->peer, &update, COAP_CHANGED, NULL);
        for (unsigned seen = 0; seen != 6;) {
                message = peer_expect(f->peer, COAP_CONTENT);
                g_assert_cmpint(message->type, ==, COAP_NON);
                g_assert_false(seen & 1u << message->token.data[0]);
                seen |= 1u << message->token.data[0];
        }
        observer_expect_nothing(f);
}

static void test_slow_values(Observer *f, gconstpointer data)
{
        observer_observe(f, "1000/0/1", 1);
        f->world.refreshing = true;
        observer_set_level(f, 6);
        observer_expect_nothing(f);
        observer_set_level(f, 7);
        observer_expect_nothing(f);
        world_finish(&f->world, 0);
        observer_expect(f, 1, "7");
        /* It went while its value was being fetched. */
        observer_set_level(f, 8);
        observer_ask(f, COAP_GET, "1/0/1", NULL, -1, 9);
        f->world.refreshing = false;
        observer_ask(f, COAP_GET, "1000/0/1", NULL, 1, 1);
        world_finish(&f->world, 0);
        observer_expect_nothing(f);
}

/* Values that cannot be had now are no reason to end it, nor to ask again and again. */
static void test_unreadable(Observer *f, gconstpointer data)
{
        observer_write_attributes(f, "1000/0/1", "pmax=10");
        observer_observe(f, "1000/0/1", 1);
        f->world.memory->read_result = -EIO;
        observer_set_level(f, 6);
        world_advance(&f->world, 25 * WORLD_SECOND);
        observer_expect_nothing(f);
        f->world.memory->read_result = 0;
        world_advance(&f->world, 10 * WORLD_SECOND);
        observer_expect(f, 1, "6");
}

#define ADD(name, func)                                                                            \
        g_test_add("/lwm2m/observation/" name, Observer, NULL, observer_set_up, func,              \
                   observer_tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("format-stays", test_format_stays);
        ADD("cancel-by-token", test_cancel_by_token);
        ADD("cancel-by-path", test_cancel_by_path);
        ADD("cancel-by-reset", test_cancel_by_reset);
        ADD("same-token-replaces", test_same_token_replaces);
        g_test_add("/lwm2m/observation/limit", Observer, GUINT_TO_POINTER(2), observer_set_up,
                   test_limit, observer_tear_down);
        ADD("failed", test_failed_observe);
        ADD("node-gone", test_node_gone);
        ADD("confirmable-daily", test_confirmable_daily);
        ADD("unacknowledged", test_unacknowledged);
        ADD("slow-values", test_slow_values);
        ADD("unreadable", test_unreadable);
        return g_test_run();
}
