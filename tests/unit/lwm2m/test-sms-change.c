/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server changes of its own way to us, and sessions of SMS that end. */
#include <errno.h>
#include <string.h>

#include "fake-link.h"
#include "sms-server.h"

#define READ REQUEST(.code = COAP_GET, .path = "1000/0/0", .token = 7)
/* MAX_TRANSMIT_WAIT (RFC 7252, 4.8.2): nothing that is sent is still repeated. */
#define NO_ANSWER (93 * WORLD_SECOND)
/* TS 102 225, 5.1.4: five octets. */
#define LAST_COUNTER 0xFFFFFFFFFFULL

typedef struct Fixture {
        World world;
        SmsServer sms;
        Peer *peer;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
        world_open(&f->world);
        sms_server_open(&f->sms, &f->world);
        f->world.config.own_number = "491701234567";
}

static void start(Fixture *f)
{
        f->peer = world_peer(&f->world, 5683);
        world_start(&f->world);
        client_set_bearer(f->world.client, f->sms.bearer);
        world_advance(&f->world, 0);
}

static Account account_of(Fixture *f, const char *binding)
{
        Account account = world_account(101, 5683);

        g_strlcpy(account.binding, binding, sizeof(account.binding));
        account.lifetime = 1000000;
        account.sms_mode = SMS_MODE_SECURED_PACKET_DEVICE;
        g_assert_cmpint(account_set_sms_number(&account, SMS_NUMBER), ==, 0);
        return account;
}

/* The number becomes known after the Register was sent: an Update tells of it, if of any. */
static void set_up_udp(Fixture *f, const char *binding)
{
        set_up(f, NULL);
        sms_set_keys(&f->world, 101);
        world_add(&f->world, account_of(f, binding));
        start(f);
        peer_register(&f->world, f->peer, "rd/udp");
        world_advance(&f->world, WORLD_SECOND);
        if (peer_take(f->peer))
                peer_answer(&f->world, f->peer, &f->peer->message, COAP_CHANGED, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

static void set_up_both(Fixture *f, gconstpointer data)
{
        set_up_udp(f, "US");
}

static void set_up_udp_alone(Fixture *f, gconstpointer data)
{
        set_up_udp(f, "U");
}

static void set_up_sms(Fixture *f, gconstpointer data)
{
        set_up(f, NULL);
        world_add(&f->world, sms_account(&f->world, 101));
        start(f);
        sms_register(&f->sms, "rd/sms");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

static void drop_datagrams(Fixture *f)
{
        while (peer_take(f->peer))
                continue;
}

static void set_up_fallen_back(Fixture *f, gconstpointer data)
{
        Account account;

        set_up(f, NULL);
        sms_set_keys(&f->world, 101);
        account = account_of(f, "US");
        account.sms_fallback = true;
        world_add(&f->world, account);
        start(f);
        world_advance(&f->world, NO_ANSWER);
        drop_datagrams(f);
        sms_register(&f->sms, "rd/sms");
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

/* ---- A Write that changes the way ---- */

static Request write_binding(const char *binding)
{
        return REQUEST(.code = COAP_PUT, .path = "1/0/7", .token = 3, .payload = binding,
                       .format = OPTION(0));
}

static void assert_registers_by_sms(Fixture *f)
{
        sms_register(&f->sms, "rd/2");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

/* The answer goes where the request came from, and the repeated request is still one. */
static void test_to_sms_by_sms(Fixture *f, gconstpointer data)
{
        sms_request(&f->sms, write_binding("S"));
        g_assert_cmphex(f->sms.message.code, ==, COAP_CHANGED);
        assert_registers_by_sms(f);

        f->sms.next_id--;
        sms_request(&f->sms, write_binding("S"));
        g_assert_cmphex(f->sms.message.code, ==, COAP_CHANGED);
        g_assert_cmpuint(world_counter(&f->world, 101, "duplicates"), ==, 1);
        g_assert_null(peer_take(f->peer));
}

/* The link is gone when the loop has turned: what is sent is looked at before. */
static void test_to_sms_by_udp(Fixture *f, gconstpointer data)
{
        static const uint8_t put[] = {0x40, COAP_PUT, 0x12, 0x34, 0xB1, '1', 0x01,
                                      '0',  0x01,     '7',  0x10, 0xFF, 'S'};

        fake_link_inject(f->peer->link, put, sizeof(put));
        g_assert_cmphex(peer_expect(f->peer, COAP_CHANGED)->id, ==, 0x1234);
        world_advance(&f->world, 0);
        assert_registers_by_sms(f);
}

/* What is observed by SMS goes with the registration, and keeps no Register waiting. */
static void test_to_sms_observed(Fixture *f, gconstpointer data)
{
        sms_request(&f->sms, REQUEST(.code = COAP_GET, .path = "1000/0/1", .token = 9,
                                     .observe = OPTION(0)));
        world_advance(&f->world, 25 * 3600 * WORLD_SECOND);
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 1), value_integer(6));
        world_advance(&f->world, 0);
        g_assert_cmpint(sms_expect(&f->sms, COAP_CONTENT)->type, ==, COAP_CON);
        sms_request(&f->sms, write_binding("S"));
        assert_registers_by_sms(f);
        g_assert_cmpuint(world_counter(&f->world, 101, "observations"), ==, 0);
}

/* And back: what is observed by SMS then is told by SMS. */
static void test_to_both(Fixture *f, gconstpointer data)
{
        sms_request(&f->sms, write_binding("S"));
        assert_registers_by_sms(f);
        sms_request(&f->sms, write_binding("US"));
        g_assert_cmphex(f->sms.message.code, ==, COAP_CHANGED);
        peer_register(&f->world, f->peer, "rd/udp");
        sms_request(&f->sms, REQUEST(.code = COAP_GET, .path = "1000/0/1", .token = 9,
                                     .observe = OPTION(0)));
        g_assert_cmphex(f->sms.message.code, ==, COAP_CONTENT);
        world_advance(&f->world, 5 * WORLD_SECOND);
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 1), value_integer(6));
        world_advance(&f->world, WORLD_SECOND);
        sms_expect(&f->sms, COAP_CONTENT);
}

/* The last word by SMS. */
static void test_to_udp(Fixture *f, gconstpointer data)
{
        sms_request(&f->sms, write_binding("U"));
        g_assert_cmphex(f->sms.message.code, ==, COAP_CHANGED);
        sms_ask(&f->sms, READ);
        assert_silent(f);
}

/* The write of /1/x/21 is answered; from there on there are triggers and nothing else, S in the
 * binding or not (LwM2M Transport, 6.5). */
static void test_trigger_by_sms(Fixture *f, gconstpointer data)
{
        sms_request(&f->sms, REQUEST(.code = COAP_PUT, .path = "1/0/21", .token = 3, .payload = "1",
                                     .format = OPTION(0)));
        g_assert_cmphex(f->sms.message.code, ==, COAP_CHANGED);
        sms_ask(&f->sms, READ);
        assert_silent(f);
}

/* Two in one turn: what counts is where they lead. */
static void test_twice(Fixture *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);

        g_strlcpy(account.binding, "S", sizeof(account.binding));
        g_assert_cmpint(accounts_change(f->world.accounts, &account, ORIGIN_LOCAL), ==, 0);
        g_strlcpy(account.binding, "US", sizeof(account.binding));
        account.lifetime = 7200;
        world_change(&f->world, account);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
        world_advance(&f->world, WORLD_SECOND);
        message_assert_query(peer_expect(f->peer, COAP_POST), "rd/udp", "lt=7200");
        assert_silent(f);
}

/* ---- Who is heard ---- */

/* Neither S in the binding nor /1/x/21. */
static void test_unheard(Fixture *f, gconstpointer data)
{
        uint64_t ignored = world_counter(&f->world, 101, "sms-ignored");

        sms_ask(&f->sms, READ);
        assert_silent(f);
        sms_ask(&f->sms, REQUEST(.code = COAP_POST, .path = "1000/0/3"));
        assert_silent(f);
        g_assert_cmpstr(f->world.executed->str, ==, "");
        sms_ask(&f->sms, REQUEST(.code = COAP_POST, .path = "1/0/8"));
        assert_silent(f);
        world_advance(&f->world, 5 * WORLD_SECOND);
        g_assert_null(peer_take(f->peer));
        g_assert_cmpuint(world_counter(&f->world, 101, "sms-ignored"), ==, ignored + 3);
}

/* Where the server cannot ask for anything it is told no number. */
static void test_unheard_register(Fixture *f, gconstpointer data)
{
        server_register(world_server(&f->world, 101), NULL, NULL);
        world_advance(&f->world, 0);
        message_assert_query(peer_expect(f->peer, COAP_POST), "rd",
                             "lwm2m=1.1&ep=urn:test&lt=1000000&b=U");
}

/* By SMS the Register takes longer than the second that it takes otherwise. */
static void test_not_registered_yet(Fixture *f, gconstpointer data)
{
        client_set_bearer(f->world.client, NULL);
        client_set_bearer(f->world.client, f->sms.bearer);
        world_advance(&f->world, 0);
        sms_expect(&f->sms, COAP_POST);
        sms_request(&f->sms, READ);
        g_assert_cmphex(f->sms.message.code, ==, COAP_SERVICE_UNAVAILABLE);
        g_assert_false(message_has(&f->sms.message, COAP_OPTION_MAX_AGE));
}

/* ---- Keys that come one after the other ---- */

static unsigned count_lines(Fixture *f, const char *text)
{
        unsigned n = 0;

        for (const char *at = f->world.log->str; (at = strstr(at, text)); at += strlen(text))
                n++;
        return n;
}

/* The plugin says what it needs, and once: another setting is no reason to ask it again. */
static void test_keys_follow(Fixture *f, gconstpointer data)
{
        const char *missing = "sms: the key or its parameters are missing";
        Account account;

        world_add(&f->world, account_of(f, "US"));
        start(f);
        g_assert_cmpuint(count_lines(f, missing), ==, 1);
        g_assert_cmpint(world_info(&f->world, 101).last_error->error, ==, -ENOKEY);
        account = *accounts_find(f->world.accounts, 101);
        account.lifetime = 7200;
        world_change(&f->world, account);
        g_assert_cmpuint(count_lines(f, missing), ==, 1);

        peer_register(&f->world, f->peer, "rd/udp");
        sms_set_keys(&f->world, 101);
        world_advance(&f->world, 2 * WORLD_SECOND);
        g_assert_cmpuint(count_lines(f, missing), ==, 1);
        sms_request(&f->sms, READ);
        g_assert_cmphex(f->sms.message.code, ==, COAP_CONTENT);
}

/* ---- A session that ends ---- */

/* The server's packets have used up their counter. */
static void use_up(Fixture *f)
{
        f->sms.counter = LAST_COUNTER - 2;
        sms_ask(&f->sms, READ);
        sms_ask(&f->sms, READ);
        world_advance(&f->world, 0);
        while (sms_take(&f->sms))
                continue;
        g_assert_cmpint(world_info(&f->world, 101).last_error->error, ==, -EKEYEXPIRED);
}

/* SMS stood in for UDP, which is asked again; nothing is sent into nowhere. */
static void test_ends_fallen_back(Fixture *f, gconstpointer data)
{
        Server *server = world_server(&f->world, 101);

        use_up(f);
        g_assert_cmpint(server_update(server, false, world_done, &f->world), <, 0);
        world_advance(&f->world, 2 * WORLD_SECOND);
        peer_register(&f->world, f->peer, "rd/udp");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
        assert_silent(f);
}

static void test_ends_registered(Fixture *f, gconstpointer data)
{
        use_up(f);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_FAILED);
        assert_silent(f);
}

/* Besides UDP, which knows nothing of it. */
static void test_ends_beside(Fixture *f, gconstpointer data)
{
        use_up(f);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
        peer_request(&f->world, f->peer, READ);
        g_assert_cmphex(f->peer->message.code, ==, COAP_CONTENT);
}

/* Whoever waits for the De-register is told. */
static void test_ends_deregistering(Fixture *f, gconstpointer data)
{
        Server *server = world_server(&f->world, 101);

        g_assert_cmpint(server_deregister(server, world_done, &f->world), ==, 1);
        world_advance(&f->world, 0);
        use_up(f);
        world_advance(&f->world, 0);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_IDLE);
        g_assert_cmpuint(f->world.n_done, ==, 1);
        g_assert_cmpint(f->world.result, ==, -EKEYEXPIRED);
        g_assert_null(strstr(f->world.log->str, "no move from"));
}

static void test_bearer_gone_deregistering(Fixture *f, gconstpointer data)
{
        Server *server = world_server(&f->world, 101);

        g_assert_cmpint(server_deregister(server, world_done, &f->world), ==, 1);
        world_advance(&f->world, 0);
        client_set_bearer(f->world.client, NULL);
        world_advance(&f->world, 0);
        g_assert_cmpuint(f->world.n_done, ==, 1);
        g_assert_cmpint(f->world.result, ==, -ECONNRESET);
}

static void test_ends_idle(Fixture *f, gconstpointer data)
{
        Server *server = world_server(&f->world, 101);

        g_assert_cmpint(server_deregister(server, world_done, &f->world), ==, 1);
        sms_answer(&f->sms, sms_expect(&f->sms, COAP_DELETE), COAP_DELETED, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_IDLE);
        use_up(f);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_IDLE);
        g_assert_null(strstr(f->world.log->str, "no move from"));
}

#define ADD(name, set_up_as, func)                                                                 \
        g_test_add("/lwm2m/sms-change/" name, Fixture, NULL, set_up_as, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("to-sms-by-sms", set_up_both, test_to_sms_by_sms);
        ADD("to-sms-by-udp", set_up_both, test_to_sms_by_udp);
        ADD("to-sms-observed", set_up_both, test_to_sms_observed);
        ADD("to-both", set_up_both, test_to_both);
        ADD("to-udp", set_up_both, test_to_udp);
        ADD("trigger-by-sms", set_up_both, test_trigger_by_sms);
        ADD("twice", set_up_both, test_twice);
        ADD("unheard", set_up_udp_alone, test_unheard);
        ADD("unheard-register", set_up_udp_alone, test_unheard_register);
        ADD("not-registered-yet", set_up_sms, test_not_registered_yet);
        ADD("keys-follow", set_up, test_keys_follow);
        ADD("ends-fallen-back", set_up_fallen_back, test_ends_fallen_back);
        ADD("ends-registered", set_up_sms, test_ends_registered);
        ADD("ends-beside", set_up_both, test_ends_beside);
        ADD("ends-deregistering", set_up_sms, test_ends_deregistering);
        ADD("bearer-gone-deregistering", set_up_sms, test_bearer_gone_deregistering);
        ADD("ends-idle", set_up_sms, test_ends_idle);
        return g_test_run();
}
