/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a session tells of itself in numbers: LwmSecurityPlugin.counters(). */

#include "lwm2m-security.h"

typedef enum Count {
        COUNT_LAST_RECEIVED, /* replay counters; how they stand */
        COUNT_RECEIVE_LEFT,
        COUNT_LAST_SENT,
        COUNT_SEND_LEFT,
        COUNT_ACCEPTED, /* from here on: how often it was */
        COUNT_REJECTED_MALFORMED,
        COUNT_REJECTED_PARAMETERS,
        COUNT_REJECTED_CHECKSUM,
        COUNT_REJECTED_COUNTER,
        COUNT_REJECTED_JUMP,
        COUNT_REJECTED_REFLECTED,
        COUNT_LOST,  /* good packets: the counter could not be stored, or the host has no room */
        COUNT_JUMPS, /* accepted steps of more than COUNTER_JUMP */
        COUNT_SENT,
        COUNT_PROOFS_SENT,
        COUNTS_N,
} Count;

typedef struct Counts {
        LwmSecurityCounter item[COUNTS_N];
} Counts;

/* All 0. */
void counts_init(Counts *counts);

/* It happened once more. */
void counts_add(Counts *counts, Count which);

/* That is how it stands. */
void counts_set(Counts *counts, Count which, uint64_t value);
