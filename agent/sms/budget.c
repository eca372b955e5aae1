/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/budget.h"

#include <limits.h>

#define HOUR ((gint64) 3600 * G_USEC_PER_SEC)
#define DAY (24 * HOUR)

static gint64 begin_of(const Clock *clock, gint64 saved)
{
        gint64 age = clock_realtime(clock) / G_USEC_PER_SEC - saved;

        return clock_now(clock) - CLAMP(age, 0, 2 * DAY / G_USEC_PER_SEC) * G_USEC_PER_SEC;
}

Budget budget_new(const Clock *clock, unsigned per_hour, unsigned per_day, const BudgetState *saved)
{
        Budget budget = {
                .per_hour = per_hour,
                .per_day = per_day,
                .hour_begin = clock_now(clock),
                .day_begin = clock_now(clock),
        };

        if (saved) {
                budget.hour_begin = begin_of(clock, saved->hour_begin);
                budget.hour_used = saved->hour_used;
                budget.day_begin = begin_of(clock, saved->day_begin);
                budget.day_used = saved->day_used;
        }
        return budget;
}

static void begin_again(gint64 now, gint64 length, gint64 *begin, unsigned *used,
                        unsigned *reserved)
{
        if (now - *begin < length)
                return;
        *begin = now;
        *used = 0;
        *reserved = 0;
}

static bool fits(unsigned used, unsigned n, unsigned limit)
{
        return limit == 0 || (used < limit && n <= limit - used);
}

bool budget_take(Budget *budget, const Clock *clock, unsigned n)
{
        gint64 now = clock_now(clock);

        begin_again(now, HOUR, &budget->hour_begin, &budget->hour_used, &budget->hour_reserved);
        begin_again(now, DAY, &budget->day_begin, &budget->day_used, &budget->day_reserved);
        if (!fits(budget->hour_used, n, budget->per_hour) ||
            !fits(budget->day_used, n, budget->per_day))
                return false;

        budget->hour_used += n;
        budget->day_used += n;
        return true;
}

static gint64 room_at(gint64 begin, gint64 length, unsigned used, unsigned limit)
{
        return fits(used, 1, limit) ? begin : begin + length;
}

gint64 budget_room_at(const Budget *budget)
{
        return MAX(room_at(budget->hour_begin, HOUR, budget->hour_used, budget->per_hour),
                   room_at(budget->day_begin, DAY, budget->day_used, budget->per_day));
}

static unsigned left_of(gint64 age, gint64 length, unsigned used, unsigned limit)
{
        if (limit == 0)
                return UINT_MAX;
        return age >= length ? limit : limit - MIN(used, limit);
}

void budget_left(const Budget *budget, const Clock *clock, unsigned *ret_hour, unsigned *ret_day)
{
        gint64 now = clock_now(clock);

        *ret_hour = left_of(now - budget->hour_begin, HOUR, budget->hour_used, budget->per_hour);
        *ret_day = left_of(now - budget->day_begin, DAY, budget->day_used, budget->per_day);
}

/* Messages that one store covers; 0: there is nothing to limit. */
static unsigned block_of(const Budget *budget)
{
        unsigned limit = budget->per_hour;

        if (limit == 0 || (budget->per_day != 0 && budget->per_day < limit))
                limit = budget->per_day;
        return limit == 0 ? 0 : MAX(limit / 10, 1);
}

static unsigned round_up(unsigned used, unsigned block)
{
        return (used + block - 1) / block * block;
}

static BudgetState budget_save(const Budget *budget, const Clock *clock)
{
        gint64 now = clock_now(clock), realtime = clock_realtime(clock);

        return (BudgetState){
                .hour_begin = (realtime - (now - budget->hour_begin)) / G_USEC_PER_SEC,
                .hour_used = budget->hour_reserved,
                .day_begin = (realtime - (now - budget->day_begin)) / G_USEC_PER_SEC,
                .day_used = budget->day_reserved,
        };
}

bool budget_reserve(Budget *budget, const Clock *clock, BudgetState *ret)
{
        unsigned block = block_of(budget);

        if (block == 0 || (budget->hour_used <= budget->hour_reserved &&
                           budget->day_used <= budget->day_reserved))
                return false;

        budget->hour_reserved = round_up(budget->hour_used, block);
        budget->day_reserved = round_up(budget->day_used, block);
        *ret = budget_save(budget, clock);
        return true;
}
