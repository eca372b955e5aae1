/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/budget.h"

#define HOUR ((gint64) 3600 * G_USEC_PER_SEC)

static Clock *clock_make(void)
{
        return clock_new_manual(1000 * G_USEC_PER_SEC, 1700000000 * (gint64) G_USEC_PER_SEC);
}

/* Takes so many, one by one; how often there was something to store. */
static unsigned take(Budget *budget, const Clock *clock, unsigned n, BudgetState *ret_state)
{
        unsigned stores = 0;

        for (unsigned i = 0; i < n; i++) {
                g_assert_true(budget_take(budget, clock, 1));
                stores += budget_reserve(budget, clock, ret_state);
        }
        return stores;
}

static void test_steps(void)
{
        g_autoptr(Clock) clock = clock_make();
        Budget budget = budget_new(clock, 100, 500, NULL);
        BudgetState state;

        g_assert_cmpuint(take(&budget, clock, 1, &state), ==, 1);
        g_assert_cmpuint(state.hour_used, ==, 10);
        g_assert_cmpuint(state.day_used, ==, 10);
        g_assert_cmpuint(take(&budget, clock, 9, &state), ==, 0);
        g_assert_cmpuint(take(&budget, clock, 90, &state), ==, 9);
        g_assert_cmpuint(state.hour_used, ==, 100);
        g_assert_false(budget_take(&budget, clock, 1));
}

/* What was used is never above what is stored, also right after an hour has ended. */
static void test_next_hour(void)
{
        g_autoptr(Clock) clock = clock_make();
        Budget budget = budget_new(clock, 100, 500, NULL);
        BudgetState state;

        take(&budget, clock, 55, &state);
        clock_advance(clock, HOUR);
        g_assert_cmpuint(take(&budget, clock, 1, &state), ==, 1);
        g_assert_cmpint(state.hour_begin, ==, 1700000000 + 3600);
        g_assert_cmpuint(state.hour_used, ==, 10);
        g_assert_cmpuint(state.day_used, ==, 60);
}

static void test_restart(void)
{
        g_autoptr(Clock) clock = clock_make();
        Budget budget = budget_new(clock, 100, 500, NULL);
        BudgetState state;

        take(&budget, clock, 11, &state);
        budget = budget_new(clock, 100, 500, &state);
        g_assert_cmpuint(take(&budget, clock, 80, &state), ==, 8);
        g_assert_false(budget_take(&budget, clock, 1));
}

/* Small limits leave no room for steps; without a limit there is nothing to keep. */
static void test_small(void)
{
        g_autoptr(Clock) clock = clock_make();
        Budget budget = budget_new(clock, 0, 7, NULL);
        BudgetState state;

        g_assert_cmpuint(take(&budget, clock, 7, &state), ==, 7);
        g_assert_cmpuint(state.day_used, ==, 7);
        g_assert_false(budget_take(&budget, clock, 1));
        budget = budget_new(clock, 0, 0, NULL);
        g_assert_cmpuint(take(&budget, clock, 1000, &state), ==, 0);
}

static void assert_left(const Budget *budget, const Clock *clock, unsigned hour, unsigned day)
{
        unsigned hour_left, day_left;

        budget_left(budget, clock, &hour_left, &day_left);
        g_assert_cmpuint(hour_left, ==, hour);
        g_assert_cmpuint(day_left, ==, day);
}

static void test_left(void)
{
        g_autoptr(Clock) clock = clock_make();
        const BudgetState beyond = {.hour_used = 9, .day_used = 9};
        Budget budget = budget_new(clock, 4, 6, NULL);
        BudgetState state;

        take(&budget, clock, 3, &state);
        assert_left(&budget, clock, 1, 3);
        clock_advance(clock, HOUR);
        assert_left(&budget, clock, 4, 3);
        clock_advance(clock, 23 * HOUR);
        assert_left(&budget, clock, 4, 6);

        /* The limits were higher when these were sent. */
        budget = budget_new(clock, 4, 0, &beyond);
        assert_left(&budget, clock, 4, UINT_MAX);
        budget.hour_begin = clock_now(clock);
        assert_left(&budget, clock, 0, UINT_MAX);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/sms/budget/steps", test_steps);
        g_test_add_func("/sms/budget/next-hour", test_next_hour);
        g_test_add_func("/sms/budget/restart", test_restart);
        g_test_add_func("/sms/budget/small", test_small);
        g_test_add_func("/sms/budget/left", test_left);
        return g_test_run();
}
