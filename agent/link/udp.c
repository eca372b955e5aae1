/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "link/address.h"
#include "link/link-impl.h"

/* How long a socket that gives nothing but errors is left alone. */
#define PAUSE (1 * G_USEC_PER_SEC)

typedef struct UdpLink {
        Link link; /* first */
        struct sockaddr_storage peer;
        GSource *source;
        gpointer fd_tag; /* NULL while paused */
        int fd;
        int send_error; /* of an earlier datagram, to be handed up from the loop */
} UdpLink;

typedef struct UdpSource {
        GSource source;
        UdpLink *udp;
} UdpSource;

static UdpLink *udp_link(Link *link)
{
        return (UdpLink *) link;
}

/* ---- Receiving ------------------------------------------------------------- */

/* One datagram: its length, -EAGAIN when there is none, -EBADMSG when it is too long or not for us,
 * else the error that waited on the socket. */
static ssize_t udp_receive(UdpLink *udp, uint8_t *buffer, size_t size)
{
        struct sockaddr_storage from = {0};
        struct iovec iov = {.iov_base = buffer, .iov_len = size};
        struct msghdr message = {
                .msg_name = &from,
                .msg_namelen = sizeof(from),
                .msg_iov = &iov,
                .msg_iovlen = 1,
        };
        ssize_t n;

        do
                n = recvmsg(udp->fd, &message, MSG_DONTWAIT);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        if (message.msg_flags & MSG_TRUNC)
                return -EBADMSG;

        /* What strangers sent between bind() and connect() is still in the socket's queue. */
        if (!address_equal((struct sockaddr *) &from, (struct sockaddr *) &udp->peer))
                return -EBADMSG;
        return n;
}

/* Stops looking at the descriptor: a broken one is readable for ever. */
static void udp_pause(UdpLink *udp)
{
        g_source_remove_unix_fd(udp->source, udp->fd_tag);
        udp->fd_tag = NULL;
        g_source_set_ready_time(udp->source, g_source_get_time(udp->source) + PAUSE);
}

static void udp_resume(UdpLink *udp)
{
        g_source_set_ready_time(udp->source, -1);
        if (!udp->fd_tag)
                udp->fd_tag = g_source_add_unix_fd(udp->source, udp->fd, G_IO_IN);
}

/* False: the link has been freed. */
static bool udp_on_readable(UdpLink *udp)
{
        uint8_t buffer[LINK_MAX_DATAGRAM];
        unsigned errors = 0;
        int error = 0;

        for (unsigned i = 0; i < UDP_MAX_BURST; i++) {
                ssize_t n = udp_receive(udp, buffer, sizeof(buffer));

                if (n == -EAGAIN)
                        break;
                if (n == -EBADMSG) {
                        udp->link.counters.dropped++;
                } else if (n < 0) {
                        udp->link.counters.receive_errors++;
                        error = (int) n;
                        errors++;
                } else if (!link_deliver(&udp->link, buffer, (size_t) n)) {
                        return false;
                }
        }

        if (errors == UDP_MAX_BURST)
                udp_pause(udp);
        return error == 0 || link_deliver_error(&udp->link, error);
}

static gboolean udp_on_dispatch(GSource *source, GSourceFunc func, gpointer user)
{
        UdpLink *udp = ((UdpSource *) source)->udp;
        int error = udp->send_error;

        udp_resume(udp);
        udp->send_error = 0;
        if (error < 0 && !link_deliver_error(&udp->link, error))
                return G_SOURCE_REMOVE;
        return udp_on_readable(udp) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static GSourceFuncs udp_source_funcs = {
        .dispatch = udp_on_dispatch,
};

/* ---- Sending --------------------------------------------------------------- */

static int udp_send_once(UdpLink *udp, const void *data, size_t len)
{
        ssize_t n;

        do
                n = send(udp->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        while (n < 0 && errno == EINTR);
        return n < 0 ? -errno : 0;
}

/*
 * The error that an earlier datagram met (ICMP) is reported by the next call on the socket, which
 * then does not send. That one is kept for the handler, and the datagram gets its own try.
 */
static int udp_send(Link *link, const void *data, size_t len)
{
        UdpLink *udp = udp_link(link);
        int r = udp_send_once(udp, data, len);

        if (r != -ECONNREFUSED && r != -EHOSTUNREACH)
                return r;

        udp->send_error = r;
        if (udp->fd_tag)
                g_source_set_ready_time(udp->source, 0);
        return udp_send_once(udp, data, len);
}

/* ---- The link -------------------------------------------------------------- */

static void udp_close(Link *link)
{
        UdpLink *udp = udp_link(link);

        if (udp->source) {
                g_source_destroy(udp->source);
                g_clear_pointer(&udp->source, g_source_unref);
        }
        close(udp->fd);
        udp->fd = -1;
}

static void udp_free(Link *link)
{
        g_free(udp_link(link));
}

static const LinkOps udp_link_ops = {
        .send = udp_send,
        .close = udp_close,
        .free = udp_free,
};

static int udp_bind(int fd, sa_family_t family, uint16_t port)
{
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
        int one = 1;
        int r;

        if (port == 0)
                return 0;

        /* One local port for several peers. */
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
                return -errno;
        r = family == AF_INET ? bind(fd, (struct sockaddr *) &v4, sizeof(v4))
                              : bind(fd, (struct sockaddr *) &v6, sizeof(v6));
        return r < 0 ? -errno : 0;
}

static int udp_connect(int fd, const struct sockaddr *peer, uint16_t local_port)
{
        int r = udp_bind(fd, peer->sa_family, local_port);

        if (r < 0)
                return r;
        return connect(fd, peer, address_size(peer)) < 0 ? -errno : 0;
}

int udp_link_new(GMainContext *context, const struct sockaddr *peer, socklen_t peer_len,
                 uint16_t local_port, Link **ret)
{
        UdpLink *udp;
        int fd, r;

        if (peer_len < sizeof(peer->sa_family) || address_size(peer) == 0 ||
            peer_len < address_size(peer))
                return -EINVAL;

        fd = socket(peer->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
        if (fd < 0)
                return -errno;
        r = udp_connect(fd, peer, local_port);
        if (r < 0) {
                close(fd);
                return r;
        }

        udp = g_new0(UdpLink, 1);
        udp->fd = fd;
        memcpy(&udp->peer, peer, address_size(peer));
        udp->source = g_source_new(&udp_source_funcs, sizeof(UdpSource));
        ((UdpSource *) udp->source)->udp = udp;
        g_source_set_name(udp->source, "udp");
        udp->fd_tag = g_source_add_unix_fd(udp->source, fd, G_IO_IN);
        g_source_attach(udp->source, context);
        g_autofree char *address = address_to_string(peer);
        link_init(&udp->link, &udp_link_ops, UDP_MTU, g_strdup_printf("udp %s", address));
        *ret = &udp->link;
        return 0;
}

int udp_link_local(Link *link, struct sockaddr_storage *ret)
{
        struct sockaddr_storage local = {0};
        socklen_t len = sizeof(local);

        g_assert(link->ops == &udp_link_ops);
        if (getsockname(udp_link(link)->fd, (struct sockaddr *) &local, &len) < 0)
                return -errno;
        *ret = local;
        return 0;
}
