/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For those who implement a link: embed `struct Link` as the first member. */

#include <stdbool.h>

#include "link/link.h"

typedef struct LinkOps {
        /* As link_send(), which counts. */
        int (*send)(Link *link, const void *data, size_t len);

        /* Stops everything that could call back. The memory stays until `free`. */
        void (*close)(Link *link);
        void (*free)(Link *link);
} LinkOps;

struct Link {
        const LinkOps *ops;
        const LinkHandler *handler;
        void *user;
        char *description;
        LinkCounters counters;
        uint16_t mtu;
        unsigned busy; /* handlers that have not returned */
        bool closed;
};

/* `description` becomes the link's. */
void link_init(Link *link, const LinkOps *ops, uint16_t mtu, char *description);

/* Count and hand up. False: the handler has freed the link, which must not be touched again. */
bool link_deliver(Link *link, const uint8_t *data, size_t len);
bool link_deliver_error(Link *link, int error);
