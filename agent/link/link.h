/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One peer to which datagrams go and from which they come, whatever carries them. A link is not
 * safe: what arrives may be forged, and nothing tells whether what was sent has arrived.
 */

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* The longest datagram that is received; a longer one is dropped and counted. */
#define LINK_MAX_DATAGRAM 16384

typedef struct Link Link;

/* Called from the main loop only, never from within link_send(). Either may call link_send() and
 * link_free(). `data` is valid during the call. */
typedef struct LinkHandler {
        void (*on_datagram)(void *user, const uint8_t *data, size_t len);

        /* A hint that something is wrong with the way to the peer: -ECONNREFUSED (nobody listens
         * there), -EHOSTUNREACH, -ENETDOWN … Anybody on the way can forge it. May be NULL. */
        void (*on_error)(void *user, int error);
} LinkHandler;

typedef struct LinkCounters {
        guint64 datagrams_in;
        guint64 datagrams_out;
        guint64 octets_in;
        guint64 octets_out;
        guint64 send_errors;
        guint64 receive_errors;
        guint64 dropped; /* too long, from somebody else, or without a handler */
} LinkCounters;

/* Closes it. Takes NULL. Nothing is called afterwards. */
void link_free(Link *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Link, link_free)

/* `handler` is a constant of the caller, `user` borrowed; NULL: what arrives is dropped. */
void link_set_handler(Link *link, const LinkHandler *handler, void *user);

/* Sends one datagram now or not at all. 0 says that it left, not that it arrives. -EMSGSIZE: longer
 * than this link can carry; -EAGAIN: queues are full; -ENETUNREACH, -ENETDOWN, -EHOSTUNREACH,
 * -EPERM … */
int link_send(Link *link, const void *data, size_t len);

/* The octets of one datagram that reach the peer in one piece. More may be possible, at the risk of
 * fragments. */
uint16_t link_mtu(const Link *link);

/* What it is for a log line: "udp [::1]:5684". Lives as long as the link. */
const char *link_describe(const Link *link);

const LinkCounters *link_counters(const Link *link);
