/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One notification as a CoAP message (RFC 7641, 4.2). */

#include "coap/endpoint.h"
#include "lwm2m/observe-query.h"
#include "model/path.h"

typedef struct Notification {
        const uint8_t *data; /* borrowed */
        size_t len;
        int format;
        uint32_t sequence;
        bool confirmable;
        const ObserveQuery *query; /* of the request; NULL: none */
} Notification;

/* `path` and `accept` (FORMAT_NONE without) as in the Observe request. -ENOSPC. */
int notification_send(Endpoint *endpoint, const CoapToken *token, Path path, int accept,
                      const Notification *notification);

/* The last one of an observation: an error code, without Observe option. Confirmable, so that it
 * arrives. */
int notification_send_error(Endpoint *endpoint, const CoapToken *token, Path path, int accept,
                            uint8_t code);
