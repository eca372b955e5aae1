/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes wrong between us and a server, and what is done about it. */
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

/* Up to the end of the handshake. */
static void start_psk(Fixture *f, const char *order)
{
        g_autofree char *hello = NULL;

        world_add(&f->world, world_psk_account(&f->world, 101, 5683));
        world_start(&f->world);
        hello = peer_take_text(f->peer);
        g_assert_cmpstr(hello, ==, "hello");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_CONNECTING);
        if (order)
                peer_order(&f->world, f->peer, order);
}

static void assert_error(Fixture *f, int error, const char *text)
{
        const ServerError *last = world_info(&f->world, 101).last_error;

        g_assert_cmpint(last->error, ==, error);
        g_assert_cmpint(last->at, >=, 1700000000);
        if (!strstr(last->text, text))
                g_error("\"%s\" is not in \"%s\"", text, last->text);
}

static gint64 wait_left(Fixture *f)
{
        ServerInfo info = world_info(&f->world, 101);

        g_assert_cmpint(info.state, ==, SERVER_WAITING);
        return info.next_attempt_at - clock_realtime(f->world.clock) / WORLD_SECOND;
}

/* To the next attempt. */
static void wait_for_attempt(Fixture *f)
{
        world_advance(&f->world, (wait_left(f) + 1) * WORLD_SECOND);
}

/* ---- The failure policy ---- */

/* Core 6.2.1.1: 60, 120, 240, 480 s and then a day, and again. */
static void test_back_off(Fixture *f, gconstpointer data)
{
        static const gint64 delays[] = {60, 120, 240, 480, 86400, 60, 120};

        start_nosec(f);
        for (size_t i = 0; i < G_N_ELEMENTS(delays); i++) {
                peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_FORBIDDEN,
                            NULL);
                assert_error(f, -ECONNREFUSED, "register: server answered 4.03 Forbidden");
                world_assert_waits(&f->world, 101, delays[i]);
                wait_for_attempt(f);
        }
        peer_register(&f->world, f->peer, "rd/1");
        /* A success begins the count anew. */
        server_register(world_server(&f->world, 101), NULL, NULL);
        world_advance(&f->world, 0);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_FORBIDDEN, NULL);
        world_assert_waits(&f->world, 101, 60);
}

static void test_given_up(Fixture *f, gconstpointer data)
{
        Account account = world_account(101, 5683);

        account.retry_count = 2;
        account.retry_timer = 5;
        account.sequence_delay = UINT32_MAX;
        world_add(&f->world, account);
        world_start(&f->world);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_BAD_REQUEST, NULL);
        world_assert_waits(&f->world, 101, 5);
        wait_for_attempt(f);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_BAD_REQUEST, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_FAILED);
        world_advance(&f->world, 1000000 * WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_FAILED);
        g_assert_cmpint(server_register(world_server(&f->world, 101), world_done, &f->world), ==,
                        1);
        world_advance(&f->world, 0);
        peer_register(&f->world, f->peer, "rd/1");
        g_assert_cmpuint(f->world.n_done, ==, 1);
}

static void test_unanswered(Fixture *f, gconstpointer data)
{
        start_nosec(f);
        server_register(world_server(&f->world, 101), world_done, &f->world);
        world_advance(&f->world, 100 * WORLD_SECOND);
        assert_error(f, -ETIMEDOUT, "register: no answer");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
        g_assert_cmpint(f->world.result, ==, -ETIMEDOUT);
}

/* Without Location-Path there is nothing to update (Core 6.2.1). */
static void test_no_location(Fixture *f, gconstpointer data)
{
        start_nosec(f);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_CREATED, NULL);
        assert_error(f, -EPROTO, "location");
        world_assert_waits(&f->world, 101, 60);
        wait_for_attempt(f);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_CHANGED, "rd/1");
        world_assert_waits(&f->world, 101, 120);
}

/* RFC 7252, 5.9.3.4 */
static void test_max_age(Fixture *f, gconstpointer data)
{
        const CoapMessage *request;
        CoapMessage answer = {.type = COAP_ACK, .code = COAP_SERVICE_UNAVAILABLE};

        start_nosec(f);
        request = peer_expect(f->peer, COAP_POST);
        answer.id = request->id;
        answer.token = request->token;
        coap_message_add_uint(&answer, COAP_OPTION_MAX_AGE, 500);
        peer_send(&f->world, f->peer, &answer);
        assert_error(f, -EBUSY, "5.03");
        g_assert_cmpint(wait_left(f), ==, 500);
}

static void test_diagnostic(Fixture *f, gconstpointer data)
{
        const CoapMessage *request;
        CoapMessage answer = {.type = COAP_ACK, .code = COAP_BAD_REQUEST};

        start_nosec(f);
        request = peer_expect(f->peer, COAP_POST);
        answer.id = request->id;
        answer.token = request->token;
        answer.payload = (const uint8_t *) "no\nsuch \x1b[31mname";
        answer.payload_len = 17;
        peer_send(&f->world, f->peer, &answer);
        assert_error(f, -ECONNREFUSED, "4.00 Bad Request: no?such ?[31mname");
}

/* What is not to be mended by waiting says what to do. */
static void test_no_key(Fixture *f, gconstpointer data)
{
        Account account = world_psk_account(&f->world, 101, 5683);

        keystore_clear(f->world.keystore, 101, KEY_SLOT_PSK);
        world_add(&f->world, account);
        world_start(&f->world);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_FAILED);
        assert_error(f, -ENOKEY, "no key: lwm2mctl key-set 101 psk");
        g_assert_cmpint(f->peer->n_links, ==, 0);

        keystore_set(f->world.keystore, 101, KEY_SLOT_PSK, "secret", 6);
        world_advance(&f->world, WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_CONNECTING);
}

static void test_no_plugin(Fixture *f, gconstpointer data)
{
        g_clear_pointer(&f->world.loader, loader_free);
        f->world.loader = loader_new();
        start_nosec(f);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_FAILED);
        assert_error(f, -ENOTSUP, "no security plugin for mode nosec");
}

/* ---- Sessions ---- */

static void test_wrong_key(Fixture *f, gconstpointer data)
{
        start_psk(f, "!alert 115");
        assert_error(f, -ECONNREFUSED, "handshake: ");
        assert_error(f, -ECONNREFUSED, "unknown_psk_identity");
        world_assert_waits(&f->world, 101, 60);
        g_assert_cmpuint(world_counter(&f->world, 101, "handshakes-failed"), ==, 1);
        wait_for_attempt(f);
        peer_order(&f->world, f->peer, "!alert 51");
        world_assert_waits(&f->world, 101, 120);
        /* The right one is tried soon. */
        keystore_set(f->world.keystore, 101, KEY_SLOT_PSK, "other", 5);
        world_advance(&f->world, WORLD_SECOND);
        peer_order(&f->world, f->peer, "!ready");
        g_free(peer_take_text(f->peer));
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERING);
        g_assert_cmpuint(world_info(&f->world, 101).cipher_suite, ==, 0xc0a8);
}

static void test_handshake_unanswered(Fixture *f, gconstpointer data)
{
        start_psk(f, NULL);
        world_advance(&f->world, 30 * WORLD_SECOND);
        assert_error(f, -ETIMEDOUT, "handshake: ");
        world_assert_waits(&f->world, 101, 60);
}

static void psk_registered(Fixture *f)
{
        start_psk(f, "!ready");
        peer_register(&f->world, f->peer, "rd/1");
        peer_request(
                &f->world, f->peer,
                REQUEST(.code = COAP_GET, .path = "1000/0/1", .observe = OPTION(0), .token = 4));
        g_assert_cmphex(f->peer->message.code, ==, COAP_CONTENT);
        world_advance(&f->world, 100 * WORLD_SECOND);
}

static void reconnect(Fixture *f, const char *order)
{
        g_autofree char *hello = NULL;

        peer_order(&f->world, f->peer, "!closed");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
        world_advance(&f->world, 4 * WORLD_SECOND);
        hello = peer_take_text(f->peer);
        g_assert_cmpstr(hello, ==, "hello");
        g_assert_cmpuint(f->peer->n_links, ==, 2);
        peer_order(&f->world, f->peer, order);
}

/* A resumed session goes on where it was: Update, and what changed meanwhile is told after its
 * answer. */
static void test_resumed(Fixture *f, gconstpointer data)
{
        g_autofree char *path = NULL;
        CoapMessage update;

        psk_registered(f);
        peer_order(&f->world, f->peer, "!closed");
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 1), value_integer(44));
        world_advance(&f->world, 4 * WORLD_SECOND);
        g_free(peer_take_text(f->peer));
        peer_order(&f->world, f->peer, "!resumed");
        update = *peer_expect(f->peer, COAP_POST);
        path = message_join(&update, COAP_OPTION_URI_PATH, "/");
        g_assert_cmpstr(path, ==, "rd/1");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_UPDATING);
        g_assert_true(world_info(&f->world, 101).resumed);
        g_assert_null(peer_take(f->peer));
        peer_answer(&f->world, f->peer, &update, COAP_CHANGED, NULL);
        g_assert_cmpuint(peer_expect(f->peer, COAP_CONTENT)->token.data[0], ==, 4);
        g_assert_cmpuint(world_counter(&f->world, 101, "observations"), ==, 1);
}

/* A full handshake is a client of its own: Register (LwM2M Transport, 6.4.1). */
static void test_not_resumed(Fixture *f, gconstpointer data)
{
        psk_registered(f);
        reconnect(f, "!ready");
        peer_register(&f->world, f->peer, "rd/2");
        g_assert_cmpstr(world_info(&f->world, 101).location, ==, "/rd/2");
        g_assert_cmpuint(world_counter(&f->world, 101, "observations"), ==, 0);
}

/* Nor where it was asked for. */
static void test_register_asked(Fixture *f, gconstpointer data)
{
        psk_registered(f);
        peer_order(&f->world, f->peer, "!closed");
        g_assert_cmpint(server_register(world_server(&f->world, 101), world_done, &f->world), ==,
                        1);
        world_advance(&f->world, 0);
        g_free(peer_take_text(f->peer));
        peer_order(&f->world, f->peer, "!resumed");
        peer_register(&f->world, f->peer, "rd/3");
        g_assert_cmpuint(f->world.n_done, ==, 1);
        g_assert_cmpint(f->world.result, ==, 0);
}

/* A server that closes each session at once is not run against. */
static void test_closed_at_once(Fixture *f, gconstpointer data)
{
        start_psk(f, "!ready");
        peer_register(&f->world, f->peer, "rd/1");
        reconnect(f, "!ready");
        peer_register(&f->world, f->peer, "rd/1");
        peer_order(&f->world, f->peer, "!closed");
        world_assert_waits(&f->world, 101, 60);
}

/* ---- The network ---- */

static void test_no_network(Fixture *f, gconstpointer data)
{
        f->world.no_network = true;
        f->peer->make_error = -ENETUNREACH;
        start_nosec(f);
        /* Attempts without a network are not counted: the wait does not grow. */
        for (int i = 0; i < 8; i++) {
                assert_error(f, -ENETUNREACH, "no route");
                world_assert_waits(&f->world, 101, 60);
                wait_for_attempt(f);
        }
        f->world.no_network = false;
        f->peer->make_error = 0;
        client_network_changed(f->world.client);
        world_advance(&f->world, 0);
        peer_register(&f->world, f->peer, "rd/1");
}

/* A server that refuses us is not asked more often because the network changes. */
static void test_network_and_refusal(Fixture *f, gconstpointer data)
{
        start_nosec(f);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_FORBIDDEN, NULL);
        client_network_changed(f->world.client);
        world_assert_waits(&f->world, 101, 60);
}

#define ADD(name, func) g_test_add("/lwm2m/failure/" name, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("back-off", test_back_off);
        ADD("given-up", test_given_up);
        ADD("unanswered", test_unanswered);
        ADD("no-location", test_no_location);
        ADD("max-age", test_max_age);
        ADD("diagnostic", test_diagnostic);
        ADD("no-key", test_no_key);
        ADD("no-plugin", test_no_plugin);
        ADD("wrong-key", test_wrong_key);
        ADD("handshake-unanswered", test_handshake_unanswered);
        ADD("resumed", test_resumed);
        ADD("not-resumed", test_not_resumed);
        ADD("register-asked", test_register_asked);
        ADD("closed-at-once", test_closed_at_once);
        ADD("no-network", test_no_network);
        ADD("network-and-refusal", test_network_and_refusal);
        return g_test_run();
}
