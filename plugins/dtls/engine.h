/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * DTLS 1.2 client on Mbed TLS, driven by the host's events: everything that
 * the plugins of the DTLS security modes have in common. A plugin describes
 * its mode in a DtlsMode, wraps dtls_create() and dtls_restore(), and puts the
 * other functions into its LwmSecurityPlugin as they are.
 *
 * What ends a session, in status.error:
 *
 *   -EACCES      the server refused our key, identity or certificate (see alert.h)
 *   -EPROTO      no common version or suite, or the server broke the protocol
 *   -ECONNRESET  the server gave the session up
 *   -ETIMEDOUT   no handshake within config.handshake_limit_ms
 *   -EKEYREVOKED, -EKEYEXPIRED, -ENOKEY …  the host's answer to key_read()
 *   -EOVERFLOW   the record numbers are used up
 *   -ENOMEM
 */

#include "library.h"
#include "lwm2m-security.h"

#define DTLS_MAX_SUITES 8              /* cipher suites of one mode */
#define DTLS_MTU_MIN 100               /* smallest config.mtu, below the 140 of an SMS */
#define DTLS_INITIAL_TIMEOUT_MS 9000   /* where the host says 0 (RFC 7925, 11) */
#define DTLS_HANDSHAKE_LIMIT_MS 120000 /* where the host says 0 */

typedef struct DtlsMode {
        const char *name;  /* of the plugin; saved state is bound to it */
        const int *suites; /* IANA numbers, most wanted first, 0 at the end */

        /* Checks config.credentials and puts what is not secret into the library's config. */
        int (*prepare)(LwmSecuritySession *session, const LwmSecurityConfig *config);

        /* Whether the handshake can begin: the secret is (still) there. */
        int (*begin)(LwmSecuritySession *session);

        /* The handshake is about to leave `state` (MBEDTLS_SSL_…): time to fetch the secret. */
        int (*before_step)(LwmSecuritySession *session, int state);

        /* The handshake has left `state`, or failed in it: time to forget it. */
        void (*after_step)(LwmSecuritySession *session, int state);
} DtlsMode;

int dtls_create(const DtlsMode *mode, const LwmSecurityHost *host, LwmSecurityLink *link,
                const LwmSecurityConfig *config, LwmSecuritySession **ret);
int dtls_restore(const DtlsMode *mode, const LwmSecurityHost *host, LwmSecurityLink *link,
                 const LwmSecurityConfig *config, LwmSecuritySave kind, const void *data,
                 size_t len, LwmSecuritySession **ret);

/* The rest is as in lwm2m-security.h. */
void dtls_destroy(LwmSecuritySession *session);
int dtls_start(LwmSecuritySession *session, uint64_t now);
int dtls_receive(LwmSecuritySession *session, const void *data, size_t len, uint64_t now);
int dtls_send(LwmSecuritySession *session, const void *data, size_t len, uint64_t now);
int dtls_expire(LwmSecuritySession *session, uint64_t now);
int dtls_close(LwmSecuritySession *session, uint64_t now);
const LwmSecurityStatus *dtls_status(const LwmSecuritySession *session);
ssize_t dtls_save(LwmSecuritySession *session, LwmSecuritySave kind, void *data, size_t size);
