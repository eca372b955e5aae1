/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all links have in common. */

#include "link/link-impl.h"

#include <errno.h>

void link_init(Link *link, const LinkOps *ops, uint16_t mtu, char *description)
{
        link->ops = ops;
        link->mtu = mtu;
        link->description = description;
}

static void link_destroy(Link *link)
{
        g_free(link->description);
        link->ops->free(link);
}

void link_free(Link *link)
{
        if (!link)
                return;

        g_assert(!link->closed);
        link->closed = true;
        link->handler = NULL;
        link->ops->close(link);
        if (link->busy == 0)
                link_destroy(link);
}

/* The memory of a link freed by its handler goes when the outermost handler has returned. */
static bool link_leave(Link *link)
{
        bool closed = link->closed;

        link->busy--;
        if (closed && link->busy == 0)
                link_destroy(link);
        return !closed;
}

bool link_deliver(Link *link, const uint8_t *data, size_t len)
{
        if (!link->handler) {
                link->counters.dropped++;
                return true;
        }

        link->counters.datagrams_in++;
        link->counters.octets_in += len;
        link->busy++;
        link->handler->on_datagram(link->user, data, len);
        return link_leave(link);
}

bool link_deliver_error(Link *link, int error)
{
        if (!link->handler || !link->handler->on_error)
                return true;

        link->busy++;
        link->handler->on_error(link->user, error);
        return link_leave(link);
}

void link_set_handler(Link *link, const LinkHandler *handler, void *user)
{
        link->handler = handler;
        link->user = user;
}

int link_send(Link *link, const void *data, size_t len)
{
        int r;

        if (link->closed)
                return -ESHUTDOWN;

        r = link->ops->send(link, data, len);
        if (r < 0) {
                link->counters.send_errors++;
                return r;
        }
        link->counters.datagrams_out++;
        link->counters.octets_out += len;
        return 0;
}

uint16_t link_mtu(const Link *link)
{
        return link->mtu;
}

const char *link_describe(const Link *link)
{
        return link->description;
}

const LinkCounters *link_counters(const Link *link)
{
        return &link->counters;
}
