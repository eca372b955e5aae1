/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A DTLS server of another project in a process of its own, on a free port of
 * the loopback interface, and the socket to talk to it. For tests only: it
 * waits in poll(), at most for the seconds that its functions name.
 */

#include <glib.h>

#include "fake-host.h"

typedef struct UdpPeer UdpPeer;

/* Runs `argv`, in which "PORT" stands for the port. The peer ends with its handle. */
UdpPeer *udp_peer_new(FakeHost *host, const char *const *argv);
void udp_peer_free(UdpPeer *peer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UdpPeer, udp_peer_free)

/* Starts the session until it is READY or FAILED, at most 10 s; the peer may need time to begin. */
void udp_peer_connect(UdpPeer *peer);

/* Carries datagrams until a message is there, which the caller owns, or NULL after 5 s. */
char *udp_peer_wait_message(UdpPeer *peer);

/* Sends what the plugin has emitted. */
void udp_peer_flush(UdpPeer *peer);

/* Another socket to the same server: a client that comes back. */
void udp_peer_reopen(UdpPeer *peer);

/* A line for the server's terminal, and whether it shows a text there within 5 s. */
void udp_peer_type(UdpPeer *peer, const char *text);
gboolean udp_peer_shows(UdpPeer *peer, const char *text);
