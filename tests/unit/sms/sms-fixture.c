/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms-fixture.h"

#include <string.h>

#include "sms/coding.h"
#include "sms/tpdu.h"

static void store_budget(const BudgetState *state, void *user)
{
        SmsFixture *f = user;

        f->budget = *state;
        f->stores++;
}

static void on_status(void *user)
{
        ((SmsFixture *) user)->status_changes++;
}

static const BearerOps bearer_ops = {.store_budget = store_budget, .on_status = on_status};

void sms_fixture_set_up(SmsFixture *f, const BearerConfig *config, const BudgetState *budget)
{
        BearerConfig defaults = bearer_config_default();

        f->clock = clock_new_manual(1000 * G_USEC_PER_SEC, 1700000000 * (gint64) G_USEC_PER_SEC);
        f->modem = fake_modem_new();
        f->bearer =
                bearer_new(f->clock, f->modem, config ? config : &defaults, budget, &bearer_ops, f);
        bearer_start(f->bearer);
}

void sms_fixture_tear_down(SmsFixture *f)
{
        bearer_free(f->bearer);
        modem_free(f->modem);
        clock_free(f->clock);
}

GBytes *sms_deliver(const char *number, uint8_t pid, uint8_t dcs, const SplitConfig *split,
                    const void *data, size_t len, unsigned index)
{
        uint8_t user_data[TPDU_MAX_USER_DATA], octets[TPDU_MAX_OCTETS];
        ByteWriter content = byte_writer(user_data, sizeof(user_data));
        ByteWriter writer = byte_writer(octets, sizeof(octets));
        Tpdu tpdu = {.type = TPDU_DELIVER, .no_more = true, .pid = pid, .dcs = dcs};
        int count = split_count(split, len);

        g_assert_cmpint(count, >, 0);
        g_assert_cmpint(sms_address_from_text(number, NULL, &tpdu.address), ==, 0);
        tpdu.header = split_write(split, data, len, index, (unsigned) count, &content);
        tpdu.data = user_data;
        tpdu.len = content.len;
        tpdu_write(&tpdu, &writer);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        return g_bytes_new(octets, writer.len);
}

void sms_fixture_receive(SmsFixture *f, guint64 id, const char *number, const char *text)
{
        SplitConfig split = {.kind = PACKET_COMMAND, .max_segments = 1};
        g_autoptr(GBytes) tpdu =
                sms_deliver(number, SMS_PID_DEVICE, SMS_DCS_DEVICE, &split, text, strlen(text), 0);

        fake_modem_receive(f->modem, id, tpdu, false);
}

GBytes *sms_fixture_take(SmsFixture *f)
{
        clock_advance(f->clock, 0);
        return fake_modem_take(f->modem);
}

void sms_fixture_assert_acknowledged(SmsFixture *f, const char *expect)
{
        g_autofree char *acknowledged = fake_modem_acknowledged(f->modem);

        g_assert_cmpstr(acknowledged, ==, expect);
}
