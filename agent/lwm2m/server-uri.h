/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The URI of a server (/0/x/0) taken apart. */

#include <glib.h>
#include <stdint.h>

/* The most segments of a server's path. */
#define SERVER_URI_MAX_SEGMENTS 8

typedef struct ServerUri {
        char *host;    /* a name, or an address without brackets; NULL over SMS */
        char *number;  /* of a server that is reached by SMS, else NULL */
        uint16_t port; /* 5683 and 5684 where the URI has none (RFC 7252, 6.1 and 6.2) */
        char **path;   /* what comes before "rd": decoded segments, NULL at the end */
} ServerUri;

/* "coap://…", "coaps://…"; "tel:+12…", "sms:+12…", "coap+sms://+12…/…", "coap+tel://…". -EINVAL.
 * Clear with server_uri_clear(). */
int server_uri_parse(const char *text, ServerUri *ret);
void server_uri_clear(ServerUri *uri);
