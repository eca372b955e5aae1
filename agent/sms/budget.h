/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How many short messages may be sent in an hour and in a day: what a forged request can cost. A
 * plain value. */

#include <glib.h>
#include <stdbool.h>

#include "base/clock.h"

/* What outlives a restart. Points in time are seconds since 1970. */
typedef struct BudgetState {
        gint64 hour_begin;
        unsigned hour_used;
        gint64 day_begin;
        unsigned day_used;
} BudgetState;

typedef struct Budget {
        unsigned per_hour; /* 0: no limit */
        unsigned per_day;
        gint64 hour_begin; /* of clock_now() */
        unsigned hour_used;
        unsigned hour_reserved;
        gint64 day_begin;
        unsigned day_used;
        unsigned day_reserved;
} Budget;

/* `saved`: NULL where there is none. While the process lives the time of day does not matter; where
 * it has gone back meanwhile, the saved hour and day begin again, with what they had used. */
Budget budget_new(const Clock *clock, unsigned per_hour, unsigned per_day,
                  const BudgetState *saved);

/* Takes `n` messages out of hour and day, or none where either does not have them. */
bool budget_take(Budget *budget, const Clock *clock, unsigned n);

/* When there is room for a message, of clock_now(): in the past where there is. */
gint64 budget_room_at(const Budget *budget);

/*
 * After budget_take(): whether there is something to store, and what. It has what was used and some
 * of what comes, a tenth of the smaller limit, so that few messages cost a write; a restart counts
 * it as used. Nothing without a limit.
 */
bool budget_reserve(Budget *budget, const Clock *clock, BudgetState *ret);

/* What is left of the hour and of the day; UINT_MAX without a limit. */
void budget_left(const Budget *budget, const Clock *clock, unsigned *ret_hour, unsigned *ret_day);
