/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Numbers that networks write in their own way: who is heard, and to what number the answer goes.
 */

#include <string.h>

#include "base/log.h"
#include "sms-fixture.h"
#include "sms/coding.h"
#include "sms/tpdu.h"
#include "test-util.h"

typedef struct Fixture {
        SmsFixture sms; /* first */
        Link *link;
        unsigned heard;
        bool genuine;
} Fixture;

static void on_datagram(void *user, const uint8_t *data, size_t len)
{
        Fixture *f = user;

        f->heard++;
        if (f->genuine)
                peer_trust_sender(f->link);
}

static const LinkHandler handler = {.on_datagram = on_datagram};

static void on_line(LogLevel level, const char *line, void *user)
{
}

static void set_up(Fixture *f, const char *number)
{
        BearerConfig bearer = bearer_config_default();
        PeerConfig config = peer_config_default(number);

        log_set_sink(on_line, NULL);
        bearer.numbering.country_code = "49";
        sms_fixture_set_up(&f->sms, &bearer, NULL);
        g_assert_cmpint(peer_link_new(f->sms.bearer, &config, &f->link), ==, 0);
        link_set_handler(f->link, &handler, f);
}

static void tear_down(Fixture *f)
{
        link_free(f->link);
        sms_fixture_tear_down(&f->sms);
        log_set_sink(NULL, NULL);
}

static void receive(Fixture *f, SmsNumberType type, uint8_t plan, const char *digits, bool genuine)
{
        static const uint8_t content[] = {0x02, 0x70, 0x00, 'h', 'i'};
        Tpdu tpdu = {
                .type = TPDU_DELIVER,
                .header = true,
                .pid = SMS_PID_DEVICE,
                .dcs = SMS_DCS_DEVICE,
                .address = {.type = type, .plan = plan},
                .data = content,
                .len = sizeof(content),
        };
        uint8_t octets[TPDU_MAX_OCTETS];
        ByteWriter writer = byte_writer(octets, sizeof(octets));
        g_autoptr(GBytes) bytes = NULL;

        g_strlcpy(tpdu.address.text, digits, sizeof(tpdu.address.text));
        tpdu_write(&tpdu, &writer);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        bytes = g_bytes_new(octets, writer.len);
        f->genuine = genuine;
        fake_modem_receive(f->sms.modem, 1, bytes, false);
}

/* TP-DA of what is sent. */
static void assert_answer(Fixture *f, SmsNumberType type, uint8_t plan, const char *digits)
{
        g_autoptr(GBytes) octets = NULL;
        Tpdu tpdu;

        g_assert_cmpint(link_send(f->link, "x", 1), ==, 0);
        octets = sms_fixture_take(&f->sms);
        g_assert_nonnull(octets);
        g_assert_cmpint(tpdu_parse(g_bytes_get_data(octets, NULL), g_bytes_get_size(octets),
                                   TPDU_TO_NETWORK, &tpdu),
                        ==, 0);
        g_assert_cmpint(tpdu.address.type, ==, type);
        g_assert_cmpint(tpdu.address.plan, ==, plan);
        g_assert_cmpstr(tpdu.address.text, ==, digits);
        fake_modem_answer(f->sms.modem, 0);
}

/* Of a short code a network may say anything; it is answered as it wrote it. */
static void test_short_code(gconstpointer data)
{
        static const SmsNumberType types[] = {
                SMS_NUMBER_UNKNOWN, SMS_NUMBER_INTERNATIONAL, SMS_NUMBER_NATIONAL,
                SMS_NUMBER_NETWORK, SMS_NUMBER_SUBSCRIBER,    SMS_NUMBER_ABBREVIATED,
        };
        const char *number = data;
        Fixture f = {0};

        set_up(&f, number);
        assert_answer(&f, SMS_NUMBER_UNKNOWN, 1, number);
        for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
                receive(&f, types[i], 9, number, true);
                g_assert_cmpuint(f.heard, ==, i + 1);
                assert_answer(&f, types[i], 9, number);
        }
        tear_down(&f);
}

/* Anybody may write anything. */
static void test_forged(void)
{
        Fixture f = {0};

        set_up(&f, "12345");
        receive(&f, SMS_NUMBER_INTERNATIONAL, 1, "12345", false);
        g_assert_cmpuint(f.heard, ==, 1);
        assert_answer(&f, SMS_NUMBER_UNKNOWN, 1, "12345");
        receive(&f, SMS_NUMBER_NETWORK, 9, "12345", true);
        receive(&f, SMS_NUMBER_INTERNATIONAL, 1, "12345", false);
        assert_answer(&f, SMS_NUMBER_NETWORK, 9, "12345");
        /* Outside of a message there is nobody to be trusted. */
        peer_trust_sender(f.link);
        assert_answer(&f, SMS_NUMBER_NETWORK, 9, "12345");

        receive(&f, SMS_NUMBER_UNKNOWN, 1, "12346", true);
        receive(&f, SMS_NUMBER_UNKNOWN, 1, "012345", true);
        receive(&f, SMS_NUMBER_NAME, 0, "12345", true);
        g_assert_cmpuint(f.heard, ==, 3);
        g_assert_cmpuint(bearer_counter(f.sms.bearer, SMS_DROPPED_SENDER), ==, 3);
        tear_down(&f);
}

/* What is international stays so where the network says nothing, or says it in national words. */
static void test_international(gconstpointer data)
{
        Fixture f = {0};

        set_up(&f, data);
        assert_answer(&f, SMS_NUMBER_INTERNATIONAL, 1, "491511234567");
        receive(&f, SMS_NUMBER_UNKNOWN, 1, "491511234567", true);
        assert_answer(&f, SMS_NUMBER_INTERNATIONAL, 1, "491511234567");
        receive(&f, SMS_NUMBER_UNKNOWN, 1, "00491511234567", true);
        assert_answer(&f, SMS_NUMBER_INTERNATIONAL, 1, "491511234567");
        receive(&f, SMS_NUMBER_NATIONAL, 1, "1511234567", true);
        assert_answer(&f, SMS_NUMBER_INTERNATIONAL, 1, "491511234567");
        g_assert_cmpuint(f.heard, ==, 3);

        /* As the network wrote it: contrary to what was configured, and it must know. */
        receive(&f, SMS_NUMBER_NETWORK, 1, "491511234567", true);
        assert_answer(&f, SMS_NUMBER_NETWORK, 1, "491511234567");
        receive(&f, SMS_NUMBER_UNKNOWN, 1, "491511234567", true);
        assert_answer(&f, SMS_NUMBER_INTERNATIONAL, 1, "491511234567");
        tear_down(&f);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_data_func("/sms/answer/short-code-5", "12345", test_short_code);
        g_test_add_data_func("/sms/answer/short-code-7", "1234567", test_short_code);
        g_test_add_data_func("/sms/answer/short-code-8", "12345678", test_short_code);
        g_test_add_func("/sms/answer/forged", test_forged);
        g_test_add_data_func("/sms/answer/international", "+491511234567", test_international);
        g_test_add_data_func("/sms/answer/msisdn", "491511234567", test_international);
        return g_test_run();
}
