/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* At most `burst` events in each interval; the rest are counted. A plain value, no allocation. */

#include <glib.h>
#include <stdbool.h>

typedef struct RateLimit {
        gint64 interval; /* microseconds */
        unsigned burst;
        gint64 begin;
        unsigned passed;
        unsigned suppressed; /* since the last event that passed */
} RateLimit;

/* The interval begins with the first event. */
#define RATE_LIMIT(interval_us, burst_)                                                            \
        ((RateLimit){.interval = (interval_us), .burst = (burst_), .begin = G_MININT64 / 2})

/* Whether this event may pass. Where it does, *ret_suppressed (may be NULL) says how many were held
 * back since the last one. `now` from clock_now(). */
bool rate_limit_pass(RateLimit *limit, gint64 now, unsigned *ret_suppressed);
