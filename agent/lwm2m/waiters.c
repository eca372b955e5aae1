/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/waiters.h"

#include <errno.h>
#include <stdbool.h>

typedef struct Waiter {
        WaiterKind kind;
        WaiterFunc done;
        void *user;
        bool finished;
        int result;
} Waiter;

struct Waiters {
        Server *server;
        GArray *list; /* of Waiter */
        Timer *timer;
};

/* One at a time: a caller may ask for more, or forget another. */
static bool tell_one(Waiters *waiters)
{
        for (guint i = 0; i < waiters->list->len; i++) {
                Waiter waiter = g_array_index(waiters->list, Waiter, i);

                if (!waiter.finished)
                        continue;
                g_array_remove_index(waiters->list, i);
                waiter.done(waiters->server, waiter.result, waiter.user);
                return true;
        }
        return false;
}

static void waiters_on_timer(void *user)
{
        while (tell_one(user))
                ;
}

Waiters *waiters_new(Clock *clock, Server *server)
{
        Waiters *waiters = g_new0(Waiters, 1);

        waiters->server = server;
        waiters->list = g_array_new(FALSE, FALSE, sizeof(Waiter));
        waiters->timer = timer_new(clock, waiters_on_timer, waiters);
        return waiters;
}

void waiters_free(Waiters *waiters)
{
        if (!waiters)
                return;
        waiters_finish(waiters, ~0u, -ECANCELED);
        waiters_on_timer(waiters);
        timer_free(waiters->timer);
        g_array_unref(waiters->list);
        g_free(waiters);
}

/* Those who were answered are only on their way out. */
static unsigned waiters_waiting(const Waiters *waiters)
{
        unsigned n = 0;

        for (guint i = 0; i < waiters->list->len; i++)
                n += !g_array_index(waiters->list, Waiter, i).finished;
        return n;
}

int waiters_add(Waiters *waiters, WaiterKind kind, WaiterFunc done, void *user)
{
        Waiter waiter = {.kind = kind, .done = done, .user = user};

        if (!done)
                return 0;
        if (waiters_waiting(waiters) >= WAITERS_MAX || waiters->list->len >= 2 * WAITERS_MAX)
                return -EBUSY;
        g_array_append_val(waiters->list, waiter);
        return 1;
}

void waiters_forget(Waiters *waiters, WaiterFunc done, void *user)
{
        for (guint i = waiters->list->len; i-- > 0;) {
                const Waiter *waiter = &g_array_index(waiters->list, Waiter, i);

                if (waiter->done == done && waiter->user == user)
                        g_array_remove_index(waiters->list, i);
        }
}

void waiters_begin_update(Waiters *waiters)
{
        for (guint i = 0; i < waiters->list->len; i++) {
                Waiter *waiter = &g_array_index(waiters->list, Waiter, i);

                if (waiter->kind == WAITER_UPDATE)
                        waiter->kind = WAITER_UPDATING;
        }
}

void waiters_finish(Waiters *waiters, unsigned kinds, int result)
{
        for (guint i = 0; i < waiters->list->len; i++) {
                Waiter *waiter = &g_array_index(waiters->list, Waiter, i);

                if (waiter->finished || !(waiter->kind & kinds))
                        continue;
                waiter->finished = true;
                waiter->result = result;
                timer_arm_in(waiters->timer, 0);
        }
}
