/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The way to one server: a security session on a link, and CoAP over it. */

#include "coap/endpoint.h"
#include "security/channel.h"

typedef struct Transport Transport;

typedef struct TransportOps {
        void (*on_ready)(void *user);

        /* The session is over; transport_channel() says why. */
        void (*on_closed)(void *user);
        void (*on_request)(CoapIncoming *incoming, const CoapMessage *request, void *user);
        void (*on_notification)(const CoapToken *token, int result, void *user);
        void (*on_incoming_gone)(CoapIncoming *incoming, void *user);
} TransportOps;

/* Takes over `link`. Errors of channel_new(). `ops` must outlive it. */
int transport_new(Clock *clock, Link *link, const ChannelConfig *channel,
                  const EndpointConfig *coap, const TransportOps *ops, void *user, Transport **ret);

/* Not from within its own callbacks: retire it, and free it later. */
void transport_free(Transport *transport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Transport, transport_free)

/* As channel_start(). */
int transport_start(Transport *transport);

/* No callback follows, but on_incoming_gone when it is freed. `goodbye`: tells the peer. Allowed
 * everywhere. */
void transport_retire(Transport *transport, bool goodbye);

/* Whether nothing at all is sent, whatever is answered. */
void transport_set_mute(Transport *transport, bool mute);

/* Borrowed, as the two below; what is sent goes through the channel alone. */
Link *transport_link(const Transport *transport);
Channel *transport_channel(const Transport *transport);
Endpoint *transport_endpoint(const Transport *transport);
