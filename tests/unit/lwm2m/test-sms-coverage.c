/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A registration by SMS, and a modem that cannot send at present or a budget that is used up. */
#include <errno.h>
#include <string.h>

#include "sms-server.h"

#define READ REQUEST(.code = COAP_GET, .path = "1000/0/0", .token = 7)
#define OBSERVE(number, with)                                                                      \
        REQUEST(.code = COAP_GET, .path = number, .token = with, .observe = OPTION(0))
#define HOUR (3600 * WORLD_SECOND)
#define REFRESH ((86400 - 240) * WORLD_SECOND)

typedef struct Fixture {
        World world;
        SmsServer sms;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
        world_open(&f->world);
        sms_server_open(&f->sms, &f->world);
        world_add(&f->world, sms_account(&f->world, 101));
        world_start(&f->world);
        client_set_bearer(f->world.client, f->sms.bearer);
        sms_register(&f->sms, "rd/1");
        sms_request(&f->sms, OBSERVE("1000/0/1", 9));
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

static void set_modem(Fixture *f, ModemState state)
{
        fake_modem_set(f->sms.modem, state, false);
        world_advance(&f->world, 0);
}

static void set_level(Fixture *f, int64_t level)
{
        world_set(&f->world, path_resource(WORLD_OBJECT, 0, 1), value_integer(level));
        world_advance(&f->world, 0);
}

static void acknowledge(Fixture *f)
{
        sms_send(&f->sms, &(CoapMessage){.type = COAP_ACK, .id = f->sms.message.id});
}

static void assert_level(Fixture *f, const char *text)
{
        const CoapMessage *message = sms_expect(&f->sms, COAP_CONTENT);

        g_assert_cmpint(message->type, ==, COAP_CON);
        g_assert_cmpuint(message->token.data[0], ==, 9);
        g_assert_cmpmem(message->payload, message->payload_len, text, strlen(text));
        acknowledge(f);
}

/* All that the budget of the hour has. */
static void use_up(Fixture *f)
{
        for (int i = 0; i < 200; i++) {
                sms_ask(&f->sms, READ);
                if (!sms_take(&f->sms))
                        return;
        }
        g_assert_not_reached();
}

/* ---- The modem ---- */

static void test_update_waits(Fixture *f, gconstpointer data)
{
        set_modem(f, MODEM_SEARCHING);
        world_advance(&f->world, REFRESH + 100 * WORLD_SECOND);
        assert_silent(f);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
        set_modem(f, MODEM_READY);
        message_assert_query(sms_expect(&f->sms, COAP_POST), "rd/1", "");
        sms_answer(&f->sms, &f->sms.message, COAP_CHANGED, NULL);
        g_assert_cmpuint(world_counter(&f->world, 101, "observations"), ==, 1);
        g_assert_cmpuint(world_counter(&f->world, 101, "registrations"), ==, 1);
}

/* It went while the answer was waited for. */
static void test_lost_meanwhile(Fixture *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);

        account.lifetime = 7200;
        world_change(&f->world, account);
        world_advance(&f->world, WORLD_SECOND);
        sms_expect(&f->sms, COAP_POST);
        set_modem(f, MODEM_SEARCHING);
        world_advance(&f->world, 1000 * WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
        assert_silent(f);
        set_modem(f, MODEM_READY);
        message_assert_query(sms_expect(&f->sms, COAP_POST), "rd/1", "lt=7200");
        g_assert_cmpuint(world_counter(&f->world, 101, "observations"), ==, 1);
}

/* Beyond the lifetime there is nothing to be kept. */
static void test_expired(Fixture *f, gconstpointer data)
{
        set_modem(f, MODEM_SEARCHING);
        world_advance(&f->world, 86400 * WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
        g_assert_cmpint(world_info(&f->world, 101).last_error->error, ==, -ENETDOWN);
        world_advance(&f->world, HOUR);
        assert_silent(f);
        set_modem(f, MODEM_READY);
        sms_register(&f->sms, "rd/2");
}

static void test_told_afterwards(Fixture *f, gconstpointer data)
{
        set_modem(f, MODEM_SEARCHING);
        for (int i = 2; i < 7; i++)
                set_level(f, i);
        world_advance(&f->world, HOUR);
        assert_silent(f);
        set_modem(f, MODEM_READY);
        assert_level(f, "6");
        assert_silent(f);
}

/* ---- One at a time ---- */

static void test_storm(Fixture *f, gconstpointer data)
{
        set_level(f, 2);
        sms_expect(&f->sms, COAP_CONTENT);
        for (int i = 3; i < 9; i++)
                set_level(f, i);
        assert_silent(f);
        acknowledge(f);
        assert_level(f, "8");
        assert_silent(f);
}

/* ---- The budget ---- */

static void test_budget_update(Fixture *f, gconstpointer data)
{
        world_advance(&f->world, REFRESH - WORLD_SECOND);
        use_up(f);
        world_advance(&f->world, 100 * WORLD_SECOND);
        assert_silent(f);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

static void test_budget_told(Fixture *f, gconstpointer data)
{
        use_up(f);
        set_level(f, 2);
        world_advance(&f->world, HOUR / 2);
        set_level(f, 3);
        assert_silent(f);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
        world_advance(&f->world, HOUR / 2);
        assert_level(f, "3");
        assert_silent(f);
}

/* No attempt is counted: it is back when the budget is. */
static void test_budget_register(Fixture *f, gconstpointer data)
{
        gint64 left;

        use_up(f);
        sms_set_keys(&f->world, 101);
        world_advance(&f->world, 2 * WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
        g_assert_cmpint(world_info(&f->world, 101).last_error->error, ==, -EDQUOT);
        g_assert_nonnull(strstr(world_info(&f->world, 101).last_error->text, "budget"));
        left = world_info(&f->world, 101).next_attempt_at -
               clock_realtime(f->world.clock) / WORLD_SECOND;
        g_assert_cmpint(left, >, 3000);
        g_assert_cmpint(left, <=, 3600);
        set_modem(f, MODEM_READY);
        assert_silent(f);
        world_advance(&f->world, HOUR);
        sms_register(&f->sms, "rd/2");
}

/* ---- The end ---- */

static void on_stopped(void *user)
{
        *(bool *) user = true;
}

/* It is not waited for any longer because something else comes, nor is what is under way. */
static void test_stop(Fixture *f, gconstpointer data)
{
        bool stopped = false;

        set_level(f, 2);
        sms_expect(&f->sms, COAP_CONTENT);
        client_stop(f->world.client, on_stopped, &stopped);
        sms_expect(&f->sms, COAP_DELETE);
        sms_ask(&f->sms, READ);
        world_advance(&f->world, 9 * WORLD_SECOND);
        g_assert_false(stopped);
        world_advance(&f->world, WORLD_SECOND);
        g_assert_true(stopped);
}

#define ADD(name, func)                                                                            \
        g_test_add("/lwm2m/sms-coverage/" name, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("update-waits", test_update_waits);
        ADD("lost-meanwhile", test_lost_meanwhile);
        ADD("expired", test_expired);
        ADD("told-afterwards", test_told_afterwards);
        ADD("storm", test_storm);
        ADD("budget-update", test_budget_update);
        ADD("budget-told", test_budget_told);
        ADD("budget-register", test_budget_register);
        ADD("stop", test_stop);
        return g_test_run();
}
