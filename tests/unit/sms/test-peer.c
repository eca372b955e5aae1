/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a peer sends, and what it may cost. */

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "sms-fixture.h"
#include "sms/coding.h"
#include "sms/tpdu.h"
#include "test-util.h"

typedef struct Peer {
        SmsFixture sms; /* first */
        Link *link;
        int error; /* the last the link told of */
        bool free_inside;
} Peer;

static void on_datagram(void *user, const uint8_t *data, size_t len)
{
}

static void on_error(void *user, int error)
{
        Peer *p = user;

        p->error = error;
        if (p->free_inside)
                g_clear_pointer(&p->link, link_free);
}

static const LinkHandler handler = {.on_datagram = on_datagram, .on_error = on_error};

static void on_line(LogLevel level, const char *line, void *user)
{
}

static void set_up(Peer *p, const BearerConfig *bearer, const BudgetState *budget,
                   const PeerConfig *config)
{
        PeerConfig defaults = peer_config_default(SERVER);

        log_set_sink(on_line, NULL);
        sms_fixture_set_up(&p->sms, bearer, budget);
        g_assert_cmpint(peer_link_new(p->sms.bearer, config ? config : &defaults, &p->link), ==, 0);
        link_set_handler(p->link, &handler, p);
}

static void tear_down(Peer *p)
{
        link_free(p->link);
        sms_fixture_tear_down(&p->sms);
        log_set_sink(NULL, NULL);
}

/* What is sent next, read. */
static Tpdu take(Peer *p, GBytes **ret_octets)
{
        Tpdu tpdu;

        *ret_octets = sms_fixture_take(&p->sms);
        g_assert_nonnull(*ret_octets);
        g_assert_cmpint(tpdu_parse(g_bytes_get_data(*ret_octets, NULL),
                                   g_bytes_get_size(*ret_octets), TPDU_TO_NETWORK, &tpdu),
                        ==, 0);
        return tpdu;
}

static void test_one(void)
{
        Peer p = {0};
        g_autoptr(GBytes) octets = NULL;
        Tpdu tpdu;

        set_up(&p, NULL, NULL, NULL);
        g_assert_cmpint(link_send(p.link, "hello", 5), ==, 0);
        g_assert_null(fake_modem_take(p.sms.modem)); /* not before the loop runs */
        tpdu = take(&p, &octets);
        g_assert_cmpint(tpdu.pid, ==, 0x7D);
        g_assert_cmpint(tpdu.dcs, ==, 0xF5);
        g_assert_cmpint(tpdu.validity_format, ==, TPDU_VALIDITY_RELATIVE);
        g_assert_cmpint(tpdu.validity[0], ==, 0x0B);
        g_assert_cmpstr(tpdu.address.text, ==, "12125550178");
        g_assert_cmpint(tpdu.address.type, ==, SMS_NUMBER_INTERNATIONAL);
        g_assert_true(tpdu.header && !tpdu.report && tpdu.reference == 0);
        g_assert_cmpmem(tpdu.data, tpdu.len, "\2\x70\0hello", 8);
        fake_modem_answer(p.sms.modem, 0);
        g_assert_cmpuint(bearer_counter(p.sms.bearer, SMS_MESSAGES_SENT), ==, 1);
        g_assert_cmpint(p.error, ==, 0);
        tear_down(&p);
}

static void test_settings(void)
{
        PeerConfig config = peer_config_default("12345");
        Peer p = {0};
        g_autoptr(GBytes) octets = NULL;
        Tpdu tpdu;

        config.kind = PACKET_PLAIN;
        config.pid = SMS_PID_PLAIN;
        config.dcs = SMS_DCS_PLAIN;
        config.validity = 0;
        config.report = true;
        config.max_segments = 1;
        set_up(&p, NULL, NULL, &config);
        g_assert_cmpuint(link_mtu(p.link), ==, 140);
        g_assert_cmpint(link_send(p.link, "hello", 5), ==, 0);
        tpdu = take(&p, &octets);
        g_assert_true(!tpdu.header && tpdu.report && tpdu.pid == 0 && tpdu.dcs == 4);
        g_assert_cmpint(tpdu.validity_format, ==, TPDU_VALIDITY_NONE);
        g_assert_cmpint(tpdu.address.type, ==, SMS_NUMBER_UNKNOWN);
        g_assert_cmpmem(tpdu.data, tpdu.len, "hello", 5);
        tear_down(&p);
}

static void test_refused_settings(void)
{
        Peer p = {0};
        Link *link;

        set_up(&p, NULL, NULL, NULL);
        for (unsigned i = 0; i < 6; i++) {
                PeerConfig config = peer_config_default(i == 0 ? "" : SERVER);

                if (i == 1)
                        config.dcs = 0x00;
                if (i == 2)
                        config.max_segments = 0;
                if (i == 3)
                        config.max_segments = SPLIT_MAX_SEGMENTS + 1;
                if (i == 4)
                        config.kind = PACKET_RESPONSE;
                if (i == 5)
                        config.number = "+1212ACME";
                g_assert_cmpint(peer_link_new(p.sms.bearer, &config, &link), ==, -EINVAL);
        }
        tear_down(&p);
}

/* Segment after segment, each when the one before has been accepted. */
static void test_several(bool wide)
{
        BearerConfig config = bearer_config_default();
        uint8_t data[400], again[400];
        size_t done = 0, len = wide ? 397 : 400;
        Peer p = {0};

        for (unsigned i = 0; i < sizeof(data); i++)
                data[i] = (uint8_t) i;
        config.wide_reference = wide;
        set_up(&p, &config, NULL, NULL);
        g_assert_cmpuint(link_mtu(p.link), ==, wide ? 530 : 534);
        g_assert_cmpint(link_send(p.link, data, len), ==, 0);
        for (unsigned i = 1; i <= 3; i++) {
                g_autoptr(GBytes) octets = NULL;
                Tpdu tpdu = take(&p, &octets);
                UserData part;

                g_assert_null(sms_fixture_take(&p.sms));
                g_assert_cmpint(header_parse(tpdu.data, tpdu.len, tpdu.header, &part), ==, 0);
                g_assert_cmpint(part.sequence, ==, i);
                g_assert_cmpint(part.total, ==, 3);
                g_assert_true(part.wide == wide);
                memcpy(again + done, part.data, part.len);
                done += part.len;
                fake_modem_answer(p.sms.modem, 0);
        }
        g_assert_cmpmem(again, done, data, len);
        g_assert_null(sms_fixture_take(&p.sms));
        g_assert_cmpuint(bearer_counter(p.sms.bearer, SMS_SEGMENTS_SENT), ==, 3);
        g_assert_cmpuint(bearer_counter(p.sms.bearer, SMS_MESSAGES_SENT), ==, 1);
        g_assert_cmpint(link_send(p.link, data, 0), ==, 0);
        tear_down(&p);
}

static void test_narrow(void)
{
        test_several(false);
}

static void test_wide(void)
{
        test_several(true);
}

static void test_too_long(void)
{
        Peer p = {0};
        uint8_t data[535] = {0};

        set_up(&p, NULL, NULL, NULL);
        g_assert_cmpint(link_send(p.link, data, 535), ==, -EMSGSIZE);
        g_assert_cmpint(link_send(p.link, data, 534), ==, 0);
        g_assert_cmpuint(p.sms.stores, ==, 1);
        g_assert_cmpuint(p.sms.budget.hour_used, ==, 10); /* in tenths of the limit */
        tear_down(&p);
}

/* A refused segment takes the rest of its message along, not the next message. */
static void test_refused(void)
{
        Peer p = {0};
        uint8_t data[200] = {0};
        g_autoptr(GBytes) first = NULL;
        g_autoptr(GBytes) next = NULL;
        Tpdu tpdu;

        set_up(&p, NULL, NULL, NULL);
        g_assert_cmpint(link_send(p.link, data, 200), ==, 0);
        g_assert_cmpint(link_send(p.link, "next", 4), ==, 0);
        take(&p, &first);
        fake_modem_answer(p.sms.modem, -EIO);
        g_assert_cmpint(p.error, ==, -EIO);
        g_assert_cmpuint(bearer_counter(p.sms.bearer, SMS_SEND_FAILED), ==, 1);
        tpdu = take(&p, &next);
        g_assert_cmpmem(tpdu.data, tpdu.len, "\2\x70\0next", 7);

        p.free_inside = true;
        fake_modem_answer(p.sms.modem, -ETIMEDOUT);
        g_assert_null(p.link);
        tear_down(&p);
}

/* A goodbye goes out although its link is gone. */
static void test_freed(void)
{
        Peer p = {0};
        g_autoptr(GBytes) octets = NULL;

        set_up(&p, NULL, NULL, NULL);
        g_assert_cmpint(link_send(p.link, "bye", 3), ==, 0);
        g_clear_pointer(&p.link, link_free);
        take(&p, &octets);
        fake_modem_answer(p.sms.modem, -EIO);
        g_assert_cmpint(p.error, ==, 0);
        tear_down(&p);
}

static void test_no_modem(void)
{
        Peer p = {0};

        set_up(&p, NULL, NULL, NULL);
        for (ModemState state = MODEM_ABSENT; state < MODEM_READY; state++) {
                fake_modem_set(p.sms.modem, state, false);
                g_assert_cmpint(link_send(p.link, "hello", 5), ==, -ENETDOWN);
        }
        g_assert_cmpuint(p.sms.status_changes, ==, 3);
        g_assert_cmpuint(p.sms.stores, ==, 0);
        fake_modem_set(p.sms.modem, MODEM_READY, false);
        g_assert_cmpint(link_send(p.link, "hello", 5), ==, 0);
        tear_down(&p);
}

static void test_queue_full(void)
{
        Peer p = {0};

        set_up(&p, NULL, NULL, NULL);
        for (unsigned i = 0; i < OUTBOX_MAX_MESSAGES; i++)
                g_assert_cmpint(link_send(p.link, "hello", 5), ==, 0);
        g_assert_cmpint(link_send(p.link, "hello", 5), ==, -EAGAIN);
        g_assert_cmpuint(p.sms.budget.hour_used, ==, 20);
        g_assert_cmpuint(p.sms.stores, ==, 2);
        tear_down(&p);
}

static void test_response(void)
{
        Peer p = {0};
        g_autoptr(GBytes) octets = NULL;
        Tpdu tpdu;

        set_up(&p, NULL, NULL, NULL);
        g_assert_cmpint(peer_send_response(p.link, "por", 3), ==, 0);
        tpdu = take(&p, &octets);
        g_assert_cmpmem(tpdu.data, tpdu.len, "\2\x71\0por", 6);
        tear_down(&p);
}

/* ---- The budget ------------------------------------------------------------------ */

/* Sends until it is refused; what is sent is accepted at once. */
static unsigned send_all(Peer *p)
{
        unsigned n = 0;

        while (link_send(p->link, "x", 1) == 0) {
                g_autoptr(GBytes) octets = sms_fixture_take(&p->sms);

                fake_modem_answer(p->sms.modem, 0);
                clock_advance(p->sms.clock, 0);
                g_assert_cmpuint(++n, <, 1000);
        }
        g_assert_cmpint(link_send(p->link, "x", 1), ==, -EDQUOT);
        return n;
}

#define HOUR ((gint64) 3600 * G_USEC_PER_SEC)

static void test_budget(void)
{
        BearerConfig config = bearer_config_default();
        uint8_t data[200] = {0};
        Peer p = {0};

        config.per_hour = 5;
        config.per_day = 12;
        set_up(&p, &config, NULL, NULL);
        g_assert_cmpuint(send_all(&p), ==, 5);
        g_assert_cmpuint(p.sms.stores, ==, 5);
        g_assert_cmpuint(bearer_counter(p.sms.bearer, SMS_DROPPED_BUDGET), ==, 2);
        clock_advance(p.sms.clock, HOUR - 1);
        g_assert_cmpuint(send_all(&p), ==, 0);
        clock_advance(p.sms.clock, 1);
        g_assert_cmpuint(send_all(&p), ==, 5);
        clock_advance(p.sms.clock, HOUR);

        /* Two segments that do not fit any more take nothing. */
        g_assert_cmpint(link_send(p.link, "x", 1), ==, 0);
        g_assert_cmpint(link_send(p.link, data, 200), ==, -EDQUOT);
        g_assert_cmpuint(p.sms.budget.day_used, ==, 11);
        clock_advance(p.sms.clock, 24 * HOUR);
        g_assert_cmpint(link_send(p.link, data, 200), ==, 0);
        g_assert_cmpuint(p.sms.budget.day_used, ==, 2);
        tear_down(&p);
}

/* A restart gives nothing back, wherever the time of day has gone. */
static void test_budget_restart(void)
{
        static const gint64 jumps[] = {0, 600, -86400 * 365 * 20L};
        BearerConfig config = bearer_config_default();

        config.per_hour = 5;
        config.per_day = 12;
        for (unsigned i = 0; i < G_N_ELEMENTS(jumps); i++) {
                Peer before = {0}, after = {0};

                set_up(&before, &config, NULL, NULL);
                send_all(&before);
                before.sms.budget.hour_begin -= jumps[i];
                before.sms.budget.day_begin -= jumps[i];
                set_up(&after, &config, &before.sms.budget, NULL);
                g_assert_cmpuint(send_all(&after), ==, 0);
                clock_advance(after.sms.clock, HOUR);
                g_assert_cmpuint(send_all(&after), ==, 5);
                tear_down(&after);
                tear_down(&before);
        }
}

static void test_no_limit(void)
{
        BearerConfig config = bearer_config_default();
        Peer p = {0};

        config.per_hour = config.per_day = 0;
        set_up(&p, &config, NULL, NULL);
        for (unsigned i = 0; i < 2000; i++) {
                g_autoptr(GBytes) octets = NULL;

                g_assert_cmpint(link_send(p.link, "x", 1), ==, 0);
                octets = sms_fixture_take(&p.sms);
                fake_modem_answer(p.sms.modem, 0);
        }
        tear_down(&p);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/sms/peer/one", test_one);
        g_test_add_func("/sms/peer/settings", test_settings);
        g_test_add_func("/sms/peer/refused-settings", test_refused_settings);
        g_test_add_func("/sms/peer/narrow", test_narrow);
        g_test_add_func("/sms/peer/wide", test_wide);
        g_test_add_func("/sms/peer/too-long", test_too_long);
        g_test_add_func("/sms/peer/refused", test_refused);
        g_test_add_func("/sms/peer/freed", test_freed);
        g_test_add_func("/sms/peer/no-modem", test_no_modem);
        g_test_add_func("/sms/peer/queue-full", test_queue_full);
        g_test_add_func("/sms/peer/response", test_response);
        g_test_add_func("/sms/peer/budget", test_budget);
        g_test_add_func("/sms/peer/budget-restart", test_budget_restart);
        g_test_add_func("/sms/peer/no-limit", test_no_limit);
        return g_test_run();
}
