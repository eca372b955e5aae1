/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/peer.h"

#include <errno.h>

#include "base/log.h"
#include "link/link-impl.h"
#include "sms/coding.h"
#include "sms/push.h"

typedef struct Peer {
        Link link; /* first */
        Bearer *bearer;
        BearerListener *listener;
        OutboxRequest request;
        const SmsAddress *from; /* of what is being delivered, or NULL */
        bool strict;
} Peer;

static Peer *peer_of(Link *link)
{
        return (Peer *) link;
}

PeerConfig peer_config_default(const char *number)
{
        return (PeerConfig){
                .number = number,
                .kind = PACKET_COMMAND,
                .pid = SMS_PID_DEVICE,
                .dcs = SMS_DCS_DEVICE,
                .max_segments = 4,
                .validity = 3600,
        };
}

/* ---- Receiving --------------------------------------------------------------------- */

static void peer_deliver(Peer *peer, const SmsAddress *from, const uint8_t *data, size_t len)
{
        peer->from = from;
        if (link_deliver(&peer->link, data, len))
                peer->from = NULL;
}

/* What has ports is for the application at that port. */
static int deliver_ported(Peer *peer, const SmsMessage *message)
{
        const UserData *content = &message->content;
        const uint8_t *data;
        size_t len;

        if (content->destination_port != PUSH_PORT ||
            push_parse(content->data, content->len, &data, &len) < 0)
                return -ENOMSG;
        peer_deliver(peer, &message->from, data, len);
        return 0;
}

static int peer_on_message(const SmsMessage *message, void *user)
{
        Peer *peer = user;

        if (message->content.kind != peer->request.kind)
                return -ENOMSG;
        if (peer->strict && (message->pid != peer->request.pid ||
                             message->message_class != dcs_class(peer->request.dcs)))
                return -EPERM;

        if (message->content.kind == PACKET_PLAIN && message->content.has_ports)
                return deliver_ported(peer, message);
        peer_deliver(peer, &message->from, message->content.data, message->content.len);
        return 0;
}

static void peer_on_send_failed(int error, void *user)
{
        Peer *peer = user;

        link_deliver_error(&peer->link, error);
}

static const BearerListenerOps peer_listener_ops = {
        .on_message = peer_on_message,
        .on_send_failed = peer_on_send_failed,
};

/* ---- Sending ----------------------------------------------------------------------- */

static int peer_send(Link *link, const void *data, size_t len)
{
        Peer *peer = peer_of(link);

        return bearer_send(peer->listener, &peer->request, data, len);
}

static void peer_close(Link *link)
{
        g_clear_pointer(&peer_of(link)->listener, bearer_listener_free);
}

static void peer_free(Link *link)
{
        g_free(peer_of(link));
}

static const LinkOps peer_link_ops = {
        .send = peer_send,
        .close = peer_close,
        .free = peer_free,
};

int peer_set_coding(Link *link, uint8_t pid, uint8_t dcs)
{
        Peer *peer = peer_of(link);

        g_assert(link->ops == &peer_link_ops);
        if (!dcs_is_data(dcs))
                return -EINVAL;
        peer->request.pid = pid;
        peer->request.dcs = dcs;
        return 0;
}

void peer_trust_sender(Link *link)
{
        Peer *peer = peer_of(link);

        g_assert(link->ops == &peer_link_ops);
        if (!link->closed && peer->from)
                bearer_listener_answer(peer->listener, peer->from);
}

int peer_send_response(Link *link, const void *data, size_t len)
{
        Peer *peer = peer_of(link);
        OutboxRequest request = peer->request;

        g_assert(link->ops == &peer_link_ops);
        if (link->closed)
                return -ESHUTDOWN;
        request.kind = PACKET_RESPONSE;
        request.max_segments = 1;
        return bearer_send(peer->listener, &request, data, len);
}

/* ---- The link ---------------------------------------------------------------------- */

int peer_link_new(Bearer *bearer, const PeerConfig *config, Link **ret)
{
        g_autofree Peer *peer = g_new0(Peer, 1);
        size_t mtu;
        int r;

        if (!dcs_is_data(config->dcs) || config->max_segments < 1 ||
            config->max_segments > SPLIT_MAX_SEGMENTS || config->kind == PACKET_RESPONSE)
                return -EINVAL;
        r = bearer_listen(bearer, config->number, &peer_listener_ops, peer, &peer->listener);
        if (r < 0)
                return r;

        peer->bearer = bearer;
        peer->strict = config->strict;
        peer->request = (OutboxRequest){
                .pid = config->pid,
                .dcs = config->dcs,
                .kind = config->kind,
                .max_segments = config->max_segments,
                .validity = config->validity,
                .report = config->report,
        };
        mtu = bearer_capacity(bearer, config->kind, config->max_segments);
        link_init(&peer->link, &peer_link_ops, (uint16_t) mtu,
                  g_strdup_printf("sms %s", log_masked(config->number)));
        *ret = &g_steal_pointer(&peer)->link;
        return 0;
}
