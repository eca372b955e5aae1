/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Making a session of what the host configures. */

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

static bool mode_has_suite(const DtlsMode *mode, int suite)
{
        for (const int *known = mode->suites; *known != 0; known++) {
                if (*known == suite)
                        return true;
        }

        return false;
}

/* The mode's suites, or those of them that the account allows (Core, /0/x/16). */
static int session_choose_suites(LwmSecuritySession *session, const LwmSecurityConfig *config)
{
        size_t n = 0;

        if (!config->cipher_suites || config->n_cipher_suites == 0) {
                for (const int *suite = session->mode->suites; *suite != 0; suite++)
                        session->suites[n++] = *suite;
                return 0;
        }

        for (size_t i = 0; i < config->n_cipher_suites && n < DTLS_MAX_SUITES; i++) {
                if (mode_has_suite(session->mode, config->cipher_suites[i]))
                        session->suites[n++] = config->cipher_suites[i];
        }
        if (n > 0)
                return 0;

        session_log(session, LOG_ERR,
                    "none of the %zu configured cipher suites is one of this mode",
                    config->n_cipher_suites);
        return -EPROTONOSUPPORT;
}

/* RFC 6066, 3: a name, not an address in letters */
static bool is_host_name(const char *name)
{
        uint8_t address[sizeof(struct in6_addr)];

        return name && inet_pton(AF_INET, name, address) != 1 &&
               inet_pton(AF_INET6, name, address) != 1;
}

/* What another process must share to use what this one saved. */
static int session_bind(LwmSecuritySession *session, const LwmSecurityConfig *config)
{
        const mbedtls_md_info_t *sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
        const LwmSecurityBytes *identity = &config->credentials.identity;
        const LwmSecurityBytes *peer = &config->credentials.peer;
        mbedtls_md_context_t md;
        int r;

        mbedtls_md_init(&md);
        r = mbedtls_md_setup(&md, sha256, 0);
        if (r == 0)
                r = mbedtls_md_starts(&md);
        if (r == 0)
                r = mbedtls_md_update(&md, (const uint8_t *) session->mode->name,
                                      strlen(session->mode->name) + 1);
        if (r == 0)
                r = mbedtls_md_update(&md, (const uint8_t *) session->suites,
                                      sizeof(session->suites));
        if (r == 0)
                r = mbedtls_md_update(&md, &session->cid_len, sizeof(session->cid_len));
        if (r == 0)
                r = mbedtls_md_update(&md, (const uint8_t *) &identity->len, sizeof(identity->len));
        if (r == 0 && identity->len > 0)
                r = mbedtls_md_update(&md, identity->data, identity->len);
        if (r == 0 && peer->len > 0)
                r = mbedtls_md_update(&md, peer->data, peer->len);
        if (r == 0)
                r = mbedtls_md_finish(&md, session->binding);
        mbedtls_md_free(&md);
        return r == 0 ? 0 : -ENOMEM;
}

static int session_configure(LwmSecuritySession *session, const LwmSecurityConfig *config)
{
        uint32_t initial = config->initial_timeout_ms;
        int r;

        session->handshake_limit_ms = config->handshake_limit_ms;
        if (session->handshake_limit_ms == 0)
                session->handshake_limit_ms = DTLS_HANDSHAKE_LIMIT_MS;
        if (initial == 0)
                initial = DTLS_INITIAL_TIMEOUT_MS;

        r = mbedtls_ssl_config_defaults(&session->config, MBEDTLS_SSL_IS_CLIENT,
                                        MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT);
        if (r != 0)
                return -ENOMEM;

        library_require_dtls12(&session->config);
        mbedtls_ssl_conf_ciphersuites(&session->config, session->suites);
        /* RFC 6347, 4.2.4.1: doubled each time; ours is the end of it */
        mbedtls_ssl_conf_handshake_timeout(
                &session->config, initial,
                initial > session->handshake_limit_ms ? initial : session->handshake_limit_ms);
        mbedtls_ssl_conf_renegotiation(&session->config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
        return cid_configure(&session->config, session->cid_len);
}

static int session_set_up(LwmSecuritySession *session, const LwmSecurityConfig *config)
{
        uint8_t cid[CID_MAX];
        int r;

        session_attach(session);
        r = mbedtls_ssl_setup(&session->ssl, &session->config);
        if (r != 0)
                return r == MBEDTLS_ERR_SSL_ALLOC_FAILED ? -ENOMEM : -EIO;

        mbedtls_ssl_set_mtu(&session->ssl, session->mtu);
        r = mbedtls_ssl_set_hostname(
                &session->ssl, is_host_name(config->server_name) ? config->server_name : NULL);
        if (r != 0)
                return r == MBEDTLS_ERR_SSL_ALLOC_FAILED ? -ENOMEM : -EINVAL;

        session->host->random(cid, sizeof(cid));
        return cid_offer(&session->ssl, cid, session->cid_len);
}

static int session_fill(LwmSecuritySession *session, const LwmSecurityConfig *config)
{
        int r;

        r = session_choose_suites(session, config);
        if (r < 0)
                return r;

        r = session_bind(session, config);
        if (r < 0)
                return r;

        r = session_configure(session, config);
        if (r < 0)
                return r;

        r = session->mode->prepare(session, config);
        if (r < 0)
                return r;

        return session_set_up(session, config);
}

int dtls_create(const DtlsMode *mode, const LwmSecurityHost *host, LwmSecurityLink *link,
                const LwmSecurityConfig *config, LwmSecuritySession **ret)
{
        LwmSecuritySession *session;
        int r;

        if (config->mtu < DTLS_MTU_MIN)
                return -EINVAL;

        r = library_init();
        if (r < 0)
                return r;

        session = calloc(1, sizeof(*session));
        if (!session)
                return -ENOMEM;

        session->host = host;
        session->link = link;
        session->mode = mode;
        session->mtu = config->mtu;
        session->secret = config->credentials.secret;
        session->cid_len = config->connection_id_length;
        if (session->cid_len > cid_longest())
                session->cid_len = cid_longest();
        session->status = (LwmSecurityStatus){
                .size = sizeof(LwmSecurityStatus),
                .state = LWM_SECURITY_IDLE,
                .alert_sent = -1,
                .alert_received = -1,
                .deadline = LWM_SECURITY_NEVER,
        };
        deadline_init(&session->deadline);
        mbedtls_ssl_config_init(&session->config);
        mbedtls_ssl_init(&session->ssl);

        r = session_fill(session, config);
        if (r < 0) {
                dtls_destroy(session);
                return r;
        }

        *ret = session;
        return 0;
}
