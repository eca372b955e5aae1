/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * May this caller do that? The agent's own user and root may do all. Others are judged by polkit,
 * asked without blocking; where there is no polkit, membership in the group "lwm2m" allows to read
 * and to control.
 */

#include <gio/gio.h>

/* Judgements under way at once; above it callers are refused with Busy. */
#define AUTHORIZE_MAX_PENDING 64

typedef enum BusAction {
        BUS_ACTION_NONE,      /* everybody */
        BUS_ACTION_READ,      /* org.lwm2md1.read */
        BUS_ACTION_CONTROL,   /* org.lwm2md1.control */
        BUS_ACTION_WRITE,     /* org.lwm2md1.write */
        BUS_ACTION_PROVISION, /* org.lwm2md1.provision */
} BusAction;

typedef struct Authorizer Authorizer;

/* `result`: 0 allowed, -EACCES, -EBUSY. Called once, possibly before authorizer_check() returns,
 * unless the authorizer is freed before. */
typedef void (*AuthorizeDone)(int result, void *user);

Authorizer *authorizer_new(GDBusConnection *connection);

/* Forgets what is under way: `forget` (may be NULL) of each is called with its user instead of
 * `done`. */
void authorizer_free(Authorizer *authorizer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Authorizer, authorizer_free)

/* `sender`: a unique bus name. */
void authorizer_check(Authorizer *authorizer, const char *sender, BusAction action,
                      AuthorizeDone done, GDestroyNotify forget, void *user);
