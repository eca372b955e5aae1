/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Decides when observations of one server are due (Core 6.4, 7.3) and sends their notifications. One timer for all of
 * them; what falls due in the same tenth of a second goes out in one wake-up.
 */

#include "base/clock.h"
#include "coap/endpoint.h"
#include "lwm2m/requester.h"
#include "model/change.h"

typedef struct Notifier Notifier;

typedef struct NotifierParts { /* all borrowed, outlive the notifier */
        Clock *clock;
        Changes *changes;
        Requester *requester;
        const char *name; /* for log lines */
        size_t limit;     /* observations */
} NotifierParts;

typedef struct NotifierCounters {
        uint64_t sent;
        uint64_t lost; /* not acknowledged, or no room for them */
} NotifierCounters;

/* One observation. Valid during the call. */
typedef struct NotifierInfo {
        Path path;
        const CoapToken *token;
        uint32_t pmin, pmax;
        uint32_t notifications;
} NotifierInfo;
typedef void (*NotifierFunc)(const NotifierInfo *info, void *user);

/* `on_unanswered`: a confirmable notification was given up, the server may not be there any more. */
Notifier *notifier_new(const NotifierParts *parts, void (*on_unanswered)(void *user), void *user);
void notifier_free(Notifier *notifier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Notifier, notifier_free)

/* The way to the server. NULL: there is none; observations stay, and what changes meanwhile is told when there is
 * one again. */
void notifier_set_endpoint(Notifier *notifier, Endpoint *endpoint);

/*
 * Begins to observe, in place of an observation of the same token (RFC 7641, 4.1). `accept` as in the request, FORMAT_NONE
 * without; `data` is the payload of the answer, which counts as the first notification; its Observe
 * option has the value *ret_sequence. -ENOSPC: the limit is reached.
 */
int notifier_observe(Notifier *notifier, const CoapToken *token, Path path, int accept,
                     const void *data, size_t len, uint32_t *ret_sequence);

/* Observe 1: ends the observation of that token, or where the token is unknown those of exactly `path`. */
void notifier_cancel(Notifier *notifier, const CoapToken *token, Path path);
void notifier_cancel_all(Notifier *notifier);

/* Attributes attached at `path`, or with the root the defaults, have changed: what is due is worked out again. */
void notifier_attributes_changed(Notifier *notifier, Path path);

/* As EndpointOps.on_notification. A Reset ends that observation (RFC 7641, 3.6); one that was not acknowledged stays. */
void notifier_on_result(Notifier *notifier, const CoapToken *token, int result);

size_t notifier_len(const Notifier *notifier);
const NotifierCounters *notifier_counters(const Notifier *notifier);
void notifier_foreach(const Notifier *notifier, NotifierFunc func, void *user);
