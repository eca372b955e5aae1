/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <coap3/coap.h>

#include "endpoint.h"
#include "keys.h"
#include "session.h"
#include "suites.h"

/* The CoAP server: two ports, the sessions on them, the keys. Its handlers write the events. */
typedef struct Server {
        coap_context_t *coap;
        Keys *keys;
        Sessions *sessions;
        SSL_CTX *tls; /* borrowed from coap */
        Endpoint nosec;
        Endpoint psk;
} Server;

/* Listens on both ports, 0 for any. Negative errno when that fails. */
int server_new(uint16_t nosec_port, uint16_t psk_port, Server **ret_server);

void server_free(Server *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Server, server_free)
