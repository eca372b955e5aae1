/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A DTLS server on Mbed TLS in the test's own process, on the fake host's
 * clock and without a socket. It remembers sessions by id and by ticket
 * across dtls_server_reset(), and answers each message with the same in
 * capitals.
 */

#include <glib.h>

#include "fake-host.h"

typedef struct DtlsServer DtlsServer;

/* `suite` 0 for any; `tickets` or session ids, not both. The key is not kept by the caller. */
DtlsServer *dtls_server_new(FakeHost *host, int suite, gboolean tickets);
void dtls_server_free(DtlsServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DtlsServer, dtls_server_free)

/* Another key or identity than "0123456789abcdef" and "device-1". */
void dtls_server_set_psk(DtlsServer *server, const char *key, gsize len, const char *identity);

/* Wants a connection ID in datagrams to it, where the library has them. After set_psk(). */
void dtls_server_offer_cid(DtlsServer *server, guint8 len);

/* The same server, waiting for the next handshake. */
void dtls_server_reset(DtlsServer *server);

/* Takes a datagram; what it answers is popped. */
void dtls_server_receive(DtlsServer *server, GBytes *datagram);
GBytes *dtls_server_pop(DtlsServer *server);

/* Lets a due retransmission happen. */
void dtls_server_expire(DtlsServer *server);

/* One message, an alert, a HelloRequest, on the association. */
void dtls_server_send(DtlsServer *server, const char *message);
void dtls_server_send_alert(DtlsServer *server, int level, int alert);
void dtls_server_renegotiate(DtlsServer *server);

gboolean dtls_server_is_ready(const DtlsServer *server);

/* What it got last: a message, owned by the server; the library's last error, 0: none. */
const char *dtls_server_message(const DtlsServer *server);
int dtls_server_error(const DtlsServer *server);

/* Carries datagrams both ways until there are none. */
void dtls_server_exchange(DtlsServer *server);

/* create(), start() and exchange: asserts that both sides are ready. */
void dtls_server_connect(DtlsServer *server);
