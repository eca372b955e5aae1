/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/network.h"

#include <errno.h>
#include <glib-unix.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/socket.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "link/address.h"

/* Messages read in one turn of the main loop. */
#define MAX_BURST 32

struct NetworkMonitor {
        Clock *clock;
        NetworkFunc func;
        void *user;
        struct nl_sock *socket;
        GSource *source;
        Timer *timer;
        gint64 latest; /* when to call even though events go on; CLOCK_NEVER: none yet */
};

static const int groups[] = {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                             RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE};

/* libnl has its own numbers. */
static int errno_of_nl(int r)
{
        switch (-r) {
        case NLE_NOMEM:
                return -ENOMEM;
        case NLE_PERM:
        case NLE_NOACCESS:
                return -EACCES;
        case NLE_AF_NOSUPPORT:
        case NLE_OPNOTSUPP:
                return -EAFNOSUPPORT;
        default:
                return -EIO;
        }
}

static void monitor_on_timer(void *user)
{
        NetworkMonitor *monitor = user;

        monitor->latest = CLOCK_NEVER;
        monitor->func(monitor->user);
}

static void monitor_changed(NetworkMonitor *monitor)
{
        gint64 now = clock_now(monitor->clock);

        if (monitor->latest == CLOCK_NEVER)
                monitor->latest = now + NETWORK_PATIENCE;
        timer_arm(monitor->timer, MIN(now + NETWORK_QUIET, monitor->latest));
}

static int monitor_on_message(struct nl_msg *message, void *user)
{
        monitor_changed(user);
        return NL_OK;
}

/* Which event it was does not matter, so that lost ones (an overflow, -NLE_NOMEM) are one like
 * others. */
static gboolean monitor_on_readable(gint fd, GIOCondition condition, gpointer user)
{
        NetworkMonitor *monitor = user;
        int r = 0;

        for (unsigned i = 0; i < MAX_BURST && r >= 0; i++)
                r = nl_recvmsgs_default(monitor->socket);
        if (r >= 0 || r == -NLE_AGAIN || r == -NLE_INTR)
                return G_SOURCE_CONTINUE;
        monitor_changed(monitor);
        if (r == -NLE_NOMEM)
                return G_SOURCE_CONTINUE;

        /* A socket that can only fail would spin the loop. */
        log_warning("network", "no more events: %s", nl_geterror(r));
        return G_SOURCE_REMOVE;
}

static int monitor_connect(NetworkMonitor *monitor)
{
        int r = nl_connect(monitor->socket, NETLINK_ROUTE);

        for (size_t i = 0; r >= 0 && i < G_N_ELEMENTS(groups); i++)
                r = nl_socket_add_memberships(monitor->socket, groups[i], NFNLGRP_NONE);
        if (r >= 0)
                r = nl_socket_set_nonblocking(monitor->socket);
        return r < 0 ? errno_of_nl(r) : 0;
}

int network_monitor_new(Clock *clock, GMainContext *context, NetworkFunc func, void *user,
                        NetworkMonitor **ret)
{
        g_autoptr(NetworkMonitor) monitor = g_new0(NetworkMonitor, 1);
        int r;

        monitor->clock = clock;
        monitor->func = func;
        monitor->user = user;
        monitor->latest = CLOCK_NEVER;
        monitor->timer = timer_new(clock, monitor_on_timer, monitor);
        monitor->socket = nl_socket_alloc();
        if (!monitor->socket)
                return -ENOMEM;
        nl_socket_disable_seq_check(monitor->socket);
        nl_socket_modify_cb(monitor->socket, NL_CB_VALID, NL_CB_CUSTOM, monitor_on_message,
                            monitor);
        r = monitor_connect(monitor);
        if (r < 0)
                return r;

        monitor->source = g_unix_fd_source_new(nl_socket_get_fd(monitor->socket), G_IO_IN);
        g_source_set_callback(monitor->source, G_SOURCE_FUNC(monitor_on_readable), monitor, NULL);
        g_source_set_name(monitor->source, "network");
        g_source_attach(monitor->source, context);
        *ret = g_steal_pointer(&monitor);
        return 0;
}

void network_monitor_free(NetworkMonitor *monitor)
{
        if (!monitor)
                return;

        if (monitor->source) {
                g_source_destroy(monitor->source);
                g_source_unref(monitor->source);
        }
        g_clear_pointer(&monitor->socket, nl_socket_free);
        timer_free(monitor->timer);
        g_free(monitor);
}

static void address_clear_port(struct sockaddr_storage *address)
{
        if (address->ss_family == AF_INET6)
                ((struct sockaddr_in6 *) address)->sin6_port = 0;
        else
                ((struct sockaddr_in *) address)->sin_port = 0;
}

int network_source_for(const struct sockaddr *destination, struct sockaddr_storage *ret)
{
        struct sockaddr_storage source = {0};
        socklen_t len = sizeof(source);
        int fd, r = 0;

        if (address_size(destination) == 0)
                return -EAFNOSUPPORT;
        fd = socket(destination->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
        if (fd < 0)
                return -errno;
        if (connect(fd, destination, address_size(destination)) < 0 ||
            getsockname(fd, (struct sockaddr *) &source, &len) < 0)
                r = -errno;
        close(fd);
        if (r < 0)
                return r;
        address_clear_port(&source);
        *ret = source;
        return 0;
}

static bool link_is_up(struct rtnl_link *link)
{
        unsigned flags = rtnl_link_get_flags(link);

        return (flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING) &&
               !(flags & IFF_LOOPBACK);
}

static bool cache_any_up(struct nl_cache *cache)
{
        for (struct nl_object *link = nl_cache_get_first(cache); link;
             link = nl_cache_get_next(link))
                if (link_is_up((struct rtnl_link *) link))
                        return true;
        return false;
}

bool network_any_up(void)
{
        struct nl_sock *socket = nl_socket_alloc();
        struct nl_cache *cache = NULL;
        bool up = false;

        if (!socket)
                return false;
        if (nl_connect(socket, NETLINK_ROUTE) >= 0 &&
            rtnl_link_alloc_cache(socket, AF_UNSPEC, &cache) >= 0)
                up = cache_any_up(cache);
        g_clear_pointer(&cache, nl_cache_free);
        nl_socket_free(socket);
        return up;
}
