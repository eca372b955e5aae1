/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One server's registration: Register and De-register. */
#include <errno.h>
#include <string.h>

#include "format/format.h"
#include "world.h"

typedef struct Fixture {
        World world;
        Peer *peer;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
        world_open(&f->world);
        world_add(&f->world, world_account(101, 5683));
        f->peer = world_peer(&f->world, 5683);
        world_start(&f->world);
}

static void set_up_registered(Fixture *f, gconstpointer data)
{
        set_up(f, data);
        peer_register(&f->world, f->peer, "rd/5a3f");
}

static void tear_down(Fixture *f, gconstpointer data)
{
        world_close(&f->world);
}

static void test_register(Fixture *f, gconstpointer data)
{
        const CoapMessage *request = peer_expect(f->peer, COAP_POST);
        ServerInfo info = world_info(&f->world, 101);
        g_autofree char *links = message_payload(request);

        message_assert_query(request, "rd", "lwm2m=1.1&ep=urn:test&lt=86400&b=U");
        g_assert_cmpstr(links, ==, "</>;rt=\"oma.lwm2m\";ct=\"" FORMAT_LIST "\",</1/0>,</1000/0>");
        g_assert_cmpint(info.state, ==, SERVER_REGISTERING);
        g_assert_cmpstr(info.location, ==, "");
        g_assert_cmpstr(info.lwm2m_version, ==, "");
        world_advance(&f->world, WORLD_SECOND);
        peer_answer(&f->world, f->peer, request, COAP_CREATED, "rd/5a3f");
        info = world_info(&f->world, 101);
        g_assert_cmpint(info.state, ==, SERVER_REGISTERED);
        g_assert_cmpstr(info.location, ==, "/rd/5a3f");
        g_assert_cmpstr(info.lwm2m_version, ==, "1.1");
        g_assert_cmpstr(info.security, ==, "nosec");
        g_assert_nonnull(strstr(info.plugin, "nosec"));
        g_assert_cmpint(info.registered_at, ==, 1700000000);
        g_assert_cmpint(info.expires_at, ==, 1700000000 + 86400);
        g_assert_cmpint(info.next_update_at, ==, 1700000000 + 86400 - 93);
        g_assert_cmpuint(world_counter(&f->world, 101, "registrations"), ==, 1);
        g_assert_cmpuint(f->world.n_added, ==, 1);
        g_assert_cmpuint(f->world.n_changed, >, 0);
}

/* Core 6.2.1: nothing is served before the answer. */
static void test_early_request(Fixture *f, gconstpointer data)
{
        const CoapMessage *request = peer_expect(f->peer, COAP_POST);
        CoapMessage copy = *request;

        peer_request(&f->world, f->peer, REQUEST(.code = COAP_GET, .path = "1000/0/0"));
        g_assert_cmphex(f->peer->message.code, ==, COAP_SERVICE_UNAVAILABLE);
        peer_answer(&f->world, f->peer, &copy, COAP_CREATED, "rd/1");
        peer_request(&f->world, f->peer, REQUEST(.code = COAP_GET, .path = "1000/0/0"));
        g_assert_cmphex(f->peer->message.code, ==, COAP_CONTENT);
}

/* 4.12: the server does not know 1.1; it is remembered for the next time. */
static void test_version(Fixture *f, gconstpointer data)
{
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_PRECONDITION_FAILED,
                    NULL);
        message_assert_query(peer_expect(f->peer, COAP_POST), "rd",
                             "lwm2m=1.0&ep=urn:test&lt=86400&b=U");
        g_assert_true(memcmp(f->peer->message.payload, "</1", 3) == 0);
        peer_answer(&f->world, f->peer, &f->peer->message, COAP_CREATED, "rd/1");
        g_assert_cmpstr(world_info(&f->world, 101).lwm2m_version, ==, "1.0");
        g_assert_cmpint(world_info(&f->world, 101).last_error->at, ==, 0);

        server_register(world_server(&f->world, 101), NULL, NULL);
        world_advance(&f->world, 0);
        message_assert_query(peer_expect(f->peer, COAP_POST), "rd",
                             "lwm2m=1.0&ep=urn:test&lt=86400&b=U");
        /* There is nothing below 1.0. */
        peer_answer(&f->world, f->peer, &f->peer->message, COAP_PRECONDITION_FAILED, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
}

static void test_prefix(Fixture *f, gconstpointer data)
{
        Account account = world_account(102, 5700);

        g_strlcat(account.uri, "/iot/x", sizeof(account.uri));
        world_add(&f->world, account);
        message_assert_query(peer_expect(world_peer(&f->world, 5700), COAP_POST), "iot/x/rd",
                             "lwm2m=1.1&ep=urn:test&lt=86400&b=U");
        peer_answer(&f->world, world_peer(&f->world, 5700), &world_peer(&f->world, 5700)->message,
                    COAP_CREATED, "other/place");
        server_update(world_server(&f->world, 102), false, NULL, NULL);
        world_advance(&f->world, WORLD_SECOND);
        message_assert_query(peer_expect(world_peer(&f->world, 5700), COAP_POST), "other/place",
                             "");
}

/* ---- De-register ---- */

static void test_deregister(Fixture *f, gconstpointer data)
{
        Server *server = world_server(&f->world, 101);

        g_assert_cmpint(server_deregister(server, world_done, &f->world), ==, 1);
        message_assert_query(peer_expect(f->peer, COAP_DELETE), "rd/5a3f", "");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_DEREGISTERING);
        g_assert_cmpint(server_register(server, NULL, NULL), ==, -EBUSY);
        g_assert_cmpint(server_update(server, false, NULL, NULL), ==, -ENOTCONN);
        peer_answer(&f->world, f->peer, &f->peer->message, COAP_DELETED, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_IDLE);
        g_assert_cmpint(f->world.result, ==, 0);
        g_assert_cmpuint(f->world.n_done, ==, 1);
        g_assert_cmpstr(world_info(&f->world, 101).location, ==, "");
        /* It stays so. */
        world_advance(&f->world, 1000000 * WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_IDLE);
        g_assert_cmpint(server_deregister(server, world_done, &f->world), ==, 0);

        g_assert_cmpint(server_register(server, world_done, &f->world), ==, 1);
        world_advance(&f->world, 0);
        peer_register(&f->world, f->peer, "rd/2");
        g_assert_cmpuint(f->world.n_done, ==, 2);
}

static void test_deregister_unanswered(Fixture *f, gconstpointer data)
{
        server_deregister(world_server(&f->world, 101), world_done, &f->world);
        world_advance(&f->world, 44 * WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_DEREGISTERING);
        world_advance(&f->world, WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_IDLE);
        g_assert_cmpint(f->world.result, ==, -ETIMEDOUT);
}

static void test_deregister_refused(Fixture *f, gconstpointer data)
{
        server_deregister(world_server(&f->world, 101), world_done, &f->world);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_DELETE), COAP_FORBIDDEN, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_IDLE);
        g_assert_cmpint(f->world.result, ==, -ECONNREFUSED);
}

/* While the Register is under way: what comes of it is undone, whatever the caller's patience. */
static void test_deregister_early(Fixture *f, gconstpointer data)
{
        const CoapMessage *request;

        request = peer_expect(f->peer, COAP_POST);
        g_assert_cmpint(server_deregister(world_server(&f->world, 101), world_done, &f->world), ==,
                        1);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_DEREGISTERING);
        peer_answer(&f->world, f->peer, request, COAP_CREATED, "rd/9");
        message_assert_query(peer_expect(f->peer, COAP_DELETE), "rd/9", "");
        peer_answer(&f->world, f->peer, &f->peer->message, COAP_DELETED, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_IDLE);
        g_assert_cmpint(f->world.result, ==, 0);
        g_assert_cmpuint(f->world.n_done, ==, 1);
}

static void test_deregister_early_unanswered(Fixture *f, gconstpointer data)
{
        peer_expect(f->peer, COAP_POST);
        server_deregister(world_server(&f->world, 101), world_done, &f->world);
        world_advance(&f->world, 5 * WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_IDLE);
        g_assert_cmpint(f->world.result, ==, 0);
        g_assert_cmpuint(f->world.n_done, ==, 1);
}

#define ADD(name, func) g_test_add("/lwm2m/server/" name, Fixture, NULL, set_up, func, tear_down)
#define ADD_REGISTERED(name, func)                                                                 \
        g_test_add("/lwm2m/server/" name, Fixture, NULL, set_up_registered, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("register", test_register);
        ADD("early-request", test_early_request);
        ADD("version", test_version);
        ADD("prefix", test_prefix);
        ADD("deregister-early", test_deregister_early);
        ADD("deregister-early-unanswered", test_deregister_early_unanswered);
        ADD_REGISTERED("deregister", test_deregister);
        ADD_REGISTERED("deregister-unanswered", test_deregister_unanswered);
        ADD_REGISTERED("deregister-refused", test_deregister_refused);
        return g_test_run();
}
