/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the network has to do with a registration by SMS: numbers, reports, room. */
#include <errno.h>
#include <string.h>

#include "sms-server.h"
#include "test-util.h"

#define READ REQUEST(.code = COAP_GET, .path = "1000/0/0", .token = 7)
#define TEN "0123456789"

typedef struct Fixture {
        World world;
        SmsServer sms;
} Fixture;

static void start(Fixture *f)
{
        world_add(&f->world, sms_account(&f->world, 101));
        world_start(&f->world);
        client_set_bearer(f->world.client, f->sms.bearer);
}

/* `data`: not NULL where delivery reports are wanted. */
static void set_up(Fixture *f, gconstpointer data)
{
        world_open(&f->world);
        sms_server_open(&f->sms, &f->world);
        f->world.config.sms_reports = data != NULL;
        start(f);
        sms_register(&f->sms, "rd/1");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

static void set_up_narrow(Fixture *f, gconstpointer data)
{
        world_open(&f->world);
        sms_server_open(&f->sms, &f->world);
        f->world.config.endpoint = TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
                TEN TEN TEN TEN TEN TEN;
        f->world.config.sms_max_segments = 2;
        start(f);
}

static void tear_down(Fixture *f, gconstpointer data)
{
        sms_server_close(&f->sms);
        world_close(&f->world);
}

static void assert_answers(Fixture *f)
{
        sms_request(&f->sms, READ);
        g_assert_cmphex(f->sms.message.code, ==, COAP_CONTENT);
}

static void assert_silent(Fixture *f)
{
        g_assert_null(sms_take(&f->sms));
}

/* A short code is written to as the network wrote it, once the server has proved who it is. */
static void test_short_code(Fixture *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);

        f->sms.number = "1234567";
        g_strlcpy(account.uri, "tel:1234567", sizeof(account.uri));
        g_assert_cmpint(account_set_sms_number(&account, "1234567"), ==, 0);
        world_change(&f->world, account);
        sms_register(&f->sms, "rd/2");
        g_assert_cmpint(f->sms.to.type, ==, SMS_NUMBER_UNKNOWN);

        f->sms.type = SMS_NUMBER_NETWORK;
        f->sms.counter--; /* heard already, so anybody's */
        sms_ask(&f->sms, READ);
        assert_silent(f);
        sms_ask(&f->sms, (Request){.code = COAP_GET, .path = "rd/2", .token = 7});
        assert_silent(f);
        f->sms.type = SMS_NUMBER_UNKNOWN;
        assert_answers(f);
        g_assert_cmpint(f->sms.to.type, ==, SMS_NUMBER_UNKNOWN);

        f->sms.type = SMS_NUMBER_NETWORK;
        assert_answers(f);
        g_assert_cmpint(f->sms.to.type, ==, SMS_NUMBER_NETWORK);
        g_assert_cmpstr(f->sms.to.text, ==, "1234567");
}

/* The network's word of a message: TP-MR, the server's number, twice the time, delivered. */
static void receive_report(Fixture *f)
{
        g_autoptr(GBytes) report = test_hex("062A0B912121550571F8"
                                            "6210203040504062102030405040"
                                            "00");

        fake_modem_receive(f->sms.modem, ++f->sms.id, report, true);
        g_assert_cmpuint(bearer_counter(f->sms.bearer, SMS_REPORTS_DELIVERED), ==, 1);
}

/* Where the settings want reports they are asked for, and counted. */
static void test_reports(Fixture *f, gconstpointer data)
{
        g_assert_true(f->sms.report);
        assert_answers(f);
        g_assert_true(f->sms.report);
        receive_report(f);
}

static void test_no_reports(Fixture *f, gconstpointer data)
{
        g_assert_false(f->sms.report);
        assert_answers(f);
        g_assert_false(f->sms.report);
}

/* A name for which two short messages have no room, in whatever blocks: said once, with the setting
 * that can be changed. */
static void test_too_long(Fixture *f, gconstpointer data)
{
        world_advance(&f->world, 5 * WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_FAILED);
        g_assert_nonnull(strstr(world_info(&f->world, 101).last_error->text, "max-segments"));
        world_advance(&f->world, 100000 * WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_FAILED);
        assert_silent(f);
}

/* It comes while a Register without it is under way. */
static void test_own_number_late(Fixture *f, gconstpointer data)
{
        const CoapMessage *message;
        CoapMessage asked;

        client_set_bearer(f->world.client, NULL);
        client_set_bearer(f->world.client, f->sms.bearer);
        world_advance(&f->world, 5 * WORLD_SECOND);
        message = sms_expect(&f->sms, COAP_POST);
        message_assert_query(message, "rd", "lwm2m=1.1&ep=urn:test&lt=86400&b=S");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERING);
        asked = *message;

        g_free(f->sms.modem->status.own_number);
        f->sms.modem->status.own_number = g_strdup("491709999999");
        fake_modem_set(f->sms.modem, MODEM_READY, false);
        world_advance(&f->world, 5 * WORLD_SECOND);
        assert_silent(f);
        sms_answer(&f->sms, &asked, COAP_CREATED, "rd/2");
        world_advance(&f->world, 5 * WORLD_SECOND);
        message_assert_query(sms_expect(&f->sms, COAP_POST), "rd/2", "sms=491709999999");
}

#define ADD(name, set, func, data)                                                                 \
        g_test_add("/lwm2m/sms-network/" name, Fixture, data, set, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("short-code", set_up, test_short_code, NULL);
        ADD("reports", set_up, test_reports, "reports");
        ADD("no-reports", set_up, test_no_reports, NULL);
        ADD("too-long", set_up_narrow, test_too_long, NULL);
        ADD("own-number-late", set_up, test_own_number_late, NULL);
        return g_test_run();
}
