/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A modem that is busy. What else becomes of messages is told by test-peer.c. */
#include "sms/outbox.h"

#include <errno.h>
#include <string.h>

#include "fake-modem.h"

typedef struct Bench {
        Clock *clock;
        Modem *modem;
        Outbox *outbox;
        SmsCounters counters;
        int error; /* told last */
} Bench;

static void bench_on_sent(guint64 token, int result, unsigned reference, void *user)
{
        outbox_on_sent(((Bench *) user)->outbox, token, result);
}

static const ModemHandler bench_handler = {.on_sent = bench_on_sent};

static void bench_on_failed(void *owner, int error, void *user)
{
        ((Bench *) user)->error = error;
}

static void set_up(Bench *b)
{
        *b = (Bench){.clock = clock_new_manual(0, 0), .modem = fake_modem_new()};
        b->outbox = outbox_new(b->clock, b->modem, &b->counters, bench_on_failed, b);
        modem_set_handler(b->modem, &bench_handler, b);
}

static void tear_down(Bench *b)
{
        outbox_free(b->outbox);
        modem_free(b->modem);
        clock_free(b->clock);
}

static void push(Bench *b, const char *text)
{
        OutboxRequest request = {
                .kind = PACKET_COMMAND, .dcs = 0xf6, .max_segments = 1, .owner = b};

        g_assert_cmpint(sms_address_from_text("+12125550178", NULL, &request.to), ==, 0);
        g_assert_cmpint(outbox_push(b->outbox, &request, text, strlen(text)), ==, 0);
        clock_advance(b->clock, 0);
}

/* The next TPDU ends with `text`; NULL: there is none. */
static void assert_sends(Bench *b, const char *text)
{
        g_autoptr(GBytes) tpdu = fake_modem_take(b->modem);
        gsize len = tpdu ? g_bytes_get_size(tpdu) : 0;
        const char *octets = tpdu ? g_bytes_get_data(tpdu, NULL) : NULL;

        if (!text) {
                g_assert_null(tpdu);
                return;
        }
        g_assert_cmpuint(len, >, strlen(text));
        g_assert_cmpmem(octets + len - strlen(text), strlen(text), text, strlen(text));
}

static void answer(Bench *b, int result, gint64 wait)
{
        fake_modem_answer(b->modem, result);
        clock_advance(b->clock, wait);
}

/* The same message is sent again, and what comes meanwhile waits behind it. */
static void test_busy(void)
{
        Bench b;

        set_up(&b);
        push(&b, "one");
        assert_sends(&b, "one");
        answer(&b, -EBUSY, OUTBOX_BUSY_INTERVAL - 1);
        push(&b, "two");
        assert_sends(&b, NULL);
        clock_advance(b.clock, 1);
        assert_sends(&b, "one");
        answer(&b, 0, 0);
        assert_sends(&b, "two");
        answer(&b, 0, 0);
        g_assert_cmpuint(b.counters.value[SMS_MESSAGES_SENT], ==, 2);
        g_assert_cmpint(b.error, ==, 0);
        tear_down(&b);
}

static void test_busy_for_ever(void)
{
        Bench b;

        set_up(&b);
        push(&b, "one");
        for (unsigned i = 0; i < OUTBOX_MAX_TRIES; i++) {
                g_assert_cmpint(b.error, ==, 0);
                assert_sends(&b, "one");
                answer(&b, -EBUSY, OUTBOX_BUSY_INTERVAL);
        }
        assert_sends(&b, NULL);
        g_assert_cmpint(b.error, ==, -EBUSY);
        g_assert_cmpuint(b.counters.value[SMS_SEND_FAILED], ==, 1);
        tear_down(&b);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/sms/outbox/busy", test_busy);
        g_test_add_func("/sms/outbox/busy-for-ever", test_busy_for_ever);
        return g_test_run();
}
