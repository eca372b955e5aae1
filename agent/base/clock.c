/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/clock.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* A manual clock on which this many timers ran at one instant has found an endless loop. */
#define MANUAL_MAX_RUNS 100000

typedef struct ClockSource {
        GSource source;
        Clock *clock;
} ClockSource;

struct Clock {
        GPtrArray *heap; /* of Timer, the earliest at index 0 */
        guint64 sequence;
        unsigned timers;

        /* The system's clock */
        GSource *source;
        int fd;
        gint64 programmed; /* when the timerfd expires, CLOCK_NEVER: it does not */

        /* The manual clock */
        bool manual;
        gint64 now;
        gint64 realtime;
};

struct Timer {
        Clock *clock;
        TimerFunc func;
        void *user;
        gint64 deadline; /* as asked for; CLOCK_NEVER: not armed */
        gint64 due;      /* deadline, or the time of arming where that is later */
        guint64 sequence;
        unsigned index; /* in the heap while armed */
};

/* ---- The heap -------------------------------------------------------------- */

/* By time, and in the order of arming for the same time. A timer armed while others run is thereby
 * behind all that were due before. */
static bool timer_before(const Timer *a, const Timer *b)
{
        return a->due != b->due ? a->due < b->due : a->sequence < b->sequence;
}

static Timer *heap_at(const Clock *clock, unsigned index)
{
        return g_ptr_array_index(clock->heap, index);
}

static Timer *heap_first(const Clock *clock)
{
        return clock->heap->len > 0 ? heap_at(clock, 0) : NULL;
}

static void heap_put(Clock *clock, unsigned index, Timer *timer)
{
        clock->heap->pdata[index] = timer;
        timer->index = index;
}

static void heap_up(Clock *clock, Timer *timer)
{
        unsigned index = timer->index;

        while (index > 0 && timer_before(timer, heap_at(clock, (index - 1) / 2))) {
                heap_put(clock, index, heap_at(clock, (index - 1) / 2));
                index = (index - 1) / 2;
        }
        heap_put(clock, index, timer);
}

static void heap_down(Clock *clock, Timer *timer)
{
        unsigned index = timer->index;

        for (;;) {
                unsigned child = 2 * index + 1;

                if (child + 1 < clock->heap->len &&
                    timer_before(heap_at(clock, child + 1), heap_at(clock, child)))
                        child++;
                if (child >= clock->heap->len || !timer_before(heap_at(clock, child), timer))
                        break;
                heap_put(clock, index, heap_at(clock, child));
                index = child;
        }
        heap_put(clock, index, timer);
}

static void heap_add(Clock *clock, Timer *timer)
{
        g_ptr_array_add(clock->heap, timer);
        timer->index = clock->heap->len - 1;
        heap_up(clock, timer);
}

static void heap_remove(Clock *clock, Timer *timer)
{
        unsigned index = timer->index;
        Timer *last = heap_at(clock, clock->heap->len - 1);

        g_ptr_array_set_size(clock->heap, (int) clock->heap->len - 1);
        if (last == timer)
                return;
        heap_put(clock, index, last);
        heap_up(clock, last);
        heap_down(clock, last);
}

/* ---- The main loop --------------------------------------------------------- */

static void timer_run(Timer *timer)
{
        TimerFunc func = timer->func;
        void *user = timer->user;

        timer_disarm(timer);
        func(user); /* may free the timer */
}

/* Setting it also takes back an expiry that nobody has read: it stops being readable. */
static void clock_program(Clock *clock, gint64 deadline)
{
        struct itimerspec spec = {0};

        if (deadline == clock->programmed)
                return;
        if (deadline != CLOCK_NEVER) {
                spec.it_value.tv_sec = deadline / G_USEC_PER_SEC;
                spec.it_value.tv_nsec = deadline % G_USEC_PER_SEC * 1000;
        }
        if (timerfd_settime(clock->fd, TFD_TIMER_ABSTIME, &spec, NULL) < 0)
                g_error("timerfd_settime: %s", g_strerror(errno));
        clock->programmed = deadline;
}

static gboolean clock_on_prepare(GSource *source, gint *ret_timeout)
{
        Clock *clock = ((ClockSource *) source)->clock;
        Timer *first = heap_first(clock);

        *ret_timeout = -1;
        if (first && first->due <= clock_now(clock))
                return TRUE;
        clock_program(clock, first ? first->due : CLOCK_NEVER);
        return FALSE;
}

static gboolean clock_on_check(GSource *source)
{
        Clock *clock = ((ClockSource *) source)->clock;
        Timer *first = heap_first(clock);

        return first && first->due <= clock_now(clock);
}

/* Runs what was armed before this turn of the loop; what is armed meanwhile waits for the next. */
static gboolean clock_on_dispatch(GSource *source, GSourceFunc func, gpointer user)
{
        Clock *clock = ((ClockSource *) source)->clock;
        guint64 newest = clock->sequence;
        gint64 now = clock_now(clock);
        Timer *timer;

        while ((timer = heap_first(clock)) && timer->due <= now && timer->sequence <= newest)
                timer_run(timer);
        return G_SOURCE_CONTINUE;
}

static GSourceFuncs clock_source_funcs = {
        .prepare = clock_on_prepare,
        .check = clock_on_check,
        .dispatch = clock_on_dispatch,
};

/* ---- Clock ----------------------------------------------------------------- */

static Clock *clock_new_common(void)
{
        Clock *clock = g_new0(Clock, 1);

        clock->heap = g_ptr_array_new();
        clock->fd = -1;
        clock->programmed = CLOCK_NEVER;
        return clock;
}

Clock *clock_new(GMainContext *context)
{
        Clock *clock = clock_new_common();

        clock->fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
        if (clock->fd < 0)
                g_error("timerfd_create: %s", g_strerror(errno));

        clock->source = g_source_new(&clock_source_funcs, sizeof(ClockSource));
        ((ClockSource *) clock->source)->clock = clock;
        g_source_set_name(clock->source, "clock");
        g_source_add_unix_fd(clock->source, clock->fd, G_IO_IN);
        g_source_attach(clock->source, context);
        return clock;
}

Clock *clock_new_manual(gint64 now, gint64 realtime)
{
        Clock *clock = clock_new_common();

        clock->manual = true;
        clock->now = now;
        clock->realtime = realtime;
        return clock;
}

void clock_free(Clock *clock)
{
        if (!clock)
                return;

        g_assert(clock->timers == 0);
        if (clock->source) {
                g_source_destroy(clock->source);
                g_source_unref(clock->source);
                close(clock->fd);
        }
        g_ptr_array_unref(clock->heap);
        g_free(clock);
}

static gint64 clock_get(clockid_t id)
{
        struct timespec now;

        clock_gettime(id, &now);
        return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

gint64 clock_now(const Clock *clock)
{
        return clock->manual ? clock->now : clock_get(CLOCK_BOOTTIME);
}

gint64 clock_realtime(const Clock *clock)
{
        return clock->manual ? clock->realtime : clock_get(CLOCK_REALTIME);
}

static void clock_move(Clock *clock, gint64 now)
{
        if (now <= clock->now)
                return;
        clock->realtime += now - clock->now;
        clock->now = now;
}

void clock_advance(Clock *clock, gint64 by)
{
        gint64 target;
        unsigned runs = 0;
        Timer *timer;

        g_assert(clock->manual && by >= 0);
        target = clock->now + by;
        while ((timer = heap_first(clock)) && timer->due <= target) {
                runs = timer->due > clock->now ? 0 : runs + 1;
                g_assert(runs < MANUAL_MAX_RUNS);
                clock_move(clock, timer->due);
                timer_run(timer);
        }
        clock_move(clock, target);
}

gint64 clock_next_deadline(const Clock *clock)
{
        const Timer *first = heap_first(clock);

        g_assert(clock->manual);
        return first ? first->due : CLOCK_NEVER;
}

void clock_set_realtime(Clock *clock, gint64 realtime)
{
        g_assert(clock->manual);
        clock->realtime = realtime;
}

/* ---- Timer ----------------------------------------------------------------- */

Timer *timer_new(Clock *clock, TimerFunc func, void *user)
{
        Timer *timer = g_new0(Timer, 1);

        timer->clock = clock;
        timer->func = func;
        timer->user = user;
        timer->deadline = CLOCK_NEVER;
        clock->timers++;
        return timer;
}

void timer_free(Timer *timer)
{
        if (!timer)
                return;

        timer_disarm(timer);
        timer->clock->timers--;
        g_free(timer);
}

void timer_arm(Timer *timer, gint64 deadline)
{
        timer_disarm(timer);
        if (deadline == CLOCK_NEVER)
                return;

        timer->deadline = deadline;
        timer->due = MAX(deadline, clock_now(timer->clock));
        timer->sequence = ++timer->clock->sequence;
        heap_add(timer->clock, timer);
}

void timer_arm_in(Timer *timer, gint64 delay)
{
        gint64 now = clock_now(timer->clock);

        timer_arm(timer, delay > CLOCK_NEVER - now ? CLOCK_NEVER : now + delay);
}

void timer_disarm(Timer *timer)
{
        if (!timer_armed(timer))
                return;

        heap_remove(timer->clock, timer);
        timer->deadline = CLOCK_NEVER;
}

gint64 timer_deadline(const Timer *timer)
{
        return timer->deadline;
}

bool timer_armed(const Timer *timer)
{
        return timer->deadline != CLOCK_NEVER;
}
