/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "base/clock.h"
#include "test-util.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

/* What ran, in order, as letters. */
typedef struct Trace {
        GString *text;
        Clock *clock;
        Timer *timer; /* the one the callback plays with */
        char name;
        unsigned count;
} Trace;

static void on_trace(void *user)
{
        Trace *trace = user;

        g_string_append_c(trace->text, trace->name);
}

static void test_manual_order(void)
{
        g_autoptr(GString) text = g_string_new(NULL);
        Clock *clock = clock_new_manual(5 * SECOND, 1000 * SECOND);
        Trace a = {.text = text, .name = 'a'}, b = {.text = text, .name = 'b'};
        Trace c = {.text = text, .name = 'c'};
        Timer *first = timer_new(clock, on_trace, &a), *second = timer_new(clock, on_trace, &b);
        Timer *third = timer_new(clock, on_trace, &c);

        g_assert_cmpint(clock_next_deadline(clock), ==, CLOCK_NEVER);
        timer_arm_in(third, 3 * SECOND);
        timer_arm_in(second, 2 * SECOND);
        timer_arm(first, 7 * SECOND); /* the same time as the second: order of arming */
        g_assert_cmpint(clock_next_deadline(clock), ==, 7 * SECOND);

        clock_advance(clock, 2 * SECOND - 1);
        g_assert_cmpstr(text->str, ==, "");
        clock_advance(clock, 1);
        g_assert_cmpstr(text->str, ==, "ba");
        g_assert_false(timer_armed(first));
        g_assert_cmpint(timer_deadline(third), ==, 8 * SECOND);
        clock_advance(clock, 10 * SECOND);
        g_assert_cmpstr(text->str, ==, "bac");
        g_assert_cmpint(clock_now(clock), ==, 17 * SECOND);
        g_assert_cmpint(clock_realtime(clock), ==, 1012 * SECOND);

        timer_free(first);
        timer_free(second);
        timer_free(third);
        clock_free(clock);
}

static void on_again(void *user)
{
        Trace *trace = user;

        g_assert_cmpint(clock_now(trace->clock), ==, (trace->count + 1) * SECOND);
        if (++trace->count < 5)
                timer_arm_in(trace->timer, SECOND);
}

/* One advance runs what is armed on the way, each at its own time. */
static void test_manual_rearm(void)
{
        g_autoptr(Clock) clock = clock_new_manual(0, 0);
        Trace trace = {.clock = clock};

        trace.timer = timer_new(clock, on_again, &trace);
        timer_arm_in(trace.timer, SECOND);
        clock_advance(clock, 60 * SECOND);
        g_assert_cmpuint(trace.count, ==, 5);
        timer_free(trace.timer);
}

static void on_count(void *user)
{
        ++*(unsigned *) user;
}

static void test_manual_past(void)
{
        g_autoptr(Clock) clock = clock_new_manual(10 * SECOND, 0);
        unsigned count = 0;
        Timer *timer = timer_new(clock, on_count, &count);

        timer_arm(timer, 3 * SECOND);
        g_assert_cmpuint(count, ==, 0);
        g_assert_cmpint(timer_deadline(timer), ==, 3 * SECOND);
        clock_advance(clock, 0);
        g_assert_cmpuint(count, ==, 1);
        g_assert_cmpint(clock_now(clock), ==, 10 * SECOND);

        timer_arm(timer, 11 * SECOND);
        timer_arm(timer, 12 * SECOND); /* replaces */
        clock_advance(clock, SECOND);
        g_assert_cmpuint(count, ==, 1);
        timer_disarm(timer);
        timer_disarm(timer);
        clock_advance(clock, 10 * SECOND);
        g_assert_cmpuint(count, ==, 1);

        timer_arm_in(timer, CLOCK_NEVER);
        g_assert_false(timer_armed(timer));
        timer_arm_in(timer, CLOCK_NEVER - 1); /* would overflow */
        g_assert_false(timer_armed(timer));
        timer_free(timer);
}

static void on_free_self(void *user)
{
        timer_free(*(Timer **) user);
        *(Timer **) user = NULL;
}

static void test_free_inside(void)
{
        g_autoptr(Clock) clock = clock_new_manual(0, 0);
        Timer *timer, *other;

        timer = timer_new(clock, on_free_self, &timer);
        timer_arm_in(timer, 1);
        clock_advance(clock, 1);
        g_assert_null(timer);

        /* The first frees the second, which is due at the same time. */
        other = timer_new(clock, on_free_self, &other);
        timer = timer_new(clock, on_free_self, &other);
        timer_arm_in(timer, 1);
        timer_arm_in(other, 1);
        clock_advance(clock, 1);
        g_assert_null(other);
        timer_free(timer);
}

static void test_realtime_jump(void)
{
        g_autoptr(Clock) clock = clock_new_manual(0, 500 * SECOND);
        unsigned count = 0;
        Timer *timer = timer_new(clock, on_count, &count);

        timer_arm_in(timer, 10 * SECOND);
        clock_set_realtime(clock, 900000 * SECOND);
        clock_advance(clock, 9 * SECOND);
        g_assert_cmpuint(count, ==, 0);
        clock_set_realtime(clock, 0);
        clock_advance(clock, SECOND);
        g_assert_cmpuint(count, ==, 1);
        g_assert_cmpint(clock_realtime(clock), ==, SECOND);
        timer_free(timer);
}

/* Against a model: the next to run is always the smallest of what is armed. */
static void test_heap_random(void)
{
        enum { N = 200 };
        g_autoptr(Clock) clock = clock_new_manual(0, 0);
        Timer *timers[N];
        unsigned count = 0;

        for (unsigned i = 0; i < N; i++)
                timers[i] = timer_new(clock, on_count, &count);
        for (unsigned turn = 0; turn < 20000; turn++) {
                Timer *timer = timers[g_test_rand_int_range(0, N)];
                gint64 expected = CLOCK_NEVER;

                if (g_test_rand_bit())
                        timer_arm_in(timer, g_test_rand_int_range(0, 1000));
                else
                        timer_disarm(timer);
                for (unsigned i = 0; i < N; i++)
                        expected = MIN(expected, timer_deadline(timers[i]));
                g_assert_cmpint(clock_next_deadline(clock), ==, expected);
                if (turn % 50 == 0)
                        clock_advance(clock, g_test_rand_int_range(0, 100));
        }
        for (unsigned i = 0; i < N; i++)
                timer_free(timers[i]);
        g_assert_cmpuint(count, >, 0);
}

/* ---- The system's clock ---------------------------------------------------- */

static void on_quit(void *user)
{
        g_main_loop_quit(user);
}

static void test_system_fires(void)
{
        g_autoptr(GMainContext) context = g_main_context_new();
        g_autoptr(GMainLoop) loop = g_main_loop_new(context, FALSE);
        g_autoptr(Clock) clock = clock_new(context);
        Timer *timer = timer_new(clock, on_quit, loop), *later = timer_new(clock, on_quit, loop);
        gint64 deadline = clock_now(clock) + 20000;

        g_assert_cmpint(ABS(clock_realtime(clock) - g_get_real_time()), <, 5 * SECOND);
        timer_arm(later, deadline + 3600 * SECOND);
        timer_arm(timer, deadline);
        g_main_loop_run(loop);
        g_assert_cmpint(clock_now(clock), >=, deadline);
        g_assert_false(timer_armed(timer));
        g_assert_true(timer_armed(later));
        timer_free(timer);
        timer_free(later);
}

static void on_rearm_past(void *user)
{
        Trace *trace = user;

        trace->count++;
        timer_arm(trace->timer, 0);
}

/* A timer that arms itself for at once must not keep the loop from its other sources. */
static void test_system_yields(void)
{
        g_autoptr(GMainContext) context = g_main_context_new();
        g_autoptr(Clock) clock = clock_new(context);
        Trace trace = {.clock = clock};

        trace.timer = timer_new(clock, on_rearm_past, &trace);
        timer_arm(trace.timer, 0);
        g_assert_cmpuint(trace.count, ==, 0);
        g_assert_true(g_main_context_iteration(context, FALSE));
        g_assert_cmpuint(trace.count, ==, 1);
        g_assert_true(g_main_context_iteration(context, FALSE));
        g_assert_cmpuint(trace.count, ==, 2);
        timer_free(trace.timer);
}

static unsigned polls;

static gint counting_poll(GPollFD *fds, guint count, gint timeout)
{
        polls++;
        return g_poll(fds, count, timeout);
}

/* The descriptor of a timer that was disarmed after it had expired must not spin the loop. */
static void test_system_disarmed(void)
{
        g_autoptr(GMainContext) context = g_main_context_new();
        g_autoptr(Clock) clock = clock_new(context);
        unsigned count = 0;
        Timer *timer = timer_new(clock, on_count, &count);
        gint64 deadline = clock_now(clock) + 1000;

        timer_arm(timer, deadline);
        g_assert_false(g_main_context_iteration(context, FALSE)); /* programs the timerfd */
        while (clock_now(clock) < deadline)
                ;
        timer_disarm(timer);
        g_main_context_set_poll_func(context, counting_poll);
        polls = 0;
        for (gint64 end = clock_now(clock) + 30000; clock_now(clock) < end;)
                test_loop_turn(context);
        g_assert_cmpuint(polls, <=, 2);
        g_assert_cmpuint(count, ==, 0);

        timer_arm_in(timer, 1000);
        test_wait_until(context, count == 1);
        timer_free(timer);
}

/* To wait for one timer is to sleep once, or twice where the context was woken before. */
static void test_system_idle(void)
{
        g_autoptr(GMainContext) context = g_main_context_new();
        g_autoptr(GMainLoop) loop = g_main_loop_new(context, FALSE);
        g_autoptr(Clock) clock = clock_new(context);
        Timer *timer = timer_new(clock, on_quit, loop);

        g_main_context_set_poll_func(context, counting_poll);
        timer_arm_in(timer, 50000);
        polls = 0;
        g_main_loop_run(loop);
        g_assert_cmpuint(polls, <=, 2);
        timer_free(timer);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/clock/manual/order", test_manual_order);
        g_test_add_func("/clock/manual/rearm", test_manual_rearm);
        g_test_add_func("/clock/manual/past", test_manual_past);
        g_test_add_func("/clock/manual/free-inside", test_free_inside);
        g_test_add_func("/clock/manual/realtime-jump", test_realtime_jump);
        g_test_add_func("/clock/manual/heap", test_heap_random);
        g_test_add_func("/clock/system/fires", test_system_fires);
        g_test_add_func("/clock/system/yields", test_system_yields);
        g_test_add_func("/clock/system/disarmed", test_system_disarmed);
        g_test_add_func("/clock/system/idle", test_system_idle);
        return g_test_run();
}
