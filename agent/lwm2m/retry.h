/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * When to try again after a failed registration (Core 6.2.1.1, resources 17 to 20 of object 1). A
 * plain value: no clock, no timers.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Core table 6.2.1.1-1. */
#define RETRY_COUNT_DEFAULT 5
#define RETRY_TIMER_DEFAULT 60
#define RETRY_SEQUENCE_DELAY_DEFAULT 86400
#define RETRY_SEQUENCE_COUNT_DEFAULT 1

/* Of /1/x/19: no further sequence. */
#define RETRY_SEQUENCE_DELAY_MAX UINT32_MAX

/* At most this part of a delay is added to it at random, so that a fleet does not come back at one
 * moment. */
#define RETRY_JITTER_PER_MILLE 250

/* 0 in a field: the default. */
typedef struct RetryPolicy {
        uint8_t count;           /* attempts of one sequence */
        uint32_t timer;          /* seconds, doubled after each attempt */
        uint32_t sequence_delay; /* seconds between sequences */
        uint8_t sequence_count;
} RetryPolicy;

typedef struct Retry {
        uint16_t attempts;  /* failed ones of the running sequence */
        uint16_t sequences; /* completed ones */
} Retry;

/* After a success, or when somebody asked. */
void retry_reset(Retry *retry);

/*
 * Counts one failed attempt. Returns the delay before the next in microseconds, jitter included, or
 * -1: there is none. Sequences go on after `sequence_count` of them, because there is no
 * Bootstrap-Server to turn to; only RETRY_SEQUENCE_DELAY_MAX ends them.
 */
gint64 retry_next(Retry *retry, const RetryPolicy *policy);

/* The delay of an attempt that is not counted, as while there is no network: the retry timer with
 * jitter. */
gint64 retry_uncounted(const RetryPolicy *policy);
