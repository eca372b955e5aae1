/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One notification as a CoAP message (RFC 7641, 4.2). */

#include "coap/endpoint.h"
#include "lwm2m/composite.h"

typedef struct Notification {
        const uint8_t *data; /* borrowed */
        size_t len;
        int format;
        uint32_t sequence;
        bool confirmable;
} Notification;

/* `path`, `composite` (NULL: of one path) and `accept` (FORMAT_NONE without) as in the Observe
 * request. -ENOSPC. */
int notification_send(Endpoint *endpoint, const CoapToken *token, Path path,
                      const Composite *composite, int accept, const Notification *notification);

/* The last one of an observation: an error code, without Observe option. Confirmable, so that it
 * arrives. */
int notification_send_error(Endpoint *endpoint, const CoapToken *token, Path path,
                            const Composite *composite, int accept, uint8_t code);
