/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Keeps a modem open: waits for its control port and for the proxy, opens it, and begins again
 * when one of them went away. The library is never called while the proxy is not there.
 */

#include "inbox.h"

/* CarrierConfig.check_s as usual. */
#define CARRIER_CHECK_S 300

typedef struct Carrier Carrier;

typedef struct CarrierConfig {
        const char *device;   /* path, or NULL: the first there is */
        const char *protocol; /* "qmi", "mbim", or NULL: what the device speaks */
        const char *proxy;    /* NULL: as usual */
        unsigned check_s;     /* the modem is asked this often whether it is there, 1 or more */
} CarrierConfig;

typedef struct CarrierOps {
        /* A message has come. FALSE: there is nobody to tell. */
        InboxAnnounce announce;

        /* What the protocol is has become known: once, before anything else. */
        void (*on_protocol)(const BackendOps *ops, void *user);

        /* carrier_status() or carrier_device() has changed. */
        void (*on_status)(void *user);

        /* After carrier_stop(): everything is given back. */
        void (*on_stopped)(void *user);
} CarrierOps;

/* `ops` is a constant, all else borrowed. -EOPNOTSUPP: the protocol is not built in. */
int carrier_new(const CarrierConfig *config, Manager *manager, Clock *clock, const CarrierOps *ops,
                void *user, Carrier **ret);

/* Stopped before, or never started. Takes NULL. */
void carrier_free(Carrier *carrier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Carrier, carrier_free)

void carrier_start(Carrier *carrier);
void carrier_stop(Carrier *carrier);

/* NULL before the protocol is known. */
const BackendStatus *carrier_status(const Carrier *carrier);

/* The control port, "" while there is none. */
const char *carrier_device(const Carrier *carrier);

/* NULL before the protocol is known. */
Inbox *carrier_inbox(const Carrier *carrier);
Backend *carrier_backend(const Carrier *carrier);
