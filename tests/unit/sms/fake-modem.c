/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-modem.h"

typedef struct FakeModem {
        Modem modem; /* first */
        GQueue sent;
        GQueue tokens;
        GString *acknowledged;
        unsigned replays;
} FakeModem;

static FakeModem *fake_of(Modem *modem)
{
        return (FakeModem *) modem;
}

static void fake_send(Modem *modem, const uint8_t *tpdu, size_t len, guint64 token)
{
        FakeModem *fake = fake_of(modem);

        g_queue_push_tail(&fake->sent, g_bytes_new(tpdu, len));
        g_queue_push_tail(&fake->tokens, g_memdup2(&token, sizeof(token)));
}

static void fake_acknowledge(Modem *modem, guint64 id, bool foreign)
{
        FakeModem *fake = fake_of(modem);

        g_string_append_printf(fake->acknowledged, "%s%" G_GUINT64_FORMAT "%s",
                               fake->acknowledged->len > 0 ? " " : "", id, foreign ? "f" : "");
}

static void fake_replay(Modem *modem)
{
        fake_of(modem)->replays++;
}

static void fake_free(Modem *modem)
{
        FakeModem *fake = fake_of(modem);

        g_queue_clear_full(&fake->sent, (GDestroyNotify) g_bytes_unref);
        g_queue_clear_full(&fake->tokens, g_free);
        g_string_free(fake->acknowledged, TRUE);
        g_free(fake);
}

static const ModemOps fake_ops = {
        .send = fake_send,
        .acknowledge = fake_acknowledge,
        .replay = fake_replay,
        .free = fake_free,
};

Modem *fake_modem_new(void)
{
        FakeModem *fake = g_new0(FakeModem, 1);

        modem_init(&fake->modem, &fake_ops);
        fake->modem.status.state = MODEM_READY;
        g_free(fake->modem.status.device);
        fake->modem.status.device = g_strdup("fake");
        g_queue_init(&fake->sent);
        g_queue_init(&fake->tokens);
        fake->acknowledged = g_string_new(NULL);
        return &fake->modem;
}

GBytes *fake_modem_take(Modem *modem)
{
        return g_queue_pop_head(&fake_of(modem)->sent);
}

void fake_modem_answer(Modem *modem, int result)
{
        g_autofree guint64 *token = g_queue_pop_head(&fake_of(modem)->tokens);

        g_assert_nonnull(token);
        modem->handler->on_sent(*token, result, 42, modem->user);
}

void fake_modem_receive(Modem *modem, guint64 id, GBytes *tpdu, bool stored)
{
        ModemMessage message = {.id = id, .stored = stored};

        message.tpdu = g_bytes_get_data(tpdu, &message.len);
        modem->handler->on_received(&message, modem->user);
}

void fake_modem_set(Modem *modem, ModemState state, bool storage_full)
{
        modem->status.state = state;
        modem->status.storage_full = storage_full;
        modem->handler->on_status(modem->user);
}

void fake_modem_reconnect(Modem *modem)
{
        modem->handler->on_connected(modem->user);
}

char *fake_modem_acknowledged(Modem *modem)
{
        FakeModem *fake = fake_of(modem);
        char *text = g_strdup(fake->acknowledged->str);

        g_string_truncate(fake->acknowledged, 0);
        return text;
}

unsigned fake_modem_replays(Modem *modem)
{
        return fake_of(modem)->replays;
}
