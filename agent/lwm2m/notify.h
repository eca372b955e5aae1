/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Decides when observations of one server are due (Core 6.4, 7.3) and sends their notifications.
 * One timer for all of them; what falls due in the same tenth of a second goes out in one wake-up.
 *
 * What is told is the value at the time of sending: of several changes within pmin, or while there
 * is no way to the server, the last one (/1/x/6 is not asked: of each observation one notification
 * is kept, whatever it says). It is told again when it was confirmable and not acknowledged, once
 * the server is there again, and a second later when the endpoint had no room for it. One that is
 * not confirmable, on its way when a session ends, may be lost, as by any network; so may the error
 * that ends an observation, when the server does not acknowledge it. All that is kept goes when
 * the observations go, with a Register.
 *
 * Over an endpoint that repeats nothing (SMS) all are confirmable, so that one is under way at a
 * time: an acknowledgement costs the server a message, and keeps the order, the last value of each
 * observation, and what many changes at once cost (coap/parameters.h). What was not taken or not
 * acknowledged is told again after a pause (lwm2m/hold.h).
 */

#include "base/clock.h"
#include "coap/endpoint.h"
#include "lwm2m/observation.h"
#include "model/change.h"

typedef struct Reporter Reporter;

typedef struct ReporterParts { /* all borrowed, outlive the reporter */
        Clock *clock;
        Changes *changes;
        Requester *requester;
        const char *name; /* for log lines */
        size_t limit;     /* observations */
} ReporterParts;

typedef struct ReporterCounters {
        uint64_t sent;
        uint64_t lost; /* not acknowledged, or no room for them: told again */
} ReporterCounters;

/* Valid during the call. */
typedef void (*ReporterFunc)(const Observation *observation, void *user);

/* `on_unanswered`: a confirmable notification was given up, the server may not be there any more.
 * It is told again as soon as there is an endpoint: take it away until the server has answered. */
Reporter *reporter_new(const ReporterParts *parts, void (*on_unanswered)(void *user), void *user);
void reporter_free(Reporter *reporter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reporter, reporter_free)

/* The way to the server. NULL: there is none; observations stay, and what changes meanwhile is told
 * when there is one again. */
void reporter_set_endpoint(Reporter *reporter, Endpoint *endpoint);

/* The endpoint is gone, with what it had not had acknowledged: that is told again on the next. */
void reporter_on_disconnected(Reporter *reporter);

/*
 * Begins to observe `path`, or where it is not NULL `composite`, in place of an observation of the
 * same token (RFC 7641, 4.1). `accept` as in the request, FORMAT_NONE without; `data` is the
 * payload of the answer, which counts as the first notification; its Observe option has the value
 * *ret_sequence. -ENOSPC: the limit is reached.
 */
int reporter_observe(Reporter *reporter, const CoapToken *token, Path path, Composite *composite,
                     int accept, const void *data, size_t len, uint32_t *ret_sequence);

/* Observe 1: ends the observation of that token, or where the token is unknown those of exactly
 * `path`, or of exactly the paths of `composite`. */
void reporter_cancel(Reporter *reporter, const CoapToken *token, Path path,
                     const Composite *composite);
void reporter_cancel_all(Reporter *reporter);

/* Attributes attached at `path`, or with the root the defaults, have changed: what is due is worked
 * out again. */
void reporter_attributes_changed(Reporter *reporter, Path path);

/* As EndpointOps.on_notification. A Reset ends that observation (RFC 7641, 3.6); one that was not
 * taken or not acknowledged stays, and is told again: whether the server is still there is asked
 * otherwise. */
void reporter_on_result(Reporter *reporter, const CoapToken *token, int result);

size_t reporter_len(const Reporter *reporter);
const ReporterCounters *reporter_counters(const Reporter *reporter);
void reporter_foreach(const Reporter *reporter, ReporterFunc func, void *user);
