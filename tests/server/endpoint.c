/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.h"

/* How many ports are tried before giving up. */
#define PROBE_MAX 50

static void loopback(int family, uint16_t port, coap_address_t *ret_address)
{
        coap_address_init(ret_address);
        ret_address->addr.sa.sa_family = (sa_family_t) family;
        if (family == AF_INET) {
                ret_address->size = sizeof(struct sockaddr_in);
                ret_address->addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        } else {
                ret_address->size = sizeof(struct sockaddr_in6);
                ret_address->addr.sin6.sin6_addr = in6addr_loopback;
        }
        coap_address_set_port(ret_address, port);
}

/* Binds without SO_REUSEADDR, so that a port in use is refused. The port, or a negative errno. */
static int probe(int family, uint16_t port)
{
        coap_address_t address;
        int fd, r;

        fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;

        loopback(family, port, &address);
        r = bind(fd, &address.addr.sa, address.size) < 0 ? -errno : 0;
        if (r == 0)
                getsockname(fd, &address.addr.sa, &address.size);
        close(fd);
        return r < 0 ? r : coap_address_get_port(&address);
}

static bool ipv6_available(void)
{
        return probe(AF_INET6, 0) > 0;
}

/*
 * libcoap sets SO_REUSEADDR, and two sockets with it can share a UDP port without a word. So a
 * port that is free on both addresses is looked for first.
 */
static int choose_port(bool ipv6)
{
        for (int i = 0; i < PROBE_MAX; i++) {
                int port = probe(AF_INET, 0);

                if (port < 0)
                        return port;
                if (!ipv6 || probe(AF_INET6, (uint16_t) port) == port)
                        return port;
        }
        return -EADDRINUSE;
}

/* libcoap does not hand out its socket: it is the one descriptor bound to the address. */
static int find_socket(const coap_address_t *address)
{
        struct rlimit limit;

        getrlimit(RLIMIT_NOFILE, &limit);
        for (int fd = 3; fd < (int) MIN(limit.rlim_cur, 1024); fd++) {
                coap_address_t own;
                int type = 0;
                socklen_t len = sizeof(type);

                coap_address_init(&own);
                if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_DGRAM)
                        continue;
                if (getsockname(fd, &own.addr.sa, &own.size) == 0 &&
                    own.addr.sa.sa_family == address->addr.sa.sa_family &&
                    coap_address_get_port(&own) == coap_address_get_port(address))
                        return fd;
        }
        return -1;
}

static int listen_on(coap_context_t *coap, coap_proto_t proto, int family, uint16_t port)
{
        coap_address_t address;
        coap_endpoint_t *endpoint;

        loopback(family, port, &address);
        endpoint = coap_new_endpoint(coap, &address, proto);
        if (!endpoint)
                return -EADDRNOTAVAIL;
        /* As much as one datagram holds: what fits is the tests' affair. */
        coap_endpoint_set_default_mtu(endpoint, 65507);
        return find_socket(&address);
}

int endpoint_listen(coap_context_t *coap, coap_proto_t proto, uint16_t port, Endpoint *ret_endpoint)
{
        Endpoint endpoint = {.fd = {-1, -1}, .ipv6 = ipv6_available()};
        int r = port ? port : choose_port(endpoint.ipv6);

        if (r < 0)
                return r;
        endpoint.port = (uint16_t) r;

        endpoint.fd[0] = listen_on(coap, proto, AF_INET, endpoint.port);
        if (endpoint.fd[0] < 0)
                return -EADDRNOTAVAIL;
        if (endpoint.ipv6)
                endpoint.fd[1] = listen_on(coap, proto, AF_INET6, endpoint.port);
        endpoint.ipv6 = endpoint.fd[1] >= 0;
        *ret_endpoint = endpoint;
        return 0;
}

int endpoint_send(const Endpoint *endpoint, const struct sockaddr *to, socklen_t to_len,
                  GBytes *data)
{
        size_t len = 0;
        const void *bytes = g_bytes_get_data(data, &len);
        int fd = endpoint->fd[to->sa_family == AF_INET6];

        if (fd < 0)
                return -EADDRNOTAVAIL;
        return sendto(fd, bytes, len, 0, to, to_len) < 0 ? -errno : 0;
}
