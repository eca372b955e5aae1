/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who wants to know when values or nodes change. Objects post, anyone listens; listeners hear from
 * the next turn of the main loop, each path and kind once however often it was posted.
 */

#include "base/clock.h"
#include "model/object.h"

/* Above this many different paths in one turn, listeners are told "everything": PATH_ROOT, for both
 * kinds. */
#define CHANGE_MAX_PENDING 4096

typedef enum ChangeKind {
        CHANGE_VALUE = 1,     /* the value at the path, or values below it */
        CHANGE_INSTANCES = 2, /* the instance or object at the path came or went */
} ChangeKind;

typedef struct Changes Changes; /* freed from no listener */
typedef void (*ChangeFunc)(Path path, ChangeKind kind, Origin origin, void *user);

Changes *changes_new(Clock *clock);
void changes_free(Changes *changes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Changes, changes_free)

/* `origin`: who caused it; the last one counts where a path was posted twice. */
void change_post(Changes *changes, Path path, ChangeKind kind, Origin origin);

/* Returns a handle for changes_unlisten(). Both may be called from a listener. */
unsigned changes_listen(Changes *changes, ChangeFunc func, void *user);
void changes_unlisten(Changes *changes, unsigned handle);
