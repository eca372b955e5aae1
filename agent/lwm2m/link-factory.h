/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where links to servers come from, and what the network says of the way to them. The daemon's are
 * UDP sockets and the kernel; whatever else carries datagrams can take their place.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "link/link.h"

typedef struct LinkFactory {
        /* A link to `peer`, the caller's. Negative errno as udp_link_new(). */
        int (*make)(const struct sockaddr *peer, socklen_t peer_len, uint16_t local_port,
                    Link **ret, void *user);

        /* The address from which it would be sent to `peer` now, as network_source_for(). */
        int (*source)(const struct sockaddr *peer, struct sockaddr_storage *ret, void *user);

        /* Whether there is any network, as network_any_up(). */
        bool (*any_up)(void *user);
        void *user;
} LinkFactory;

/* Connected UDP sockets of the default main context. */
LinkFactory link_factory_udp(void);
