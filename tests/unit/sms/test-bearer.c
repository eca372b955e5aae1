/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a bearer does with what a modem hears. */

#include <string.h>

#include "base/log.h"
#include "sms-fixture.h"
#include "sms/coding.h"
#include "test-util.h"

typedef struct Fixture {
        SmsFixture sms; /* first */
        Link *link;
        GString *log;
        bool free_inside;
} Fixture;

static void on_datagram(void *user, const uint8_t *data, size_t len)
{
        Fixture *f = user;
        g_autofree char *acknowledged = fake_modem_acknowledged(f->sms.modem);

        /* Not before we are done. */
        g_assert_cmpstr(acknowledged, ==, "");
        g_string_append_printf(f->log, "<%.*s>", (int) len, (const char *) data);
        if (f->free_inside)
                g_clear_pointer(&f->link, link_free);
}

static void on_error(void *user, int error)
{
        Fixture *f = user;

        g_string_append_printf(f->log, "(%d)", error);
}

static const LinkHandler handler = {.on_datagram = on_datagram, .on_error = on_error};

static void on_line(LogLevel level, const char *line, void *user)
{
}

static void fixture_set_up(Fixture *f, gconstpointer data)
{
        PeerConfig config = peer_config_default(SERVER);

        log_set_sink(on_line, NULL);
        sms_fixture_set_up(&f->sms, NULL, NULL);
        f->log = g_string_new(NULL);
        g_assert_cmpint(peer_link_new(f->sms.bearer, &config, &f->link), ==, 0);
        link_set_handler(f->link, &handler, f);
}

static void fixture_tear_down(Fixture *f, gconstpointer data)
{
        link_free(f->link);
        sms_fixture_tear_down(&f->sms);
        g_string_free(f->log, TRUE);
        log_set_sink(NULL, NULL);
}

static void assert_log(Fixture *f, const char *expect)
{
        g_assert_cmpstr(f->log->str, ==, expect);
        g_string_truncate(f->log, 0);
}

static void assert_counter(Fixture *f, SmsCounter counter, guint64 expect)
{
        g_assert_cmpuint(bearer_counter(f->sms.bearer, counter), ==, expect);
}

static void receive_hex(Fixture *f, const char *hex)
{
        g_autoptr(GBytes) tpdu = test_hex(hex);

        fake_modem_receive(f->sms.modem, 9, tpdu, true);
}

static void test_message(Fixture *f, gconstpointer data)
{
        sms_fixture_receive(&f->sms, 1, SERVER, "hello");
        assert_log(f, "<hello>");
        sms_fixture_assert_acknowledged(&f->sms, "1");
        assert_counter(f, SMS_MESSAGES_RECEIVED, 1);
        assert_counter(f, SMS_SEGMENTS_RECEIVED, 1);
        g_assert_cmpuint(link_counters(f->link)->datagrams_in, ==, 1);
}

/* Silently, and acknowledged like any other: as somebody else's. */
static void test_stranger(Fixture *f, gconstpointer data)
{
        sms_fixture_receive(&f->sms, 1, "+12125550179", "hello");
        sms_fixture_receive(&f->sms, 2, "12345", "hello");
        sms_fixture_receive(&f->sms, 3, "ACME", "hello");
        assert_log(f, "");
        sms_fixture_assert_acknowledged(&f->sms, "1f 2f 3f");
        assert_counter(f, SMS_DROPPED_SENDER, 3);
        g_assert_null(sms_fixture_take(&f->sms));
}

static void test_unreadable(Fixture *f, gconstpointer data)
{
        receive_hex(f, "440B9121");
        sms_fixture_assert_acknowledged(&f->sms, "9f");
        receive_hex(f, "440B912121550571F87DF56210203040504003057000");
        sms_fixture_assert_acknowledged(&f->sms, "9");
        assert_counter(f, SMS_DROPPED_MALFORMED, 2);

        /* A text for people. */
        receive_hex(f, "040B912121550571F80000621020304050400AE8329BFD4697D9EC37");
        sms_fixture_assert_acknowledged(&f->sms, "9");
        assert_counter(f, SMS_DROPPED_CODING, 1);

        /* Segment 1 of 9. */
        receive_hex(f, "440B912121550571F87DF56210203040504007050003010901AA");
        sms_fixture_assert_acknowledged(&f->sms, "9");
        assert_counter(f, SMS_DROPPED_LONG, 1);
        assert_log(f, "");
}

/* Data without a packet's element, and a proof of receipt nobody asked for. */
static void test_unexpected(Fixture *f, gconstpointer data)
{
        receive_hex(f, "040B912121550571F87DF56210203040504003AABBCC");
        receive_hex(f, "040B912121550571F87DF56210203040504004027100AA");
        sms_fixture_assert_acknowledged(&f->sms, "9 9");
        assert_counter(f, SMS_DROPPED_UNEXPECTED, 2);
        assert_log(f, "");
}

static void test_reports(Fixture *f, gconstpointer data)
{
#define REPORT(status) "06170B912121550571F86210203040504062102030405040" status
        receive_hex(f, REPORT("00"));
        receive_hex(f, REPORT("30"));
        receive_hex(f, REPORT("46"));
        receive_hex(f, "06170B912121550571F96210203040504062102030405040"
                       "00");
        sms_fixture_assert_acknowledged(&f->sms, "9 9 9 9f");
        assert_counter(f, SMS_REPORTS_DELIVERED, 1);
        assert_counter(f, SMS_REPORTS_PENDING, 1);
        assert_counter(f, SMS_REPORTS_FAILED, 1);
        assert_counter(f, SMS_DROPPED_SENDER, 1);
}

static void receive_segment(Fixture *f, guint64 id, unsigned index, bool stored)
{
        static const uint8_t text[200] = "long";
        SplitConfig split = {.kind = PACKET_COMMAND, .reference = 5, .max_segments = 2};
        g_autoptr(GBytes) tpdu = sms_deliver(SERVER, SMS_PID_DEVICE, SMS_DCS_DEVICE, &split, text,
                                             sizeof(text), index);

        fake_modem_receive(f->sms.modem, id, tpdu, stored);
}

static void test_segments(Fixture *f, gconstpointer data)
{
        receive_segment(f, 1, 1, false);
        sms_fixture_assert_acknowledged(&f->sms, "1");
        assert_counter(f, SMS_REASSEMBLY_PENDING, 1);
        receive_segment(f, 2, 0, false);
        sms_fixture_assert_acknowledged(&f->sms, "2");
        g_assert_cmpuint(link_counters(f->link)->octets_in, ==, 200);
        assert_counter(f, SMS_REASSEMBLY_PENDING, 0);
        receive_segment(f, 3, 0, false);
        sms_fixture_assert_acknowledged(&f->sms, "3");
        assert_counter(f, SMS_SEGMENTS_DUPLICATE, 1);
        assert_counter(f, SMS_MESSAGES_RECEIVED, 1);
}

/* Stored segments stay where they are until the message has been handled; unless room is short. */
static void test_stored(Fixture *f, gconstpointer data)
{
        receive_segment(f, 1, 0, true);
        sms_fixture_assert_acknowledged(&f->sms, "");
        receive_segment(f, 2, 1, true);
        sms_fixture_assert_acknowledged(&f->sms, "1 2");
        assert_counter(f, SMS_MESSAGES_RECEIVED, 1);

        clock_advance(f->sms.clock, 10 * 60 * G_USEC_PER_SEC);
        receive_segment(f, 3, 0, true);
        fake_modem_set(f->sms.modem, MODEM_READY, true);
        sms_fixture_assert_acknowledged(&f->sms, "3");
        receive_segment(f, 4, 1, true);
        sms_fixture_assert_acknowledged(&f->sms, "4");
        assert_counter(f, SMS_MESSAGES_RECEIVED, 2);
}

/* The modem service is started again in the middle. */
static void test_restart(Fixture *f, gconstpointer data)
{
        receive_segment(f, 1, 0, true);
        fake_modem_reconnect(f->sms.modem);
        g_assert_cmpuint(fake_modem_replays(f->sms.modem), ==, 2);
        receive_segment(f, 101, 0, true);
        sms_fixture_assert_acknowledged(&f->sms, "");
        receive_segment(f, 102, 1, true);
        sms_fixture_assert_acknowledged(&f->sms, "101 102");
        assert_counter(f, SMS_MESSAGES_RECEIVED, 1);
}

/* Before all who listen are there nothing is heard, acknowledged or asked for. */
static void test_not_started(void)
{
        g_autoptr(GBytes) tpdu = test_hex("040B912121550571F87DF56210203040504003AABBCC");
        BearerConfig config = bearer_config_default();
        static const BearerOps ops = {0};
        Clock *clock = clock_new_manual(0, 0);
        Modem *modem = fake_modem_new();
        Bearer *bearer = bearer_new(clock, modem, &config, NULL, &ops, NULL);
        g_autofree char *acknowledged = NULL;
        PeerConfig peer = peer_config_default(SERVER);
        Link *link;

        g_assert_cmpint(peer_link_new(bearer, &peer, &link), ==, 0);
        clock_advance(clock, 0);
        fake_modem_reconnect(modem);
        fake_modem_receive(modem, 1, tpdu, true);
        fake_modem_set(modem, MODEM_READY, false);
        acknowledged = fake_modem_acknowledged(modem);
        g_assert_cmpstr(acknowledged, ==, "");
        g_assert_cmpuint(fake_modem_replays(modem), ==, 0);
        bearer_start(bearer);
        bearer_start(bearer);
        clock_advance(clock, 0);
        g_assert_cmpuint(fake_modem_replays(modem), ==, 1);

        link_free(link);
        bearer_free(bearer);
        modem_free(modem);
        clock_free(clock);
}

static Link *listen_to(Fixture *f, const char *number)
{
        PeerConfig config = peer_config_default(number);
        Link *link;

        g_assert_cmpint(peer_link_new(f->sms.bearer, &config, &link), ==, 0);
        link_set_handler(link, &handler, f);
        return link;
}

/* What came before somebody listened was left to others: it is asked for again, once for all that
 * begin to listen together. */
static void test_late_listener(Fixture *f, gconstpointer data)
{
        Link *links[4];
        unsigned replays;

        clock_advance(f->sms.clock, 0);
        replays = fake_modem_replays(f->sms.modem);
        sms_fixture_receive(&f->sms, 1, "+441632960001", "early");
        sms_fixture_assert_acknowledged(&f->sms, "1f");

        links[0] = listen_to(f, "+441632960001");
        links[1] = listen_to(f, "+441632960002");
        g_assert_cmpuint(fake_modem_replays(f->sms.modem), ==, replays);
        clock_advance(f->sms.clock, 0);
        g_assert_cmpuint(fake_modem_replays(f->sms.modem), ==, replays + 1);
        sms_fixture_receive(&f->sms, 2, "+441632960001", "early");
        assert_log(f, "<early>");

        /* Whom others heard already. */
        links[2] = listen_to(f, "00441632960001");
        clock_advance(f->sms.clock, 0);
        g_assert_cmpuint(fake_modem_replays(f->sms.modem), ==, replays + 1);

        /* Nobody heard this one meanwhile. */
        link_free(links[1]);
        links[1] = listen_to(f, "+441632960002");
        links[3] = listen_to(f, "+441632960003");
        link_free(links[3]);
        clock_advance(f->sms.clock, 0);
        g_assert_cmpuint(fake_modem_replays(f->sms.modem), ==, replays + 2);
        for (unsigned i = 0; i < 3; i++)
                link_free(links[i]);
        g_assert_cmpint(clock_next_deadline(f->sms.clock), ==, CLOCK_NEVER);
}

/* Two servers at one number: each hears all. */
static void test_shared_number(Fixture *f, gconstpointer data)
{
        Link *other = listen_to(f, "0012125550178");

        sms_fixture_receive(&f->sms, 1, SERVER, "hello");
        assert_log(f, "<hello><hello>");
        sms_fixture_assert_acknowledged(&f->sms, "1");
        assert_counter(f, SMS_MESSAGES_RECEIVED, 1);
        link_free(other);
}

static void test_freed_inside(Fixture *f, gconstpointer data)
{
        f->free_inside = true;
        sms_fixture_receive(&f->sms, 1, SERVER, "hello");
        assert_log(f, "<hello>");
        sms_fixture_assert_acknowledged(&f->sms, "1");
        sms_fixture_receive(&f->sms, 2, SERVER, "hello");
        sms_fixture_assert_acknowledged(&f->sms, "2f");
        assert_counter(f, SMS_DROPPED_SENDER, 1);
}

static void test_strict(Fixture *f, gconstpointer data)
{
        PeerConfig config = peer_config_default("+441632960001");
        SplitConfig split = {.kind = PACKET_COMMAND, .max_segments = 1};
        static const uint8_t codings[][2] = {{0x7D, 0xF5}, {0x7D, 0x15}, {0x7F, 0xF5},
                                             {0x7D, 0xF6}, {0x7D, 0x04}, {0x00, 0xF5}};
        Link *link;

        config.strict = true;
        g_assert_cmpint(peer_link_new(f->sms.bearer, &config, &link), ==, 0);
        link_set_handler(link, &handler, f);
        for (unsigned i = 0; i < G_N_ELEMENTS(codings); i++) {
                g_autoptr(GBytes) strict = sms_deliver("+441632960001", codings[i][0],
                                                       codings[i][1], &split, "s", 1, 0);
                g_autoptr(GBytes) lenient =
                        sms_deliver(SERVER, codings[i][0], codings[i][1], &split, "l", 1, 0);

                fake_modem_receive(f->sms.modem, 1, strict, false);
                sms_fixture_assert_acknowledged(&f->sms, "1");
                fake_modem_receive(f->sms.modem, 2, lenient, false);
                sms_fixture_assert_acknowledged(&f->sms, "2");
        }
        assert_log(f, "<s><l><s><l><l><l><l><l>");
        assert_counter(f, SMS_DROPPED_CLASS, 4);
        link_free(link);
}

static void test_hostile(Fixture *f, gconstpointer data)
{
        g_autoptr(GRand) rand = g_rand_new_with_seed(4);
        unsigned acknowledged = 0;

        for (unsigned i = 1; i <= 100000; i++) {
                g_autofree uint8_t *octets = g_malloc(160);
                g_autoptr(GBytes) tpdu = NULL;
                g_autofree char *ids = NULL;
                bool ours = g_rand_boolean(rand);
                SplitConfig split = {.kind = PACKET_COMMAND, .max_segments = 8, .wide = i & 1};

                for (unsigned j = 0; j < 160; j++)
                        octets[j] = (uint8_t) g_rand_int(rand);
                split.reference = (uint16_t) g_rand_int(rand);
                if (i % 4 == 0)
                        tpdu = g_bytes_new(octets, (gsize) g_rand_int_range(rand, 0, 160));
                else
                        tpdu = sms_deliver(ours ? SERVER : "+12125550179", SMS_PID_DEVICE,
                                           SMS_DCS_DEVICE, &split, octets, 150, i / 2 % 2);
                fake_modem_receive(f->sms.modem, i, tpdu, false);
                ids = fake_modem_acknowledged(f->sms.modem);
                acknowledged += atoi(ids) == (int) i;
                g_string_truncate(f->log, 0);
        }
        /* Each of them, and nothing of ours left. */
        g_assert_cmpuint(acknowledged, ==, 100000);
        g_assert_cmpuint(bearer_counter(f->sms.bearer, SMS_REASSEMBLY_PENDING), <=, 8);
        clock_advance(f->sms.clock, 3600 * (gint64) G_USEC_PER_SEC);
        assert_counter(f, SMS_REASSEMBLY_PENDING, 0);
        g_assert_cmpint(clock_next_deadline(f->sms.clock), ==, CLOCK_NEVER);
        g_assert_null(sms_fixture_take(&f->sms));
}

static void test_counter_names(void)
{
        for (unsigned i = 0; i < SMS_COUNTERS_N; i++) {
                const char *name = sms_counter_to_string((SmsCounter) i);

                g_assert_cmpint(sms_counter_from_string(name), ==, i);
        }
        g_assert_cmpstr(modem_state_to_string(MODEM_LOCKED), ==, "locked");
}

#define ADD(name, func)                                                                            \
        g_test_add("/sms/bearer/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        ADD("message", test_message);
        ADD("stranger", test_stranger);
        ADD("unreadable", test_unreadable);
        ADD("unexpected", test_unexpected);
        ADD("reports", test_reports);
        ADD("segments", test_segments);
        ADD("stored", test_stored);
        ADD("restart", test_restart);
        g_test_add_func("/sms/bearer/not-started", test_not_started);
        ADD("late-listener", test_late_listener);
        ADD("shared-number", test_shared_number);
        ADD("freed-inside", test_freed_inside);
        ADD("strict", test_strict);
        ADD("hostile", test_hostile);
        g_test_add_func("/sms/bearer/counter-names", test_counter_names);
        return g_test_run();
}
