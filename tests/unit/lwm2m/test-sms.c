/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Servers that are reached by SMS alone, with secured packets. */
#include <errno.h>
#include <string.h>

#include "format/format.h"
#include "sms-server.h"

#define READ REQUEST(.code = COAP_GET, .path = "1000/0/0", .token = 7)

typedef struct Fixture {
        World world;
        SmsServer sms;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
        world_open(&f->world);
        sms_server_open(&f->sms, &f->world);
        f->world.config.own_number = "491701234567";
        world_add(&f->world, sms_account(&f->world, 101));
        world_start(&f->world);
        client_set_bearer(f->world.client, f->sms.bearer);
}

static void set_up_registered(Fixture *f, gconstpointer data)
{
        set_up(f, data);
        sms_register(&f->sms, "rd/5a3f");
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

static void assert_waits_for_modem(Fixture *f)
{
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
        assert_silent(f);
}

/* ---- Registration ---- */

static void test_life_cycle(Fixture *f, gconstpointer data)
{
        const CoapMessage *message = sms_expect(&f->sms, COAP_POST);
        Server *server = world_server(&f->world, 101);
        Account account;

        message_assert_query(message, "rd", "lwm2m=1.1&ep=urn:test&lt=86400&b=S&sms=491701234567");
        sms_answer(&f->sms, message, COAP_CREATED, "rd/5a3f");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
        g_assert_cmpstr(world_info(&f->world, 101).location, ==, "/rd/5a3f");

        message = sms_request(&f->sms, READ);
        g_assert_cmphex(message->code, ==, COAP_CONTENT);
        g_assert_cmpmem(message->payload, message->payload_len, "hello", 5);

        account = *accounts_find(f->world.accounts, 101);
        account.lifetime = 7200;
        world_change(&f->world, account);
        world_advance(&f->world, WORLD_SECOND);
        message = sms_expect(&f->sms, COAP_POST);
        message_assert_query(message, "rd/5a3f", "lt=7200");
        sms_answer(&f->sms, message, COAP_CHANGED, NULL);
        g_assert_cmpuint(world_info(&f->world, 101).lifetime, ==, 7200);

        g_assert_cmpint(server_deregister(server, world_done, &f->world), ==, 1);
        message = sms_expect(&f->sms, COAP_DELETE);
        message_assert_query(message, "rd/5a3f", "");
        sms_answer(&f->sms, message, COAP_DELETED, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_IDLE);
        g_assert_cmpint(f->world.result, ==, 0);
        assert_silent(f);
}

/* In time, and with what SMS takes of it. */
static void test_refresh(Fixture *f, gconstpointer data)
{
        const CoapMessage *message;

        world_advance(&f->world, (86400 - 240 - 1) * WORLD_SECOND);
        assert_silent(f);
        world_advance(&f->world, WORLD_SECOND);
        message = sms_expect(&f->sms, COAP_POST);
        message_assert_query(message, "rd/5a3f", "");
}

/* Nothing is repeated; after 180 s the attempt has failed and is counted. */
static void test_no_answer(Fixture *f, gconstpointer data)
{
        sms_expect(&f->sms, COAP_POST);
        world_advance(&f->world, 179 * WORLD_SECOND);
        assert_silent(f);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERING);
        world_advance(&f->world, WORLD_SECOND);
        world_assert_waits(&f->world, 101, 60);
        g_assert_cmpint(world_info(&f->world, 101).last_error->error, ==, -ETIMEDOUT);
        world_advance(&f->world, 76 * WORLD_SECOND);
        sms_register(&f->sms, "rd/2");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

/* An attempt without a modem is none. */
static void test_no_modem(Fixture *f, gconstpointer data)
{
        sms_expect(&f->sms, COAP_POST);
        fake_modem_set(f->sms.modem, MODEM_SEARCHING, false);
        world_advance(&f->world, 180 * WORLD_SECOND);
        assert_waits_for_modem(f);
        for (int i = 0; i < 20; i++)
                world_advance(&f->world, 100 * WORLD_SECOND);
        assert_waits_for_modem(f);
        fake_modem_set(f->sms.modem, MODEM_READY, false);
        sms_register(&f->sms, "rd/2");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

static void test_no_keys(Fixture *f, gconstpointer data)
{
        Account account = sms_account(&f->world, 102);

        g_assert_cmpint(keystore_clear(f->world.keystore, 102, KEY_SLOT_SMS_KEY), ==, 0);
        world_add(&f->world, account);
        g_assert_cmpint(world_state(&f->world, 102), ==, SERVER_FAILED);
        g_assert_cmpint(world_info(&f->world, 102).last_error->error, ==, -ENOKEY);
        sms_set_keys(&f->world, 102);
        world_advance(&f->world, 2 * WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 102), ==, SERVER_REGISTERING);
}

/* ---- Requests ---- */

static void test_observe(Fixture *f, gconstpointer data)
{
        const CoapMessage *message;

        message = sms_request(&f->sms, REQUEST(.code = COAP_GET, .path = "1000/0/1", .token = 9,
                                               .observe = OPTION(0)));
        g_assert_cmphex(message->code, ==, COAP_CONTENT);
        g_assert_true(message_has(message, COAP_OPTION_OBSERVE));
        world_advance(&f->world, 5 * WORLD_SECOND);
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 1), value_integer(6));
        world_advance(&f->world, WORLD_SECOND);
        message = sms_expect(&f->sms, COAP_CONTENT);
        g_assert_cmpuint(message->token.data[0], ==, 9);
        g_assert_true(message_has(message, COAP_OPTION_OBSERVE));
        g_assert_cmpuint(world_counter(&f->world, 101, "observations"), ==, 1);
}

static void set_lifetime(Fixture *f, uint32_t lifetime)
{
        Account account = *accounts_find(f->world.accounts, 101);

        account.lifetime = lifetime;
        world_change(&f->world, account);
        world_advance(&f->world, WORLD_SECOND);
}

/* What waits for an answer keeps the next one waiting (NSTART 1), but not for longer than an answer
 * is waited for. */
static void test_one_at_a_time(Fixture *f, gconstpointer data)
{
        set_lifetime(f, 1000000);
        sms_answer(&f->sms, sms_expect(&f->sms, COAP_POST), COAP_CHANGED, NULL);
        sms_request(&f->sms, REQUEST(.code = COAP_GET, .path = "1000/0/1", .token = 9,
                                     .observe = OPTION(0)));
        world_advance(&f->world, 25 * 3600 * WORLD_SECOND);
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 1), value_integer(6));
        world_advance(&f->world, 0);
        g_assert_cmpint(sms_expect(&f->sms, COAP_CONTENT)->type, ==, COAP_CON);

        set_lifetime(f, 2000000);
        assert_silent(f);
        world_advance(&f->world, 178 * WORLD_SECOND);
        assert_silent(f);
        world_advance(&f->world, WORLD_SECOND);
        message_assert_query(sms_expect(&f->sms, COAP_POST), "rd/5a3f", "lt=2000000");
        /* The answer to it has its own time. */
        world_advance(&f->world, 179 * WORLD_SECOND);
        sms_answer(&f->sms, &f->sms.message, COAP_CHANGED, NULL);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
        g_assert_cmpuint(world_info(&f->world, 101).lifetime, ==, 2000000);
}

/* The server has not had the answer: the same message again, in another packet. The object is not
 * asked again, and the answer is in a packet of its own (sms_take() wants a higher counter). */
static void test_duplicate(Fixture *f, gconstpointer data)
{
        const Request execute = REQUEST(.code = COAP_POST, .path = "1000/0/3", .token = 1);
        const CoapMessage *message = sms_request(&f->sms, execute);
        uint16_t id = message->id;

        g_assert_cmphex(message->code, ==, COAP_CHANGED);
        g_assert_cmpstr(f->world.executed->str, ==, "3/ from 101");
        g_string_truncate(f->world.executed, 0);
        world_advance(&f->world, 3600 * WORLD_SECOND);
        f->sms.next_id--;
        message = sms_request(&f->sms, execute);
        g_assert_cmphex(message->code, ==, COAP_CHANGED);
        g_assert_cmpuint(message->id, ==, id);
        g_assert_cmpstr(f->world.executed->str, ==, "");
        g_assert_cmpuint(world_counter(&f->world, 101, "duplicates"), ==, 1);
}

/* A block is one short message. */
static void test_blocks(Fixture *f, gconstpointer data)
{
        const CoapMessage *message;
        g_autofree char *text = g_strnfill(100, 'x');

        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 0), value_string(text));
        message = sms_request(&f->sms, READ);
        g_assert_cmphex(message->code, ==, COAP_CONTENT);
        g_assert_cmpuint(message->payload_len, ==, 64);
        g_assert_cmpuint(f->sms.segments, ==, 1);
}

static void test_stranger(Fixture *f, gconstpointer data)
{
        sms_ask_from(&f->sms, SMS_STRANGER, READ);
        assert_silent(f);
        g_assert_cmpuint(bearer_counter(f->sms.bearer, SMS_DROPPED_SENDER), ==, 1);
}

/* From the right number, but not protected. */
static void test_unprotected(Fixture *f, gconstpointer data)
{
        f->sms.open = true;
        sms_ask(&f->sms, READ);
        assert_silent(f);
        f->sms.open = false;
        sms_request(&f->sms, READ);
        g_assert_cmphex(f->sms.message.code, ==, COAP_CONTENT);
        /* The same counter again. */
        f->sms.counter--;
        sms_ask(&f->sms, READ);
        assert_silent(f);
}

/* What we send, sent back to us. */
static void test_reflected(Fixture *f, gconstpointer data)
{
        sms_ask(&f->sms, REQUEST(.code = COAP_POST, .path = "rd", .query = "ep=urn:test"));
        assert_silent(f);
        sms_ask(&f->sms, REQUEST(.code = COAP_POST, .path = "rd/5a3f"));
        assert_silent(f);
        sms_ask(&f->sms, REQUEST(.code = COAP_POST, .path = "bs", .query = "ep=urn:test"));
        assert_silent(f);
        sms_ask(&f->sms, REQUEST(.code = COAP_POST, .path = "dp"));
        assert_silent(f);
        sms_request(&f->sms, READ);
}

#define ADD(name, func) g_test_add("/lwm2m/sms/" name, Fixture, NULL, set_up, func, tear_down)
#define ADD_REGISTERED(name, func)                                                                 \
        g_test_add("/lwm2m/sms/" name, Fixture, NULL, set_up_registered, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("life-cycle", test_life_cycle);
        ADD("no-answer", test_no_answer);
        ADD("no-modem", test_no_modem);
        ADD("no-keys", test_no_keys);
        ADD_REGISTERED("refresh", test_refresh);
        ADD_REGISTERED("observe", test_observe);
        ADD_REGISTERED("one-at-a-time", test_one_at_a_time);
        ADD_REGISTERED("duplicate", test_duplicate);
        ADD_REGISTERED("blocks", test_blocks);
        ADD_REGISTERED("stranger", test_stranger);
        ADD_REGISTERED("unprotected", test_unprotected);
        ADD_REGISTERED("reflected", test_reflected);
        return g_test_run();
}
