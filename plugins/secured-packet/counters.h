/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The replay counters of one pair of keys (TS 102 225, 5.1.4), one for each direction. The host
 * keeps them; their numbers are made of the keys, so that other keys begin at 0 and keys that come
 * back go on where they were:
 *
 *   id & 1 == 0   the highest value received
 *   id & 1 == 1   a ceiling: no higher value was ever sent
 *
 * A received value is durable before the message is given away. Values to send are taken from a
 * block that was reserved durably, so that a process that dies leaves a gap and repeats nothing.
 */

#include "options.h"

#include "lwm2m-security.h"

/* The last value that is sent or taken; the one after it blocks a receiver for good. */
#define COUNTER_LAST UINT64_C(0xFFFFFFFFFE)

/* Fewer values than these are told of. */
#define COUNTER_SCARCE (UINT64_C(1) << 20)

/* A step of more than this is told of: it may be somebody who wants to use the counter up. */
#define COUNTER_JUMP (UINT64_C(1) << 32)

/* Values reserved by one durable write; one at a time where the receiver wants no gap. */
#define COUNTER_BLOCK 64

typedef struct Counters {
        const LwmSecurityHost *host;
        LwmSecurityLink *link;
        uint32_t id;
        CounterRule rule;
        uint64_t split;
        uint64_t received;
        uint64_t sent;
        uint64_t reserved; /* the ceiling */
} Counters;

/* `keys` is keys_number(). */
void counters_init(Counters *counters, const LwmSecurityHost *host, LwmSecurityLink *link,
                   uint32_t keys, const Options *options);

/* Goes on where another process stopped. What counter_get() answered. */
int counters_load(Counters *counters);

/* Whether nothing can be received, or sent, any more. */
bool counters_deaf(const Counters *counters);
bool counters_mute(const Counters *counters);

/* Whether the host says that they are not known any more, with a value that no packet can have. */
bool counters_lost(const Counters *counters);

/* How many packets may still be received, or sent. */
uint64_t counters_receive_left(const Counters *counters);
uint64_t counters_send_left(const Counters *counters);

/* How far this value is above the last one; 0 where nothing was received that it could be compared
 * with. */
uint64_t counters_step(const Counters *counters, uint64_t value);

/* Whether a packet with this value is to be processed. */
bool counters_accept(const Counters *counters, uint64_t value);

/* It is: durable when this returns 0, else what counter_set() answered. */
int counters_receive(Counters *counters, uint64_t value);

/* The next value to send. -EOVERFLOW after the last one, else what counter_set() answered. */
int counters_take(Counters *counters, uint64_t *ret);

/* The packet with the value just taken did not leave: a receiver that wants no gap is given it
 * again. */
void counters_give_back(Counters *counters);
