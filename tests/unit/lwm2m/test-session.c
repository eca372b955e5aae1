/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Security sessions that end, go on, or are dead without our knowing. */
#include <errno.h>
#include <string.h>

#include "lwm2m/server-impl.h"
#include "world.h"

typedef struct Fixture {
        World world;
        Peer *peer;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
        Account account;

        world_open(&f->world);
        f->peer = world_peer(&f->world, 5683);
        account = world_psk_account(&f->world, 101, 5683);
        account.lifetime = 10 * 86400;
        world_add(&f->world, account);
}

static void tear_down(Fixture *f, gconstpointer data)
{
        world_close(&f->world);
}

/* The handshake of link number `n`. */
static void handshake(Fixture *f, unsigned n, const char *order)
{
        g_autofree char *hello = peer_take_text(f->peer);

        g_assert_cmpstr(hello, ==, "hello");
        g_assert_cmpuint(f->peer->n_links, ==, n);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_CONNECTING);
        peer_order(&f->world, f->peer, order);
}

static void registered(Fixture *f)
{
        world_start(&f->world);
        handshake(f, 1, "!ready");
        peer_register(&f->world, f->peer, "rd/1");
        world_advance(&f->world, 100 * WORLD_SECOND);
}

static void observe(Fixture *f, uint8_t token)
{
        peer_request(&f->world, f->peer,
                     REQUEST(.code = COAP_GET, .path = "1000/0/1", .observe = OPTION(0),
                             .token = token));
        g_assert_cmphex(f->peer->message.code, ==, COAP_CONTENT);
}

static gint64 seconds_to(Fixture *f, ServerState state)
{
        for (gint64 passed = 0; passed < 400; passed++) {
                if (world_state(&f->world, 101) == state)
                        return passed;
                world_advance(&f->world, WORLD_SECOND);
        }
        g_assert_not_reached();
}

/* The server was started anew and knows nothing of the session: no Register over it, another one at
 * once. */
static void test_update_unanswered(Fixture *f, gconstpointer data)
{
        gint64 passed;

        registered(f);
        observe(f, 1);
        server_update(world_server(&f->world, 101), false, world_done, &f->world);
        g_assert_cmpint(seconds_to(f, SERVER_UPDATING), <=, 1);
        passed = seconds_to(f, SERVER_CONNECTING);
        g_assert_cmpint(passed, >=, 62);
        g_assert_cmpint(passed, <=, 94);
        g_assert_nonnull(strstr(world_info(&f->world, 101).last_error->text, "update: no answer"));
        handshake(f, 2, "!ready");
        peer_register(&f->world, f->peer, "rd/2");
        g_assert_cmpint(f->world.result, ==, 0);
        g_assert_cmpuint(f->world.n_done, ==, 1);
        g_assert_cmpuint(world_counter(&f->world, 101, "observations"), ==, 0);
}

/* Core 6.2.2: what follows an Update without answer is a Register, also where the session goes on.
 */
static void test_update_unanswered_resumed(Fixture *f, gconstpointer data)
{
        registered(f);
        server_update(world_server(&f->world, 101), false, NULL, NULL);
        seconds_to(f, SERVER_UPDATING);
        seconds_to(f, SERVER_CONNECTING);
        handshake(f, 2, "!resumed");
        peer_register(&f->world, f->peer, "rd/2");
}

/* What fails then is counted, and begins nothing anew. */
static void test_nobody_there(Fixture *f, gconstpointer data)
{
        registered(f);
        server_update(world_server(&f->world, 101), false, world_done, &f->world);
        seconds_to(f, SERVER_UPDATING);
        seconds_to(f, SERVER_CONNECTING);
        world_advance(&f->world, 30 * WORLD_SECOND);
        world_assert_waits(&f->world, 101, 60);
        g_assert_cmpint(f->world.result, ==, -ETIMEDOUT);
        seconds_to(f, SERVER_CONNECTING);
        world_advance(&f->world, 30 * WORLD_SECOND);
        world_assert_waits(&f->world, 101, 120);
        g_assert_cmpuint(f->peer->n_links, ==, 3);
}

static void test_register_unanswered(Fixture *f, gconstpointer data)
{
        registered(f);
        server_update(world_server(&f->world, 101), false, NULL, NULL);
        seconds_to(f, SERVER_UPDATING);
        seconds_to(f, SERVER_CONNECTING);
        handshake(f, 2, "!ready");
        /* A young session is not the cause. */
        seconds_to(f, SERVER_WAITING);
        world_assert_waits(&f->world, 101, 60);
        g_assert_cmpuint(f->peer->n_links, ==, 2);
}

/* An old session that ends under a Register is no failed attempt; a young one is. */
static void test_closed_while_registering(Fixture *f, gconstpointer data)
{
        registered(f);
        server_register(world_server(&f->world, 101), world_done, &f->world);
        world_advance(&f->world, 0);
        peer_expect(f->peer, COAP_POST);
        peer_order(&f->world, f->peer, "!closed");
        handshake(f, 2, "!ready");
        peer_expect(f->peer, COAP_POST);
        g_assert_cmpuint(f->world.n_done, ==, 0);
        peer_order(&f->world, f->peer, "!closed");
        world_assert_waits(&f->world, 101, 60);
        g_assert_cmpuint(f->world.n_done, ==, 1);
}

/* One that goes on after a restart, with a server that has forgotten it. */
static void test_restored(Fixture *f, gconstpointer data)
{
        f->world.vault = vault_new(f->world.seal);
        f->world.config.deregister_on_stop = false;
        f->world.config.local_port = 5000;
        registered(f);
        client_stop(f->world.client, NULL, NULL);
        world_advance(&f->world, 0);
        g_clear_pointer(&f->world.client, client_free);

        world_start(&f->world);
        g_assert_cmpuint(f->peer->n_links, ==, 2);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERING);
        g_assert_true(world_info(&f->world, 101).resumed);
        seconds_to(f, SERVER_CONNECTING);
        handshake(f, 3, "!ready");
        /* Once. */
        seconds_to(f, SERVER_WAITING);
        world_assert_waits(&f->world, 101, 60);
        g_assert_cmpuint(f->peer->n_links, ==, 3);
}

static void lose_session(Fixture *f)
{
        peer_order(&f->world, f->peer, "!closed");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
}

static void resume(Fixture *f)
{
        world_advance(&f->world, 4 * WORLD_SECOND);
        handshake(f, 2, "!resumed");
}

static CoapMessage expect_update(Fixture *f)
{
        CoapMessage update = *peer_expect(f->peer, COAP_POST);
        g_autofree char *path = message_join(&update, COAP_OPTION_URI_PATH, "/");

        g_assert_cmpstr(path, ==, "rd/1");
        return update;
}

/* What an Update cannot say is said by a Register, also over a session that goes on. */
static void test_resumed_needs_register(Fixture *f, gconstpointer data)
{
        Account account;

        registered(f);
        account = *accounts_find(f->world.accounts, 101);
        lose_session(f);
        g_strlcpy(account.binding, "UQ", sizeof(account.binding));
        server_on_account_changed(world_server(&f->world, 101), &account);
        resume(f);
        peer_register(&f->world, f->peer, "rd/2");
        g_assert_cmpstr(world_info(&f->world, 101).binding, ==, "UQ");
}

/* A node that went meanwhile: that is told when somebody can hear it (RFC 7641, 4.2). */
static void test_node_gone_meanwhile(Fixture *f, gconstpointer data)
{
        CoapMessage update;

        registered(f);
        observe(f, 4);
        lose_session(f);
        tree_remove(f->world.tree, &f->world.memory->object);
        change_post(f->world.changes, path_object(WORLD_OBJECT), CHANGE_INSTANCES, ORIGIN_LOCAL);
        resume(f);
        update = expect_update(f);
        g_assert_null(peer_take(f->peer));
        peer_answer(&f->world, f->peer, &update, COAP_CHANGED, NULL);
        g_assert_cmpuint(peer_expect(f->peer, COAP_NOT_FOUND)->token.data[0], ==, 4);
        g_assert_cmpuint(world_counter(&f->world, 101, "observations"), ==, 0);
}

/* One not acknowledged when the session ended is told again. */
static void test_unconfirmed(Fixture *f, gconstpointer data)
{
        g_autofree char *level = NULL;
        CoapMessage update;

        registered(f);
        observe(f, 4);
        world_advance(&f->world, 86400 * WORLD_SECOND);
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 1), value_integer(44));
        world_advance(&f->world, 0);
        g_assert_cmpint(peer_expect(f->peer, COAP_CONTENT)->type, ==, COAP_CON);
        lose_session(f);
        resume(f);
        update = expect_update(f);
        peer_answer(&f->world, f->peer, &update, COAP_CHANGED, NULL);
        level = message_payload(peer_expect(f->peer, COAP_CONTENT));
        g_assert_cmpstr(level, ==, "44");
}

#define ADD(name, func) g_test_add("/lwm2m/session/" name, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("update-unanswered", test_update_unanswered);
        ADD("update-unanswered-resumed", test_update_unanswered_resumed);
        ADD("nobody-there", test_nobody_there);
        ADD("register-unanswered", test_register_unanswered);
        ADD("closed-while-registering", test_closed_while_registering);
        ADD("restored", test_restored);
        ADD("resumed-needs-register", test_resumed_needs_register);
        ADD("node-gone-meanwhile", test_node_gone_meanwhile);
        ADD("unconfirmed", test_unconfirmed);
        return g_test_run();
}
