/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "suites.h"

/* A socket that swallows what is sent to it; *ret_address is where. Negative errno. */
static int open_sink(coap_address_t *ret_address)
{
        coap_address_t address;
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -errno;
        coap_address_init(&address);
        address.addr.sin.sin_family = AF_INET;
        address.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.size = sizeof(address.addr.sin);
        if (bind(fd, &address.addr.sa, address.size) < 0 ||
            getsockname(fd, &address.addr.sa, &address.size) < 0) {
                int r = -errno;

                close(fd);
                return r;
        }
        *ret_address = address;
        return fd;
}

/*
 * A client session shares the context with the server's. So one is begun towards a socket of our
 * own, asked for its SSL object, and ended before it gets an answer.
 */
SSL_CTX *suites_find_context(coap_context_t *coap)
{
        coap_dtls_cpsk_t setup = {
                .version = COAP_DTLS_CPSK_SETUP_VERSION,
                .psk_info.identity = {1, (const uint8_t *) "-"},
                .psk_info.key = {1, (const uint8_t *) "-"},
        };
        coap_tls_library_t library = COAP_TLS_LIBRARY_NOTLS;
        coap_session_t *session;
        coap_address_t sink;
        SSL_CTX *context = NULL;
        int fd = open_sink(&sink);

        if (fd < 0)
                return NULL;
        session = coap_new_client_session_psk2(coap, NULL, &sink, COAP_PROTO_DTLS, &setup);
        if (session) {
                SSL *ssl = coap_session_get_tls(session, &library);

                if (ssl && library == COAP_TLS_LIBRARY_OPENSSL)
                        context = SSL_get_SSL_CTX(ssl);
                coap_session_release(session);
        }
        close(fd);
        return context;
}

int suites_set(SSL_CTX *context, const char *names)
{
        return SSL_CTX_set_cipher_list(context, names) ? 0 : -EINVAL;
}
