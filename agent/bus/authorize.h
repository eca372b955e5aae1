/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * May this caller do that? The agent's own user and root may do all. Others are judged by polkit,
 * asked without blocking; where there is no polkit, membership in the group "lwm2m" allows to read
 * and to control.
 */

#include <gio/gio.h>
#include <stdbool.h>
#include <sys/types.h>

/* Judgements under way at once; above it callers are refused with Busy. Those that wait for polkit,
 * and so perhaps for a person, are fewer: they cannot shut root out. */
#define AUTHORIZE_MAX_PENDING 64
#define AUTHORIZE_MAX_ASKING 32

typedef enum BusAction {
        BUS_ACTION_READ,      /* org.lwm2md1.read */
        BUS_ACTION_CONTROL,   /* org.lwm2md1.control */
        BUS_ACTION_WRITE,     /* org.lwm2md1.write */
        BUS_ACTION_PROVISION, /* org.lwm2md1.provision */
} BusAction;

typedef struct Authorizer Authorizer;

/* `result`: 0 allowed, -EACCES, -EBUSY. Called once, possibly before authorizer_check() returns,
 * unless the authorizer is freed before. */
typedef void (*AuthorizeDone)(int result, void *user);

/* The group ID of "lwm2m", or -1. Asks the name service, which may block. */
gid_t authorizer_find_group(void);

/* `group`: of authorizer_find_group(). */
Authorizer *authorizer_new(GDBusConnection *connection, gid_t group);

/* Forgets what is under way: `forget` (may be NULL) of each is called with its user instead of
 * `done`. */
void authorizer_free(Authorizer *authorizer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Authorizer, authorizer_free)

/* `sender`: a unique bus name. `interactive`: it waits while a person is asked for a password. */
void authorizer_check(Authorizer *authorizer, const char *sender, BusAction action,
                      bool interactive, AuthorizeDone done, GDestroyNotify forget, void *user);
