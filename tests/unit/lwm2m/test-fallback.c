/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A registration goes by SMS where UDP finds no way, and back. */
#include <errno.h>
#include <string.h>

#include "sms-server.h"

#define READ REQUEST(.code = COAP_GET, .path = "1000/0/0", .token = 7)
/* MAX_TRANSMIT_WAIT (RFC 7252, 4.8.2): nothing that is sent is still repeated. */
#define NO_ANSWER (93 * WORLD_SECOND)

typedef struct Fixture {
        World world;
        SmsServer sms;
        Peer *peer;
} Fixture;

static Account both_ways(World *world)
{
        Account account = world_account(101, 5683);

        g_strlcpy(account.binding, "US", sizeof(account.binding));
        account.sms_mode = SMS_MODE_SECURED_PACKET_DEVICE;
        account.sms_fallback = true;
        g_assert_cmpint(account_set_sms_number(&account, SMS_NUMBER), ==, 0);
        sms_set_keys(world, 101);
        return account;
}

static void set_up(Fixture *f, gconstpointer data)
{
        world_open(&f->world);
        sms_server_open(&f->sms, &f->world);
        f->world.config.own_number = "491701234567";
        world_add(&f->world, both_ways(&f->world));
        f->peer = world_peer(&f->world, 5683);
        world_start(&f->world);
        client_set_bearer(f->world.client, f->sms.bearer);
        world_advance(&f->world, 0);
}

static void drop_datagrams(Fixture *f)
{
        while (peer_take(f->peer))
                continue;
}

static void assert_silent(Fixture *f)
{
        g_assert_null(sms_take(&f->sms));
}

static void assert_no_datagram(Fixture *f)
{
        g_assert_null(peer_take(f->peer));
}

static void assert_registers_by_sms(Fixture *f, const char *location)
{
        message_assert_query(sms_expect(&f->sms, COAP_POST), "rd",
                             "lwm2m=1.1&ep=urn:test&lt=86400&b=US&sms=491701234567");
        sms_answer(&f->sms, &f->sms.message, COAP_CREATED, location);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

static void set_up_fallen_back(Fixture *f, gconstpointer data)
{
        set_up(f, data);
        world_advance(&f->world, NO_ANSWER);
        drop_datagrams(f);
        assert_registers_by_sms(f, "rd/sms");
}

static void tear_down(Fixture *f, gconstpointer data)
{
        sms_server_close(&f->sms);
        world_close(&f->world);
}

/* ---- There ---- */

static void test_no_answer(Fixture *f, gconstpointer data)
{
        assert_silent(f);
        world_advance(&f->world, 60 * WORLD_SECOND);
        assert_silent(f);
        world_advance(&f->world, NO_ANSWER - 60 * WORLD_SECOND);
        drop_datagrams(f);
        assert_registers_by_sms(f, "rd/5a3f");
        g_assert_cmpint(world_info(&f->world, 101).last_error->error, ==, -ETIMEDOUT);

        sms_request(&f->sms, READ);
        g_assert_cmphex(f->sms.message.code, ==, COAP_CONTENT);
        assert_no_datagram(f);
}

static void test_no_network(Fixture *f, gconstpointer data)
{
        f->world.no_network = true;
        f->peer->make_error = -ENETUNREACH;
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_FORBIDDEN, NULL);
        assert_silent(f);
        server_register(world_server(&f->world, 101), NULL, NULL);
        world_advance(&f->world, 0);
        assert_registers_by_sms(f, "rd/5a3f");
}

/* It is there, and says no. */
static void test_refused(Fixture *f, gconstpointer data)
{
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_FORBIDDEN, NULL);
        world_assert_waits(&f->world, 101, 60);
        assert_silent(f);
}

static void test_not_allowed(Fixture *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);

        account.sms_fallback = false;
        world_change(&f->world, account);
        world_advance(&f->world, NO_ANSWER);
        assert_silent(f);
        account.sms_fallback = true;
        g_strlcpy(account.binding, "U", sizeof(account.binding));
        world_change(&f->world, account);
        server_register(world_server(&f->world, 101), NULL, NULL);
        world_advance(&f->world, NO_ANSWER);
        assert_silent(f);
}

static void test_no_modem(Fixture *f, gconstpointer data)
{
        fake_modem_set(f->sms.modem, MODEM_SEARCHING, false);
        world_advance(&f->world, NO_ANSWER);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
        assert_silent(f);
}

/* Neither way: that was one attempt, and the next begins with UDP. */
static void test_neither(Fixture *f, gconstpointer data)
{
        world_advance(&f->world, NO_ANSWER);
        drop_datagrams(f);
        sms_expect(&f->sms, COAP_POST);
        world_advance(&f->world, 180 * WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
        assert_silent(f);
        world_advance(&f->world, 76 * WORLD_SECOND);
        peer_register(&f->world, f->peer, "rd/2");
        assert_silent(f);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

/* ---- And back ---- */

static void test_network(Fixture *f, gconstpointer data)
{
        world_advance(&f->world, 100 * WORLD_SECOND);
        client_network_changed(f->world.client);
        world_advance(&f->world, 400 * WORLD_SECOND);
        assert_no_datagram(f);
        sms_request(&f->sms, READ);
        world_advance(&f->world, 101 * WORLD_SECOND);
        peer_register(&f->world, f->peer, "rd/udp");
        drop_datagrams(f); /* what was repeated before it was answered */
        assert_silent(f);
        g_assert_cmpstr(world_info(&f->world, 101).location, ==, "/rd/udp");

        /* From here on as if nothing had been. */
        client_network_changed(f->world.client);
        world_advance(&f->world, 1000 * WORLD_SECOND);
        assert_no_datagram(f);
        assert_silent(f);
        peer_request(&f->world, f->peer, READ);
        g_assert_cmphex(f->peer->message.code, ==, COAP_CONTENT);
}

static void test_refresh(Fixture *f, gconstpointer data)
{
        world_advance(&f->world, (86400 - 240) * WORLD_SECOND - NO_ANSWER);
        assert_no_datagram(f);
        assert_silent(f);
        world_advance(&f->world, NO_ANSWER);
        peer_expect(f->peer, COAP_POST);
        world_advance(&f->world, NO_ANSWER);
        drop_datagrams(f);
        message_assert_query(sms_expect(&f->sms, COAP_POST), "rd/sms", "");
        sms_answer(&f->sms, &f->sms.message, COAP_CHANGED, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
        world_advance(&f->world, 1000 * WORLD_SECOND);
        assert_no_datagram(f);
        assert_silent(f);
}

/* A network that comes and goes costs no message, and nobody notices. */
static void test_flapping(Fixture *f, gconstpointer data)
{
        sms_request(&f->sms, REQUEST(.code = COAP_GET, .path = "1000/0/1", .token = 9,
                                     .observe = OPTION(0)));
        for (int i = 0; i < 5; i++) {
                world_advance(&f->world, 600 * WORLD_SECOND);
                client_network_changed(f->world.client);
                world_advance(&f->world, 0);
                peer_expect(f->peer, COAP_POST);
                sms_request(&f->sms, READ);
                g_assert_cmphex(f->sms.message.code, ==, COAP_CONTENT);
                world_advance(&f->world, NO_ANSWER);
                drop_datagrams(f);
                assert_silent(f);
                g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
                g_assert_cmpstr(world_info(&f->world, 101).location, ==, "/rd/sms");
        }
        g_assert_cmpuint(world_counter(&f->world, 101, "observations"), ==, 1);
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 1), value_integer(6));
        world_advance(&f->world, WORLD_SECOND);
        sms_expect(&f->sms, COAP_CONTENT);
}

/* UDP it is: what was observed by SMS is over with the registration (Core 6.2.1). */
static void test_observed_before(Fixture *f, gconstpointer data)
{
        sms_request(&f->sms, REQUEST(.code = COAP_GET, .path = "1000/0/1", .token = 9,
                                     .observe = OPTION(0)));
        world_advance(&f->world, 600 * WORLD_SECOND);
        client_network_changed(f->world.client);
        world_advance(&f->world, 0);
        peer_register(&f->world, f->peer, "rd/udp");
        g_assert_cmpuint(world_counter(&f->world, 101, "observations"), ==, 0);
}

/* What is to be told meanwhile goes where the registration is. */
static void test_update(Fixture *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);

        account.lifetime = 7200;
        world_change(&f->world, account);
        world_advance(&f->world, WORLD_SECOND);
        message_assert_query(sms_expect(&f->sms, COAP_POST), "rd/sms", "lt=7200");
        assert_no_datagram(f);
}

static void test_observed(Fixture *f, gconstpointer data)
{
        sms_request(&f->sms, REQUEST(.code = COAP_GET, .path = "1000/0/1", .token = 9,
                                     .observe = OPTION(0)));
        world_advance(&f->world, 5 * WORLD_SECOND);
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 1), value_integer(6));
        world_advance(&f->world, WORLD_SECOND);
        g_assert_cmpuint(sms_expect(&f->sms, COAP_CONTENT)->token.data[0], ==, 9);
        assert_no_datagram(f);
}

static void test_switched_off(Fixture *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);

        account.sms_fallback = false;
        world_change(&f->world, account);
        peer_register(&f->world, f->peer, "rd/2");
        assert_silent(f);
}

static void test_bearer_gone(Fixture *f, gconstpointer data)
{
        client_set_bearer(f->world.client, NULL);
        world_advance(&f->world, 0);
        peer_register(&f->world, f->peer, "rd/2");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

/* From UDP's stand-in to the only way: nothing is to be undone. */
static void test_only_sms(Fixture *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);

        client_network_changed(f->world.client);
        g_strlcpy(account.binding, "S", sizeof(account.binding));
        world_change(&f->world, account);
        world_advance(&f->world, WORLD_SECOND);
        message_assert_query(sms_expect(&f->sms, COAP_POST), "rd/sms", "b=S");
        sms_answer(&f->sms, &f->sms.message, COAP_CHANGED, NULL);
        world_advance(&f->world, 1000 * WORLD_SECOND);
        assert_no_datagram(f);
        assert_silent(f);
}

#define ADD(name, func) g_test_add("/lwm2m/fallback/" name, Fixture, NULL, set_up, func, tear_down)
#define ADD_FALLEN_BACK(name, func)                                                                \
        g_test_add("/lwm2m/fallback/" name, Fixture, NULL, set_up_fallen_back, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("no-answer", test_no_answer);
        ADD("no-network", test_no_network);
        ADD("refused", test_refused);
        ADD("not-allowed", test_not_allowed);
        ADD("no-modem", test_no_modem);
        ADD("neither", test_neither);
        ADD_FALLEN_BACK("network", test_network);
        ADD_FALLEN_BACK("refresh", test_refresh);
        ADD_FALLEN_BACK("flapping", test_flapping);
        ADD_FALLEN_BACK("observed-before", test_observed_before);
        ADD_FALLEN_BACK("update", test_update);
        ADD_FALLEN_BACK("observed", test_observed);
        ADD_FALLEN_BACK("switched-off", test_switched_off);
        ADD_FALLEN_BACK("bearer-gone", test_bearer_gone);
        ADD_FALLEN_BACK("only-sms", test_only_sms);
        return g_test_run();
}
