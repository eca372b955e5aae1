/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/transport.h"

#include <errno.h>

struct Transport {
        Channel *channel;
        Link *link; /* the channel's */
        Endpoint *endpoint;
        const TransportOps *ops;
        void *user;
        bool retired;
        bool mute;
};

static int transport_send(const void *data, size_t len, void *user)
{
        Transport *transport = user;

        if (transport->retired || transport->mute)
                return -ENOTCONN;
        return channel_send(transport->channel, data, len);
}

static void transport_on_request(CoapIncoming *incoming, const CoapMessage *request, void *user)
{
        Transport *transport = user;

        if (transport->retired)
                endpoint_ignore(incoming);
        else
                transport->ops->on_request(incoming, request, transport->user);
}

static void transport_on_notification(const CoapToken *token, int result, void *user)
{
        Transport *transport = user;

        if (!transport->retired)
                transport->ops->on_notification(token, result, transport->user);
}

static void transport_on_incoming_gone(CoapIncoming *incoming, void *user)
{
        Transport *transport = user;

        transport->ops->on_incoming_gone(incoming, transport->user);
}

static const EndpointOps endpoint_ops = {
        .send = transport_send,
        .on_request = transport_on_request,
        .on_notification = transport_on_notification,
        .on_incoming_gone = transport_on_incoming_gone,
};

static void transport_on_ready(void *user)
{
        Transport *transport = user;

        if (transport->retired)
                return;
        endpoint_set_max_message(transport->endpoint, channel_max_message(transport->channel));
        transport->ops->on_ready(transport->user);
}

static void transport_on_message(const void *data, size_t len, void *user)
{
        Transport *transport = user;

        if (!transport->retired)
                endpoint_on_message(transport->endpoint, data, len);
}

static void transport_on_closed(void *user)
{
        Transport *transport = user;

        if (!transport->retired)
                transport->ops->on_closed(transport->user);
}

static const ChannelOps channel_ops = {
        .on_ready = transport_on_ready,
        .on_message = transport_on_message,
        .on_closed = transport_on_closed,
};

int transport_new(Clock *clock, Link *link, const ChannelConfig *channel,
                  const EndpointConfig *coap, const TransportOps *ops, void *user, Transport **ret)
{
        g_autoptr(Transport) transport = g_new0(Transport, 1);
        int r;

        transport->ops = ops;
        transport->user = user;
        transport->endpoint = endpoint_new(clock, coap, &endpoint_ops, channel->name, transport);
        r = channel_new(clock, link, channel, &channel_ops, transport, &transport->channel);
        if (r < 0)
                return r;
        transport->link = link;
        *ret = g_steal_pointer(&transport);
        return 0;
}

void transport_free(Transport *transport)
{
        if (!transport)
                return;
        transport->retired = true;
        endpoint_free(transport->endpoint);
        channel_free(transport->channel);
        g_free(transport);
}

int transport_start(Transport *transport)
{
        return channel_start(transport->channel);
}

void transport_retire(Transport *transport, bool goodbye)
{
        if (transport->retired)
                return;
        if (goodbye)
                channel_close(transport->channel);
        transport->retired = true;
}

void transport_set_mute(Transport *transport, bool mute)
{
        transport->mute = mute;
}

Link *transport_link(const Transport *transport)
{
        return transport->link;
}

Channel *transport_channel(const Transport *transport)
{
        return transport->channel;
}

Endpoint *transport_endpoint(const Transport *transport)
{
        return transport->endpoint;
}
