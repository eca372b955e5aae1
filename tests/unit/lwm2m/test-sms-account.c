/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of a registration by SMS when its account, its keys or the modem change. */
#include <errno.h>
#include <string.h>

#include "sms-server.h"
#include "sms/coding.h"
#include "sms/tpdu.h"

#define READ REQUEST(.code = COAP_GET, .path = "1000/0/0", .token = 7)
#define SPI2_PROOF 0x21 /* always, by SMS-SUBMIT */

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
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERED);
}

static void tear_down(Fixture *f, gconstpointer data)
{
        sms_server_close(&f->sms);
        world_close(&f->world);
}

static void set_options(Fixture *f, const char *options)
{
        Account account = *accounts_find(f->world.accounts, 101);

        g_strlcpy(account.sms_options, options, sizeof(account.sms_options));
        world_change(&f->world, account);
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

/* Messages for the smartcard look different: the plugin says so, its policy being the account's. */
static void test_card(Fixture *f, gconstpointer data)
{
        f->sms.pid = SMS_PID_SMARTCARD;
        f->sms.dcs = SMS_DCS_SMARTCARD;
        set_options(f, "termination=card");
        sms_register(&f->sms, "rd/2");
        assert_answers(f);
}

static void set_coding(Fixture *f, uint8_t pid, uint8_t dcs)
{
        Account account = *accounts_find(f->world.accounts, 101);

        account.sms_coding = (uint16_t) (pid << 8 | dcs);
        world_change(&f->world, account);
        f->sms.pid = pid;
        f->sms.dcs = dcs;
        sms_register(&f->sms, "rd/2");
}

static void set_strict(Fixture *f)
{
        Account account = *accounts_find(f->world.accounts, 101);

        account.sms_strict = true;
        world_change(&f->world, account);
        sms_register(&f->sms, "rd/3");
}

/* A network that filters: what we send looks like any other message; what we hear may. */
static void test_plain_coding(Fixture *f, gconstpointer data)
{
        set_coding(f, SMS_PID_PLAIN, SMS_DCS_PLAIN);
        assert_answers(f);
        f->sms.to_pid = SMS_PID_PLAIN;
        f->sms.to_dcs = SMS_DCS_PLAIN;
        assert_answers(f);
        f->sms.to_pid = SMS_PID_SMARTCARD;
        f->sms.to_dcs = SMS_DCS_SMARTCARD;
        assert_answers(f);
}

static void assert_heard(Fixture *f, uint8_t pid, uint8_t dcs, bool expect)
{
        f->sms.to_pid = pid;
        f->sms.to_dcs = dcs;
        sms_ask(&f->sms, READ);
        g_assert_true((sms_take(&f->sms) != NULL) == expect);
}

/* R11: class 1 and ME data download. */
static void test_strict_device(Fixture *f, gconstpointer data)
{
        set_strict(f);
        assert_heard(f, 0x7D, 0xF5, true);
        assert_heard(f, 0x7D, 0x15, true); /* the same class */
        assert_heard(f, 0x7F, 0xF5, false);
        assert_heard(f, 0x7D, 0xF6, false);
        assert_heard(f, 0x7D, 0x04, false); /* no class */
        assert_heard(f, 0x00, 0xF5, false);
        g_assert_cmpuint(bearer_counter(f->sms.bearer, SMS_DROPPED_CLASS), ==, 4);
}

/* R12: class 2 and (U)SIM data download. */
static void test_strict_card(Fixture *f, gconstpointer data)
{
        f->sms.pid = SMS_PID_SMARTCARD;
        f->sms.dcs = SMS_DCS_SMARTCARD;
        set_options(f, "termination=card");
        sms_register(&f->sms, "rd/2");
        f->sms.to_pid = SMS_PID_SMARTCARD;
        f->sms.to_dcs = SMS_DCS_SMARTCARD;
        set_strict(f);
        assert_heard(f, 0x7F, 0xF6, true);
        assert_heard(f, 0x7F, 0x16, true);
        assert_heard(f, 0x7D, 0xF6, false);
        assert_heard(f, 0x7F, 0xF5, false);
        g_assert_cmpuint(bearer_counter(f->sms.bearer, SMS_DROPPED_CLASS), ==, 2);
}

static void test_bad_options(Fixture *f, gconstpointer data)
{
        set_options(f, "colour=blue");
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_FAILED);
        g_assert_nonnull(strstr(f->world.log->str, "colour=blue"));
        sms_ask(&f->sms, READ);
        assert_silent(f);
        set_options(f, "");
        sms_register(&f->sms, "rd/2");
        assert_answers(f);
}

static bool is_proof(GBytes *octets)
{
        const uint8_t *data;
        UserData content;
        Tpdu tpdu;
        size_t len;

        data = g_bytes_get_data(octets, &len);
        g_assert_cmpint(tpdu_parse(data, len, TPDU_TO_NETWORK, &tpdu), ==, 0);
        g_assert_cmpint(header_parse(tpdu.data, tpdu.len, tpdu.header, &content), ==, 0);
        g_assert_cmphex(tpdu.pid, ==, SMS_PID_DEVICE);
        return content.kind == PACKET_RESPONSE;
}

/* A proof of receipt is an SMS of its own, with an element of its own (TS 31.115, 4.2). */
static void test_proof(Fixture *f, gconstpointer data)
{
        static const uint8_t parameters[] = {0x12, 0x12, 0x16, SPI2_PROOF, 0xBF, 0xFF, 0x00};
        unsigned proofs = 0, others = 0;
        GBytes *octets;

        g_assert_cmpint(keystore_set(f->world.keystore, 101, KEY_SLOT_SMS_PARAMETERS, parameters,
                                     sizeof(parameters)),
                        ==, 0);
        f->sms.policy.options.uplink_spi2 = SPI2_PROOF;
        set_options(f, "por=yes");
        sms_take(&f->sms); /* the Register */
        sms_answer(&f->sms, &f->sms.message, COAP_CREATED, "rd/2");
        octets = fake_modem_take(f->sms.modem);
        g_assert_true(is_proof(octets));
        g_bytes_unref(octets);
        fake_modem_answer(f->sms.modem, 0);

        sms_ask(&f->sms, READ);
        while ((octets = fake_modem_take(f->sms.modem))) {
                if (is_proof(octets))
                        proofs++;
                else
                        others++;
                g_bytes_unref(octets);
                fake_modem_answer(f->sms.modem, 0);
                world_advance(&f->world, 0);
        }
        g_assert_cmpuint(proofs, ==, 1);
        g_assert_cmpuint(others, ==, 1);
}

/* Another number: nobody listens to the earlier one any more. */
static void test_number(Fixture *f, gconstpointer data)
{
        Account account = *accounts_find(f->world.accounts, 101);

        g_strlcpy(account.uri, "tel:+33123456789", sizeof(account.uri));
        g_assert_cmpint(account_set_sms_number(&account, "+33123456789"), ==, 0);
        world_change(&f->world, account);
        sms_ask(&f->sms, READ);
        g_assert_cmpuint(bearer_counter(f->sms.bearer, SMS_DROPPED_SENDER), ==, 1);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_REGISTERING);
}

static void test_keys(Fixture *f, gconstpointer data)
{
        sms_set_keys(&f->world, 101);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
        world_advance(&f->world, 2 * WORLD_SECOND);
        sms_register(&f->sms, "rd/2");
        assert_answers(f);
}

/* The bus goes and with it the modem. */
static void test_bearer(Fixture *f, gconstpointer data)
{
        client_set_bearer(f->world.client, NULL);
        world_advance(&f->world, 100000 * WORLD_SECOND);
        g_assert_cmpint(world_state(&f->world, 101), ==, SERVER_WAITING);
        g_assert_cmpint(world_info(&f->world, 101).next_attempt_at, ==, 0);
        client_set_bearer(f->world.client, f->sms.bearer);
        sms_register(&f->sms, "rd/2");
        assert_answers(f);
}

/* The SIM tells its number when it is unlocked. */
static void test_own_number(Fixture *f, gconstpointer data)
{
        g_free(f->sms.modem->status.own_number);
        f->sms.modem->status.own_number = g_strdup("491709999999");
        fake_modem_set(f->sms.modem, MODEM_READY, false);
        world_advance(&f->world, WORLD_SECOND);
        message_assert_query(sms_expect(&f->sms, COAP_POST), "rd/1", "sms=491709999999");
        sms_answer(&f->sms, &f->sms.message, COAP_CHANGED, NULL);
        fake_modem_set(f->sms.modem, MODEM_READY, false);
        world_advance(&f->world, 5 * WORLD_SECOND);
        assert_silent(f);
}

static void on_stopped(void *user)
{
        *(bool *) user = true;
}

/* A De-register is sent; its answer may take longer than we have. */
static void test_stop(Fixture *f, gconstpointer data)
{
        bool stopped = false;

        client_stop(f->world.client, on_stopped, &stopped);
        message_assert_query(sms_expect(&f->sms, COAP_DELETE), "rd/1", "");
        world_advance(&f->world, 4 * WORLD_SECOND);
        g_assert_false(stopped);
        world_advance(&f->world, 2 * WORLD_SECOND);
        g_assert_true(stopped);
}

/* Nor is it waited for longer because something else comes. */
static void test_stop_busy(Fixture *f, gconstpointer data)
{
        bool stopped = false;

        client_stop(f->world.client, on_stopped, &stopped);
        sms_expect(&f->sms, COAP_DELETE);
        sms_ask(&f->sms, READ);
        world_advance(&f->world, 9 * WORLD_SECOND);
        g_assert_false(stopped);
        world_advance(&f->world, WORLD_SECOND);
        g_assert_true(stopped);
}

static void test_removed(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(accounts_remove(f->world.accounts, 101), ==, 0);
        world_advance(&f->world, 0);
        sms_answer(&f->sms, sms_expect(&f->sms, COAP_DELETE), COAP_DELETED, NULL);
        sms_ask(&f->sms, READ);
        assert_silent(f);
        g_assert_cmpuint(bearer_counter(f->sms.bearer, SMS_DROPPED_SENDER), ==, 1);
}

#define ADD(name, func)                                                                            \
        g_test_add("/lwm2m/sms-account/" name, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char *argv[])
{
        g_test_init(&argc, &argv, NULL);
        ADD("card", test_card);
        ADD("plain-coding", test_plain_coding);
        ADD("strict-device", test_strict_device);
        ADD("strict-card", test_strict_card);
        ADD("bad-options", test_bad_options);
        ADD("proof", test_proof);
        ADD("number", test_number);
        ADD("keys", test_keys);
        ADD("bearer", test_bearer);
        ADD("own-number", test_own_number);
        ADD("stop", test_stop);
        ADD("stop-busy", test_stop_busy);
        ADD("removed", test_removed);
        return g_test_run();
}
