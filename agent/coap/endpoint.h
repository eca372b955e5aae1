/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * CoAP with one peer over one message transport: everything of RFC 7252's message layer, block-wise
 * transfers (RFC 7959) in both directions and roles, and the message side of observation (RFC
 * 7641). Above it, requests and responses are whole.
 *
 * The endpoint knows no LwM2M. It calls the transport to send and its user through EndpointOps;
 * both may be called from within any function here and from timers. The user may call anything but
 * endpoint_free() from within EndpointOps; it may free the endpoint from a timer or from the
 * transport's owner.
 */

#include "base/clock.h"
#include "coap/message.h"
#include "coap/parameters.h"

typedef struct Endpoint Endpoint;

/* `ops` must outlive the endpoint; `config` is copied. `name` prefixes log lines ("server 101"),
 * copied. */
Endpoint *endpoint_new(Clock *clock, const EndpointConfig *config, const EndpointOps *ops,
                       const char *name, void *user);

/* Cuts off all callbacks (but on_incoming_gone); requests under way are forgotten without `done`.
 */
void endpoint_free(Endpoint *endpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Endpoint, endpoint_free)

/* One message from the transport, of any length. Never fails: what is wrong is counted, and
 * answered as RFC 7252, 4.2 and 4.3 say. */
void endpoint_on_message(Endpoint *endpoint, const void *data, size_t len);

/*
 * Whether it can be the peer's: a request, a ping, an answer to something of ours, or one of its
 * answers once more. Our own messages are none of these when they come back, but for requests,
 * which only the user can tell apart. What endpoint_on_message() would do is not done.
 */
bool endpoint_expects(const Endpoint *endpoint, const CoapMessage *message);

/* After a new security session: MTU may have changed. */
void endpoint_set_max_message(Endpoint *endpoint, size_t max_message);

/* ---- Requests of ours ---- */

/*
 * Sends `request` (code, options, payload are used; type CON or NON; ID and token are given by the
 * endpoint); everything is copied. Bodies longer than a block go by Block1 (smaller blocks on 4.13;
 * from the start on 4.08, once); block options of the caller are dropped. `done` is never called
 * before this returns. Returns 0 and the exchange (`ret` may be NULL), valid until `done`, for
 * exchange_cancel(). -ENOSPC: too many, or too much to hold; -EMSGSIZE: above max_body, or options
 * that leave no room for a block; -EINVAL: not a request.
 */
int endpoint_request(Endpoint *endpoint, const CoapMessage *request, CoapResponseFunc done,
                     void *user, CoapExchange **ret);

/* Forgets it; `done` is not called. A late response is answered as an unexpected one. */
void exchange_cancel(CoapExchange *exchange);

/* ---- Requests of the peer ---- */

/*
 * Answers: `response` (code, options, payload; copied). Piggybacked in the ACK while that is
 * possible, else separate, CON for CON; block options are added here. A payload longer than a block
 * goes by Block2 with Size2 and ETag from a snapshot, for as long as EXCHANGE_LIFETIME. The answer
 * is remembered for duplicates. Frees `incoming`.
 */
void endpoint_reply(CoapIncoming *incoming, const CoapMessage *response);

/* No answer at all; a CON request is acknowledged by nothing. Frees `incoming`. */
void endpoint_ignore(CoapIncoming *incoming);

/* For what is kept with an incoming request by its handler. NULL at first. */
void coap_incoming_set_data(CoapIncoming *incoming, void *data);

/* What was set, borrowed from who set it. */
void *coap_incoming_get_data(const CoapIncoming *incoming);

/* ---- Notifications ---- */

/*
 * Sends a notification (code, options with Observe, payload; copied) for the token of an Observe
 * request. While an earlier confirmable one of the same token is unacknowledged, this one takes its
 * place at the next retransmission (RFC 7641, 4.5.2), or where nothing is repeated when that one
 * has been acknowledged; there each is `confirmable` (endpoint_is_reliable()). Longer than a block:
 * the first block, the rest is fetched by GET (RFC 7959, 2.6) from the snapshot kept under
 * `request_key`'s options and code (Uri-Path, Uri-Query, Accept of the Observe request). -ENOSPC:
 * too many, or too much to hold; -EMSGSIZE: no room for a block.
 */
int endpoint_notify(Endpoint *endpoint, const CoapToken *token, const CoapMessage *request_key,
                    const CoapMessage *notification, bool confirmable);

/* The observation is over: stop retransmitting its notifications, report nothing more of this
 * token. */
void endpoint_forget_notifications(Endpoint *endpoint, const CoapToken *token);

/* EndpointConfig.reliable */
bool endpoint_is_reliable(const Endpoint *endpoint);

/* Borrowed, as long as the endpoint. */
const EndpointCounters *endpoint_counters(const Endpoint *endpoint);

/* Messages of ours that wait for an acknowledgement, for a response or for their turn; 0: idle. */
unsigned endpoint_pending(const Endpoint *endpoint);
