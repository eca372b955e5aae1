/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Callers who wait for what becomes of a server. Told from a turn of the main loop of their own,
 * never from within the change itself. */

#include "base/clock.h"

/* Callers who wait at once; as many again may be on their way out. */
#define WAITERS_MAX 16

typedef struct Server Server;
typedef void (*WaiterFunc)(Server *server, int result, void *user);

typedef enum WaiterKind {
        WAITER_REGISTER = 1,
        WAITER_UPDATE = 2,   /* for an Update that is still to be sent */
        WAITER_UPDATING = 4, /* for the one under way */
        WAITER_DEREGISTER = 8,
} WaiterKind;

typedef struct Waiters Waiters;

/* `server` is passed on to the callers. */
Waiters *waiters_new(Clock *clock, Server *server);

/* Tells all -ECANCELED. */
void waiters_free(Waiters *waiters);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Waiters, waiters_free)

/* 1: `done` will be called. 0: there is none (NULL). -EBUSY: too many wait. */
int waiters_add(Waiters *waiters, WaiterKind kind, WaiterFunc done, void *user);
void waiters_forget(Waiters *waiters, WaiterFunc done, void *user);

/* Those who wait for the next Update wait for this one. */
void waiters_begin_update(Waiters *waiters);

/* `kinds`: WaiterKind. */
void waiters_finish(Waiters *waiters, unsigned kinds, int result);
