/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A link over a connected UDP socket, IPv4 or IPv6. Memory is what the socket's buffer holds:
 * nothing is queued here, in either direction.
 */

#include <stdint.h>
#include <sys/socket.h>

#include "link/link.h"

/* Datagrams handed up in one turn of the main loop; the rest waits for the next. */
#define UDP_MAX_BURST 32

/* What every IPv6 way carries (1280, RFC 8200, 5) without the IP and UDP headers. RFC 7252, 4.6
 * recommends staying below it for IPv4 too. */
#define UDP_MTU 1232

/*
 * `context`: borrowed, NULL is the default one. `local_port` 0: any. Several links may have the
 * same local port, to different peers. -EAFNOSUPPORT, -EINVAL for other families, -EADDRINUSE,
 * -EACCES; -ENETUNREACH: no way to the peer; -EADDRNOTAVAIL: no address to send from; -EMFILE …
 */
int udp_link_new(GMainContext *context, const struct sockaddr *peer, socklen_t peer_len,
                 uint16_t local_port, Link **ret);

/* The address and port it sends from, which the kernel chose when the link was made. */
int udp_link_local(Link *link, struct sockaddr_storage *ret);
