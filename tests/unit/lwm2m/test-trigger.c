/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Servers that are reached by UDP and by SMS: each request is answered where it came from, and a
 * trigger not at all. */
#include <errno.h>
#include <string.h>

#include "sms-server.h"

#define READ REQUEST(.code = COAP_GET, .path = "1000/0/0", .token = 7)
#define TRIGGER REQUEST(.code = COAP_POST, .path = "1/0/8", .token = 8)

typedef struct Fixture {
        World world;
        SmsServer sms;
        Peer *peer;
} Fixture;

typedef struct Variant {
        const char *binding;
        const char *query; /* of the Register */
        SmsMode mode;
        bool trigger;
} Variant;

static const Variant both = {"US", "lwm2m=1.1&ep=urn:test&lt=86400&b=US&sms=491701234567",
                             SMS_MODE_SECURED_PACKET_DEVICE};
static const Variant trigger = {"U", "lwm2m=1.1&ep=urn:test&lt=86400&b=U&sms=491701234567",
                                SMS_MODE_SECURED_PACKET_DEVICE, true};
static const Variant unprotected = {"U", "lwm2m=1.1&ep=urn:test&lt=86400&b=U&sms=491701234567",
                                    SMS_MODE_NOSEC, true};

static void set_up(Fixture *f, gconstpointer data)
{
        const Variant *variant = data;
        Account account;

        world_open(&f->world);
        sms_server_open(&f->sms, &f->world);
        f->sms.open = variant->mode == SMS_MODE_NOSEC;
        f->world.config.own_number = "+491701234567";
        account = world_account(101, 5683);
        g_strlcpy(account.binding, variant->binding, sizeof(account.binding));
        account.sms_mode = variant->mode;
        account.trigger = variant->trigger;
        g_assert_cmpint(account_set_sms_number(&account, SMS_NUMBER), ==, 0);
        if (!f->sms.open)
                sms_set_keys(&f->world, 101);
        world_add(&f->world, account);
        f->peer = world_peer(&f->world, 5683);
        world_start(&f->world);
        client_set_bearer(f->world.client, f->sms.bearer);
        world_advance(&f->world, 0);
}

/* The number is told as soon as there is a modem, which is after the Register was sent. */
static void set_up_registered(Fixture *f, gconstpointer data)
{
        set_up(f, data);
        peer_register(&f->world, f->peer, "rd/5a3f");
        world_advance(&f->world, WORLD_SECOND);
        message_assert_query(peer_expect(f->peer, COAP_POST), "rd/5a3f", "sms=491701234567");
        peer_answer(&f->world, f->peer, &f->peer->message, COAP_CHANGED, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

static void tear_down(Fixture *f, gconstpointer data)
{
        sms_server_close(&f->sms);
        world_close(&f->world);
}

static void assert_silent(Fixture *f)
{
        g_assert_null(sms_take(&f->sms));
}

static void assert_updates(Fixture *f)
{
        assert_silent(f);
        world_advance(&f->world, WORLD_SECOND);
        message_assert_query(peer_expect(f->peer, COAP_POST), "rd/5a3f", "");
        peer_answer(&f->world, f->peer, &f->peer->message, COAP_CHANGED, NULL);
        assert_silent(f);
}

static void assert_no_update(Fixture *f)
{
        assert_silent(f);
        world_advance(&f->world, 5 * WORLD_SECOND);
        g_assert_null(peer_take(f->peer));
}

/* ---- Both ways ---- */

static void test_register(Fixture *f, gconstpointer data)
{
        const Variant *variant = data;

        peer_expect(f->peer, COAP_POST);
        peer_answer(&f->world, f->peer, &f->peer->message, COAP_CREATED, "rd/1");
        server_register(world_server(&f->world, 101), NULL, NULL);
        world_advance(&f->world, 0);
        message_assert_query(peer_expect(f->peer, COAP_POST), "rd", variant->query);
        assert_silent(f);
}

static void test_answered_where_asked(Fixture *f, gconstpointer data)
{
        sms_request(&f->sms, READ);
        g_assert_cmphex(f->sms.message.code, ==, COAP_CONTENT);
        g_assert_null(peer_take(f->peer));
        peer_request(&f->world, f->peer, READ);
        g_assert_cmphex(f->peer->message.code, ==, COAP_CONTENT);
        assert_silent(f);
}

static void test_observed_where_asked(Fixture *f, gconstpointer data)
{
        const Request observe =
                REQUEST(.code = COAP_GET, .path = "1000/0/1", .token = 9, .observe = OPTION(0));

        sms_request(&f->sms, observe);
        peer_request(&f->world, f->peer, observe);
        g_assert_cmpuint(world_counter(&f->world, 101, "observations"), ==, 2);
        world_advance(&f->world, 5 * WORLD_SECOND);
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 1), value_integer(6));
        world_advance(&f->world, WORLD_SECOND);
        sms_expect(&f->sms, COAP_CONTENT);
        peer_expect(f->peer, COAP_CONTENT);
        assert_silent(f);
        g_assert_null(peer_take(f->peer));
}

/* /1/x/7 is written: the registration goes to the way that is left, and back. */
static void test_other_binding(Fixture *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);

        g_strlcpy(account.binding, "S", sizeof(account.binding));
        world_change(&f->world, account);
        message_assert_query(sms_expect(&f->sms, COAP_POST), "rd",
                             "lwm2m=1.1&ep=urn:test&lt=86400&b=S&sms=491701234567");
        world_advance(&f->world, 180 * WORLD_SECOND);
        world_assert_waits(&f->world, 101, 60);
        world_advance(&f->world, 76 * WORLD_SECOND);
        sms_register(&f->sms, "rd/2");
        g_assert_null(peer_take(f->peer));

        g_strlcpy(account.binding, "US", sizeof(account.binding));
        world_change(&f->world, account);
        peer_register(&f->world, f->peer, "rd/3");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
        sms_request(&f->sms, READ);
        g_assert_cmphex(f->sms.message.code, ==, COAP_CONTENT);
}

/* Without a registration nothing is served; the server is told so where it asked. */
static void test_unregistered(Fixture *f, gconstpointer data)
{
        peer_expect(f->peer, COAP_POST);
        sms_request(&f->sms, READ);
        g_assert_cmphex(f->sms.message.code, ==, COAP_SERVICE_UNAVAILABLE);
}

/* 1.0, and 1.1 without /1/x/21: an Execute like any other. */
static void test_update_trigger_answered(Fixture *f, gconstpointer data)
{
        sms_request(&f->sms, TRIGGER);
        g_assert_cmphex(f->sms.message.code, ==, COAP_CHANGED);
        assert_updates(f);
}

/* ---- Triggers alone ---- */

static void test_trigger(Fixture *f, gconstpointer data)
{
        sms_ask(&f->sms, TRIGGER);
        assert_updates(f);
}

static void test_trigger_arguments(Fixture *f, gconstpointer data)
{
        sms_ask(&f->sms, REQUEST(.code = COAP_POST, .path = "1/0/8", .query = "0=U"));
        assert_updates(f);
        sms_ask(&f->sms, REQUEST(.code = COAP_POST, .path = "1/0/8", .payload = "0='U'"));
        assert_updates(f);
        sms_ask(&f->sms, REQUEST(.code = COAP_POST, .path = "1/0/8", .query = "0=S"));
        assert_no_update(f);
}

static void assert_ignores_all_else(Fixture *f)
{
        sms_ask(&f->sms, READ);
        assert_no_update(f);
        sms_ask(&f->sms, REQUEST(.code = COAP_POST, .path = "1000/0/3"));
        assert_no_update(f);
        g_assert_cmpstr(f->world.executed->str, ==, "");
        sms_ask(&f->sms, REQUEST(.code = COAP_GET, .path = "1/0/8"));
        assert_no_update(f);
        sms_ask(&f->sms, REQUEST(.code = COAP_POST, .path = "1/1/8"));
        assert_no_update(f);
        sms_ask(&f->sms, REQUEST(.code = COAP_POST, .path = "1/0/8/0"));
        assert_no_update(f);
        sms_ask(&f->sms, REQUEST(.code = COAP_POST, .path = "1/0/9"));
        assert_no_update(f);
        /* RFC 7252, 4.3: a ping is answered by a Reset, but not here. */
        sms_send(&f->sms, &(CoapMessage){.type = COAP_CON, .id = 4711});
        assert_no_update(f);
}

static void test_nothing_else(Fixture *f, gconstpointer data)
{
        assert_ignores_all_else(f);
        sms_ask(&f->sms, TRIGGER);
        assert_updates(f);
}

/* ---- Without security ---- */

/* Not at once, for anybody can send it; but in a while. Returns when, in seconds. */
static unsigned assert_updates_later(Fixture *f)
{
        for (unsigned i = 0; i <= 22; i++) {
                const CoapMessage *message = peer_take(f->peer);

                assert_silent(f);
                if (message) {
                        message_assert_query(message, "rd/5a3f", "");
                        peer_answer(&f->world, f->peer, message, COAP_CHANGED, NULL);
                        g_assert_cmpuint(i, >=, 1);
                        return i;
                }
                world_advance(&f->world, WORLD_SECOND);
        }
        g_assert_not_reached();
}

static void test_open(Fixture *f, gconstpointer data)
{
        unsigned earliest = 100, latest = 0;

        for (unsigned i = 0; i < 20; i++) {
                unsigned after;

                sms_ask(&f->sms, TRIGGER);
                after = assert_updates_later(f);
                earliest = MIN(earliest, after);
                latest = MAX(latest, after);
                world_advance(&f->world, 60 * WORLD_SECOND);
        }
        g_assert_cmpuint(earliest, <, latest); /* with 20 draws of 20 values */
}

/* Core 1.0, appendix L. */
static void test_push(Fixture *f, gconstpointer data)
{
        f->sms.push = true;
        sms_ask(&f->sms, READ);
        assert_no_update(f);
        sms_ask(&f->sms, TRIGGER);
        assert_updates_later(f);
}

/* One in a minute. */
static void test_rate(Fixture *f, gconstpointer data)
{
        assert_ignores_all_else(f); /* with one trigger among it, for a bootstrap */
        sms_ask(&f->sms, TRIGGER);
        world_advance(&f->world, 25 * WORLD_SECOND);
        assert_no_update(f);
        world_advance(&f->world, 60 * WORLD_SECOND);
        sms_ask(&f->sms, TRIGGER);
        sms_ask(&f->sms, TRIGGER);
        assert_updates_later(f);
        world_advance(&f->world, 25 * WORLD_SECOND);
        assert_no_update(f);
        world_advance(&f->world, 60 * WORLD_SECOND);
        sms_ask_from(&f->sms, SMS_STRANGER, TRIGGER);
        world_advance(&f->world, 25 * WORLD_SECOND);
        assert_no_update(f);
        sms_ask(&f->sms, TRIGGER);
        assert_updates_later(f);
}

/* What waits goes with what it came by. */
static void test_called_off(Fixture *f, gconstpointer data)
{
        sms_ask(&f->sms, TRIGGER);
        client_set_bearer(f->world.client, NULL);
        world_advance(&f->world, 25 * WORLD_SECOND);
        assert_no_update(f);
        client_set_bearer(f->world.client, f->sms.bearer);
        world_advance(&f->world, 60 * WORLD_SECOND);
        sms_ask(&f->sms, TRIGGER);
        g_assert_cmpint(accounts_remove(f->world.accounts, 101), ==, 0);
        world_advance(&f->world, 0);
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_DELETE), COAP_DELETED, NULL);
        world_advance(&f->world, 25 * WORLD_SECOND);
        assert_no_update(f);
}

/* ---- Bootstrap ---- */

static void assert_told_of_bootstrap(Fixture *f)
{
        ServerInfo info = world_info(&f->world, 101);

        g_assert_cmpint(info.last_error->error, ==, -ENOENT);
        g_assert_cmpstr(info.last_error->text, ==,
                        "bootstrap asked for by SMS: there is no Bootstrap-Server");
}

static void test_bootstrap(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(world_info(&f->world, 101).last_error->error, ==, 0);
        sms_ask(&f->sms, REQUEST(.code = COAP_POST, .path = "1/0/9"));
        world_advance(&f->world, 25 * WORLD_SECOND);
        assert_no_update(f);
        assert_told_of_bootstrap(f);
}

/* There is no /1/x/9 where nothing could come of it. */
static void test_bootstrap_answered(Fixture *f, gconstpointer data)
{
        sms_request(&f->sms, REQUEST(.code = COAP_POST, .path = "1/0/9"));
        g_assert_cmphex(f->sms.message.code, ==, COAP_NOT_FOUND);
        assert_no_update(f);
        assert_told_of_bootstrap(f);
}

/* Waiting for the next attempt: it is made at once. */
static void test_wakes(Fixture *f, gconstpointer data)
{
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_FORBIDDEN, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
        sms_ask(&f->sms, TRIGGER);
        assert_silent(f);
        peer_register(&f->world, f->peer, "rd/2");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

/* The same of a server that wants an answer. */
static void test_wakes_answered(Fixture *f, gconstpointer data)
{
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_FORBIDDEN, NULL);
        sms_request(&f->sms, READ);
        g_assert_null(peer_take(f->peer));
        sms_request(&f->sms, TRIGGER);
        g_assert_cmphex(f->sms.message.code, ==, COAP_SERVICE_UNAVAILABLE);
        peer_register(&f->world, f->peer, "rd/2");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

/* What the server does not know does not hold: 1.0 has no /1/x/21, and U is UDP alone. */
static void test_version_1_0(Fixture *f, gconstpointer data)
{
        peer_answer(&f->world, f->peer, peer_expect(f->peer, COAP_POST), COAP_PRECONDITION_FAILED,
                    NULL);
        peer_register(&f->world, f->peer, "rd/5a3f");
        sms_ask(&f->sms, READ);
        assert_no_update(f);
        sms_ask(&f->sms, TRIGGER);
        assert_no_update(f);
}

#define ADD(name, variant, func)                                                                   \
        g_test_add("/lwm2m/trigger/" name, Fixture, &(variant), set_up, func, tear_down)
#define ADD_REGISTERED(name, variant, func)                                                        \
        g_test_add("/lwm2m/trigger/" name, Fixture, &(variant), set_up_registered, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("register", both, test_register);
        ADD("register-trigger", trigger, test_register);
        ADD("register-unprotected", unprotected, test_register);
        ADD("unregistered", both, test_unregistered);
        ADD("wakes", trigger, test_wakes);
        ADD("wakes-answered", both, test_wakes_answered);
        ADD("version-1.0", trigger, test_version_1_0);
        ADD_REGISTERED("answered-where-asked", both, test_answered_where_asked);
        ADD_REGISTERED("observed-where-asked", both, test_observed_where_asked);
        ADD_REGISTERED("other-binding", both, test_other_binding);
        ADD_REGISTERED("answered", both, test_update_trigger_answered);
        ADD_REGISTERED("trigger", trigger, test_trigger);
        ADD_REGISTERED("arguments", trigger, test_trigger_arguments);
        ADD_REGISTERED("nothing-else", trigger, test_nothing_else);
        ADD_REGISTERED("open", unprotected, test_open);
        ADD_REGISTERED("push", unprotected, test_push);
        ADD_REGISTERED("rate", unprotected, test_rate);
        ADD_REGISTERED("called-off", unprotected, test_called_off);
        ADD_REGISTERED("bootstrap", trigger, test_bootstrap);
        ADD_REGISTERED("bootstrap-open", unprotected, test_bootstrap);
        ADD_REGISTERED("bootstrap-answered", both, test_bootstrap_answered);
        return g_test_run();
}
