/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The interface org.lwm2md1.Modem of one modem. It answers the owner of org.lwm2md1 alone, and
 * announces messages to it alone.
 */

#include <gio/gio.h>

#include "carrier.h"

/* Messages that the modem is sending at once. */
#define SERVICE_MAX_SENDING 8

typedef struct Service Service;

typedef struct ServiceOps {
        /* Somebody else has the modem's name on the bus, or took it. */
        void (*on_name_lost)(void *user);

        void (*on_stopped)(void *user);
} ServiceOps;

/* `ops` is a constant, all else borrowed. -EOPNOTSUPP: the protocol is not built in. */
int service_new(GDBusConnection *connection, Clock *clock, const CarrierConfig *config,
                const ServiceOps *ops, void *user, Service **ret);

/* Closes the modem; on_stopped follows. */
void service_stop(Service *service);

/* Stopped before. Takes NULL. */
void service_free(Service *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Service, service_free)
