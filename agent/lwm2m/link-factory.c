/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/link-factory.h"

#include "host/network.h"
#include "link/udp.h"

static int udp_make(const struct sockaddr *peer, socklen_t peer_len, uint16_t local_port,
                    Link **ret, void *user)
{
        return udp_link_new(NULL, peer, peer_len, local_port, ret);
}

static int kernel_source(const struct sockaddr *peer, struct sockaddr_storage *ret, void *user)
{
        return network_source_for(peer, ret);
}

static bool kernel_any_up(void *user)
{
        return network_any_up();
}

LinkFactory link_factory_udp(void)
{
        return (LinkFactory){.make = udp_make, .source = kernel_source, .any_up = kernel_any_up};
}
