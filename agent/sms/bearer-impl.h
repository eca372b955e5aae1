/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The inside of a bearer: bearer-modem.c is its way to the modem, bearer-peers.c to the peers. */

#include "base/rate-limit.h"
#include "sms/bearer.h"
#include "sms/reassembly.h"

/* In log lines. */
#define BEARER_OBJECT "sms"

struct Bearer {
        Clock *clock;
        Modem *modem;
        char *international_prefix;
        char *country_code;
        SmsNumbering numbering;
        bool wide_reference;
        Budget budget;
        const BearerOps *ops;
        void *user;
        SmsCounters counters;
        Reassembly *reassembly;
        Outbox *outbox;
        GPtrArray *listeners;
        Timer *replay;
        RateLimit drops;
        RateLimit refusals;
        bool started;
};

struct BearerListener {
        Bearer *bearer;
        SmsAddress number;
        SmsAddress answer; /* how the network wrote it last, see bearer_listener_answer() */
        const BearerListenerOps *ops;
        void *user;
};

/* Whether anybody listens to this number. */
bool bearer_find_peer(const Bearer *bearer, const SmsAddress *from);
