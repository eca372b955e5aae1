/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Accounts that come, change and go, the network, the end. */
#include <errno.h>
#include <string.h>

#include "world.h"

typedef struct Fixture {
        World world;
        Peer *peer;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
        world_open(&f->world);
        f->peer = world_peer(&f->world, 5683);
}

static void tear_down(Fixture *f, gconstpointer data)
{
        world_close(&f->world);
}

static void start_nosec(Fixture *f)
{
        world_add(&f->world, world_account(101, 5683));
        world_start(&f->world);
}

/* ---- Accounts ---- */

static void test_moved(Fixture *f, gconstpointer data)
{
        Account account = world_account(101, 6000);
        Peer *other = world_peer(&f->world, 6000);

        start_nosec(f);
        peer_register(&f->world, f->peer, "rd/1");
        world_change(&f->world, account);
        g_assert_null(other->link);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_DELETE), COAP_DELETED, NULL);
        peer_register(&f->world, other, "rd/9");
        g_assert_cmpstr(world_info(&f->world, 101).location, ==, "/rd/9");
}

static void test_removed(Fixture *f, gconstpointer data)
{
        start_nosec(f);
        peer_register(&f->world, f->peer, "rd/1");
        server_update(world_server(&f->world, 101), false, world_done, &f->world);
        accounts_remove(f->world.accounts, 101);
        world_advance(&f->world, 0);
        g_assert_null(client_find(f->world.client, 101));
        g_assert_cmpuint(f->world.n_removed, ==, 1);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_DELETE), COAP_DELETED, NULL);
        g_assert_cmpint(f->world.result, ==, -ECANCELED);
        g_assert_cmpuint(f->world.n_done, ==, 1);
        /* Again, while nothing is left of the first. */
        world_add(&f->world, world_account(101, 5683));
        peer_register(&f->world, f->peer, "rd/2");
}

/* ETS 950, 951: each server has a registration, attributes and observations of its own. */
static void test_two_servers(Fixture *f, gconstpointer data)
{
        Peer *second = world_peer(&f->world, 5693);

        start_nosec(f);
        peer_register(&f->world, f->peer, "rd/1");
        world_add(&f->world, world_account(102, 5693));
        peer_register(&f->world, second, "rd/2");
        g_assert_true(client_next(f->world.client, 0) == world_server(&f->world, 101));
        g_assert_true(client_next(f->world.client, 101) == world_server(&f->world, 102));
        g_assert_null(client_next(f->world.client, 102));

        /* Another instance of object 1 is one more object for the first. */
        world_advance(&f->world, WORLD_SECOND);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_CHANGED, NULL);

        peer_request(&f->world, f->peer,
                     REQUEST(.code = COAP_PUT, .path = "1000/0/1", .query = "pmax=5"));
        peer_request(&f->world, f->peer,
                     REQUEST(.code = COAP_GET, .path = "1000/0/1", .observe = OPTION(0)));
        peer_request(&f->world, second,
                     REQUEST(.code = COAP_GET, .path = "1000/0/1", .observe = OPTION(0)));
        world_advance(&f->world, 5 * WORLD_SECOND);
        peer_expect(f->peer, COAP_CONTENT);
        g_assert_null(peer_take(second));
        /* Of object 1 each has its own instance alone. */
        peer_request(&f->world, f->peer, REQUEST(.code = COAP_GET, .path = "1/0/1"));
        g_assert_cmphex(f->peer->message.code, ==, COAP_CONTENT);
        peer_request(&f->world, second, REQUEST(.code = COAP_GET, .path = "1/0/1"));
        g_assert_cmphex(second->message.code, ==, COAP_UNAUTHORIZED);
        peer_request(&f->world, second, REQUEST(.code = COAP_POST, .path = "1/0/8"));
        g_assert_cmphex(second->message.code, ==, COAP_UNAUTHORIZED);
}

/* ---- The network ---- */

static void test_address_changed(Fixture *f, gconstpointer data)
{
        start_nosec(f);
        peer_register(&f->world, f->peer, "rd/1");
        client_network_changed(f->world.client);
        world_advance(&f->world, 0);
        g_assert_cmpuint(f->peer->n_links, ==, 1);
        f->world.no_network = true;
        client_network_changed(f->world.client);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
        f->world.no_network = false;
        f->world.host = 2;
        client_network_changed(f->world.client);
        world_advance(&f->world, 0);
        g_assert_cmpuint(f->peer->n_links, ==, 2);
        peer_register(&f->world, f->peer, "rd/2");
}

/* ---- The end ---- */

static void on_stopped(void *user)
{
        ++*(unsigned *) user;
}

static void test_stop(Fixture *f, gconstpointer data)
{
        Peer *second = world_peer(&f->world, 5693);
        unsigned stopped = 0;

        start_nosec(f);
        peer_register(&f->world, f->peer, "rd/1");
        world_add(&f->world, world_account(102, 5693));
        peer_expect(second, COAP_POST);
        client_stop(f->world.client, on_stopped, &stopped);
        g_assert_cmpuint(stopped, ==, 0);
        world_advance(&f->world, 0);
        g_assert_cmpuint(stopped, ==, 0);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_DELETE), COAP_DELETED, NULL);
        g_assert_cmpuint(stopped, ==, 0);
        /* The second has not yet said where it keeps us. */
        peer_answer(&f->world, second, &second->message, COAP_CREATED, "rd/2");
        peer_answer(&f->world, second, peer_expect(second, COAP_DELETE), COAP_DELETED, NULL);
        g_assert_cmpuint(stopped, ==, 1);
        world_advance(&f->world, 1000 * WORLD_SECOND);
        g_assert_cmpuint(stopped, ==, 1);
}

static void test_stop_silent(Fixture *f, gconstpointer data)
{
        unsigned stopped = 0;

        start_nosec(f);
        peer_register(&f->world, f->peer, "rd/1");
        client_stop(f->world.client, on_stopped, &stopped);
        world_advance(&f->world, 4 * WORLD_SECOND);
        g_assert_cmpuint(stopped, ==, 0);
        world_advance(&f->world, WORLD_SECOND);
        g_assert_cmpuint(stopped, ==, 1);
}

/* Whose account is gone is waited for like the others. */
static void test_stop_removed(Fixture *f, gconstpointer data)
{
        unsigned stopped = 0;

        start_nosec(f);
        peer_register(&f->world, f->peer, "rd/1");
        accounts_remove(f->world.accounts, 101);
        client_stop(f->world.client, on_stopped, &stopped);
        world_advance(&f->world, WORLD_SECOND);
        g_assert_cmpuint(stopped, ==, 0);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_DELETE), COAP_DELETED, NULL);
        g_assert_cmpuint(stopped, ==, 1);
}

static void test_stop_removed_silent(Fixture *f, gconstpointer data)
{
        unsigned stopped = 0;

        start_nosec(f);
        peer_register(&f->world, f->peer, "rd/1");
        accounts_remove(f->world.accounts, 101);
        client_stop(f->world.client, on_stopped, &stopped);
        world_advance(&f->world, 5 * WORLD_SECOND);
        g_assert_cmpuint(stopped, ==, 1);
}

/* An account that moved is not gone after at the end. */
static void test_stop_moved(Fixture *f, gconstpointer data)
{
        unsigned stopped = 0;

        f->world.config.deregister_on_stop = false;
        start_nosec(f);
        peer_register(&f->world, f->peer, "rd/1");
        world_change(&f->world, world_account(101, 6000));
        peer_expect(f->peer, COAP_DELETE);
        client_stop(f->world.client, on_stopped, &stopped);
        world_advance(&f->world, 100 * WORLD_SECOND);
        g_assert_cmpuint(stopped, ==, 1);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_IDLE);
        g_assert_null(world_peer(&f->world, 6000)->link);
}

/* What holds for the server that was does not for the one that is. */
static void test_moved_while_waiting(Fixture *f, gconstpointer data)
{
        Peer *other = world_peer(&f->world, 6000);
        g_autofree char *query = NULL;

        start_nosec(f);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_PRECONDITION_FAILED,
                    NULL);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_FORBIDDEN, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
        world_change(&f->world, world_account(101, 6000));
        query = message_join(peer_expect(other, COAP_POST), COAP_OPTION_URI_QUERY, "&");
        g_assert_nonnull(strstr(query, "lwm2m=1.1"));
}

/* One that acknowledges and takes its time. */
static void test_stop_slow(Fixture *f, gconstpointer data)
{
        CoapMessage ack = {.type = COAP_ACK};
        unsigned stopped = 0;

        start_nosec(f);
        peer_register(&f->world, f->peer, "rd/1");
        client_stop(f->world.client, on_stopped, &stopped);
        ack.id = peer_expect(f->peer, COAP_DELETE)->id;
        peer_send(&f->world, f->peer, &ack);
        world_advance(&f->world, 9 * WORLD_SECOND);
        g_assert_cmpuint(stopped, ==, 0);
        world_advance(&f->world, WORLD_SECOND);
        g_assert_cmpuint(stopped, ==, 1);
}

static void test_stop_keeps(Fixture *f, gconstpointer data)
{
        unsigned stopped = 0;

        f->world.config.deregister_on_stop = false;
        start_nosec(f);
        peer_register(&f->world, f->peer, "rd/1");
        client_stop(f->world.client, on_stopped, &stopped);
        g_assert_null(peer_take(f->peer));
        world_advance(&f->world, 0);
        g_assert_cmpuint(stopped, ==, 1);
}

static void test_no_accounts(Fixture *f, gconstpointer data)
{
        unsigned stopped = 0;

        world_start(&f->world);
        g_assert_null(client_next(f->world.client, 0));
        g_assert_cmpint(clock_next_deadline(f->world.clock), ==, CLOCK_NEVER);
        g_assert_cmpint(client_hook_update(5, f->world.client), ==, -ENOENT);
        client_stop(f->world.client, on_stopped, &stopped);
        g_assert_cmpuint(stopped, ==, 0);
        world_advance(&f->world, 0);
        g_assert_cmpuint(stopped, ==, 1);
}

#define ADD(name, func) g_test_add("/lwm2m/client/" name, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("moved", test_moved);
        ADD("removed", test_removed);
        ADD("two-servers", test_two_servers);
        ADD("address-changed", test_address_changed);
        ADD("stop", test_stop);
        ADD("stop-silent", test_stop_silent);
        ADD("stop-removed", test_stop_removed);
        ADD("stop-removed-silent", test_stop_removed_silent);
        ADD("stop-moved", test_stop_moved);
        ADD("moved-while-waiting", test_moved_while_waiting);
        ADD("stop-slow", test_stop_slow);
        ADD("stop-keeps", test_stop_keeps);
        ADD("no-accounts", test_no_accounts);
        return g_test_run();
}
