/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include <coap3/coap.h>
#include <glib.h>

/* One port, on 127.0.0.1 and, where the machine has it, on ::1. */
typedef struct Endpoint {
        uint16_t port;
        bool ipv6;
        int fd[2]; /* borrowed from libcoap; [1] is IPv6 or -1 */
} Endpoint;

/*
 * Listens on a port, or with port 0 on one that no other socket of this machine has on either
 * address. Negative errno when the port cannot be had.
 */
int endpoint_listen(coap_context_t *coap, coap_proto_t proto, uint16_t port,
                    Endpoint *ret_endpoint);

/* Sends any bytes from the endpoint's own address. 0 or a negative errno. */
int endpoint_send(const Endpoint *endpoint, const struct sockaddr *to, socklen_t to_len,
                  GBytes *data);
