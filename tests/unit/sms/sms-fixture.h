/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A bearer on a fake modem and a manual clock, and short messages of servers. */

#include "fake-modem.h"
#include "link/link.h"
#include "sms/bearer.h"
#include "sms/peer.h"
#include "sms/split.h"

#define SERVER "+12125550178"

typedef struct SmsFixture {
        Clock *clock;
        Modem *modem;
        Bearer *bearer;
        BudgetState budget; /* stored last */
        unsigned stores;
        unsigned status_changes;
} SmsFixture;

/* `config`: NULL for the default. Started. */
void sms_fixture_set_up(SmsFixture *f, const BearerConfig *config, const BudgetState *budget);
void sms_fixture_tear_down(SmsFixture *f);

/* SMS-DELIVER from `number` with segment `index` of the message, cut as `split` says. */
GBytes *sms_deliver(const char *number, uint8_t pid, uint8_t dcs, const SplitConfig *split,
                    const void *data, size_t len, unsigned index);

/* The bearer hears it, whole, in one short message: a secured packet for the device. */
void sms_fixture_receive(SmsFixture *f, guint64 id, const char *number, const char *text);

/* The next TPDU the bearer sends, read; the modem has not answered yet. NULL: it sends nothing. */
GBytes *sms_fixture_take(SmsFixture *f);

void sms_fixture_assert_acknowledged(SmsFixture *f, const char *expect);
