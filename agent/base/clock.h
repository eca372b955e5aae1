/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Time and timers. One Clock belongs to one GMainContext and keeps all its timers in a heap behind
 * a single timerfd (CLOCK_BOOTTIME, so that a suspended machine's time counts). A manual clock
 * stands still until a test moves it. Times are microseconds. Timers due at the same time run in
 * the order they were armed. There are as many timers as the objects that own them.
 */

#include <glib.h>
#include <stdbool.h>

typedef struct Clock Clock;
typedef struct Timer Timer;

/* Runs from the main loop, with the timer disarmed already. May arm or free it, or any other. */
typedef void (*TimerFunc)(void *user);

#define CLOCK_NEVER G_MAXINT64

/* The system's clock. `context`: borrowed, NULL is the default one. */
Clock *clock_new(GMainContext *context);

/* A clock for tests: starts at `now`, with `realtime` microseconds since 1970. */
Clock *clock_new_manual(gint64 now, gint64 realtime);

/* All timers must be gone. Not from inside a timer's callback. */
void clock_free(Clock *clock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Clock, clock_free)

/* Microseconds of CLOCK_BOOTTIME. Never goes back. */
gint64 clock_now(const Clock *clock);

/* Microseconds since 1970. May jump either way. */
gint64 clock_realtime(const Clock *clock);

/*
 * Manual clocks only: moves time on by `by`, stopping at each deadline on the way to run what is
 * due, timers armed meanwhile included. With 0: runs what is due now.
 */
void clock_advance(Clock *clock, gint64 by);

/* Manual clocks only: the earliest deadline, or CLOCK_NEVER. */
gint64 clock_next_deadline(const Clock *clock);

/* Manual clocks only: as when an operator sets the time of day. */
void clock_set_realtime(Clock *clock, gint64 realtime);

/* A timer that is not armed; `clock` and `user` are borrowed. Freeing it inside its own callback is
 * allowed, and takes NULL. */
Timer *timer_new(Clock *clock, TimerFunc func, void *user);
void timer_free(Timer *timer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Timer, timer_free)

/* Calls `func` once, from the main loop, when clock_now() has reached `deadline`. A deadline in the
 * past means the next turn of the loop, never at once: this is how work is put off. Replaces an
 * earlier one. CLOCK_NEVER disarms. O(log n). */
void timer_arm(Timer *timer, gint64 deadline);

/* The same, `delay` from clock_now(). CLOCK_NEVER disarms. */
void timer_arm_in(Timer *timer, gint64 delay);

/* Its callback will not be called, not even when it is due already. */
void timer_disarm(Timer *timer);

/* The deadline as it was asked for, CLOCK_NEVER where not armed. */
gint64 timer_deadline(const Timer *timer);
bool timer_armed(const Timer *timer);
