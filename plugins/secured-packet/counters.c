/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "counters.h"

#include <errno.h>

#define DIRECTION_SEND 1u

void counters_init(Counters *counters, const LwmSecurityHost *host, LwmSecurityLink *link,
                   uint32_t keys, const Options *options)
{
        *counters = (Counters){
                .host = host,
                .link = link,
                .id = keys & ~DIRECTION_SEND,
                .rule = options->counter,
                .split = options->split,
        };
}

static uint64_t last_to_send(const Counters *counters)
{
        return counters->split != 0 ? counters->split - 1 : COUNTER_LAST;
}

int counters_load(Counters *counters)
{
        uint64_t received;
        uint64_t ceiling;
        int r;

        if (counters->rule == COUNTER_NONE)
                return 0;

        r = counters->host->counter_get(counters->link, counters->id, &received);
        if (r < 0)
                return r;

        r = counters->host->counter_get(counters->link, counters->id | DIRECTION_SEND, &ceiling);
        if (r < 0)
                return r;

        if (counters->split != 0 && received < counters->split - 1)
                received = counters->split - 1;
        counters->received = received;
        counters->sent = ceiling;
        counters->reserved = ceiling;
        return 0;
}

static bool is_checked(const Counters *counters)
{
        return counters->rule == COUNTER_HIGHER || counters->rule == COUNTER_EXACT;
}

bool counters_lost(const Counters *counters)
{
        return counters->received > COUNTER_LAST + 1 || counters->sent > COUNTER_LAST + 1;
}

uint64_t counters_receive_left(const Counters *counters)
{
        if (!is_checked(counters))
                return COUNTER_LAST;
        return counters->received < COUNTER_LAST ? COUNTER_LAST - counters->received : 0;
}

uint64_t counters_send_left(const Counters *counters)
{
        uint64_t last = last_to_send(counters);

        if (counters->rule == COUNTER_NONE)
                return COUNTER_LAST;
        return counters->sent < last ? last - counters->sent : 0;
}

bool counters_deaf(const Counters *counters)
{
        return counters_receive_left(counters) == 0;
}

bool counters_mute(const Counters *counters)
{
        return counters_send_left(counters) == 0;
}

uint64_t counters_step(const Counters *counters, uint64_t value)
{
        if (!is_checked(counters) || counters->received == 0 || value < counters->received)
                return 0;
        return value - counters->received;
}

bool counters_accept(const Counters *counters, uint64_t value)
{
        switch (counters->rule) {
        case COUNTER_NONE:
        case COUNTER_AVAILABLE:
                return true;
        case COUNTER_HIGHER:
                return value > counters->received && value <= COUNTER_LAST;
        case COUNTER_EXACT:
                return value == counters->received + 1 && value <= COUNTER_LAST;
        }

        return false;
}

int counters_receive(Counters *counters, uint64_t value)
{
        int r;

        if (!is_checked(counters))
                return 0;

        r = counters->host->counter_set(counters->link, counters->id, value);
        if (r < 0)
                return r;

        counters->received = value;
        return 0;
}

static int counters_reserve(Counters *counters)
{
        uint64_t block = counters->rule == COUNTER_EXACT ? 1 : COUNTER_BLOCK;
        uint64_t left = last_to_send(counters) - counters->sent;
        uint64_t ceiling = counters->sent + (left < block ? left : block);
        int r;

        r = counters->host->counter_set(counters->link, counters->id | DIRECTION_SEND, ceiling);
        if (r < 0)
                return r;

        counters->reserved = ceiling;
        return 0;
}

int counters_take(Counters *counters, uint64_t *ret)
{
        int r = 0;

        if (counters->rule == COUNTER_NONE) {
                *ret = 0;
                return 0;
        }
        if (counters_mute(counters))
                return -EOVERFLOW;

        if (counters->sent >= counters->reserved)
                r = counters_reserve(counters);
        if (r < 0)
                return r;

        *ret = ++counters->sent;
        return 0;
}

void counters_give_back(Counters *counters)
{
        if (counters->rule == COUNTER_EXACT)
                counters->sent--;
}
