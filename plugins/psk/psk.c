/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * DTLS with a pre-shared key (RFC 4279; Core security mode 0; RFC 7925, 4.2).
 *
 * The library wants a key before it offers a PSK suite, so it is configured
 * with a placeholder. The real one is read when the server has answered, lives
 * in the library for the two steps that make the master secret of it, and is
 * replaced by the placeholder in the same call.
 */

#include <errno.h>
#include <string.h>

#include "session.h"

static const int PSK_SUITES[] = {
        0xC0A8, /* TLS_PSK_WITH_AES_128_CCM_8 (RFC 6655) */
        0x00AE, /* TLS_PSK_WITH_AES_128_CBC_SHA256 (RFC 5487) */
        0,
};

static const unsigned char PLACEHOLDER[1] = {0};

static int psk_judge_length(LwmSecuritySession *session, ssize_t len)
{
        if (len == 0) {
                session_log(session, LOG_ERR, "the pre-shared key is empty");
                return -EKEYREJECTED;
        }
        if (len > MBEDTLS_PSK_MAX_LEN) {
                session_log(session, LOG_ERR,
                            "the pre-shared key has %zd bytes, " LIBRARY_NAME " takes at most %d",
                            len, MBEDTLS_PSK_MAX_LEN);
                return -EKEYREJECTED;
        }

        return 0;
}

/* Asks for the length alone. */
static int psk_check(LwmSecuritySession *session)
{
        ssize_t len;

        len = session->host->key_read(session->link, session->secret, NULL, 0);
        if (len < 0) {
                session_log(session, LOG_ERR, "cannot read the pre-shared key: %s",
                            strerror((int) -len));
                return (int) len;
        }

        return psk_judge_length(session, len);
}

static int psk_prepare(LwmSecuritySession *session, const LwmSecurityConfig *config)
{
        const LwmSecurityBytes *identity = &config->credentials.identity;
        int r;

        if (session->secret == 0) {
                session_log(session, LOG_ERR, "no pre-shared key is configured");
                return -ENOKEY;
        }
        if (!identity->data || identity->len == 0) {
                session_log(session, LOG_ERR, "no identity is configured for the pre-shared key");
                return -EINVAL;
        }

        r = psk_check(session);
        if (r < 0)
                return r;

        r = mbedtls_ssl_conf_psk(&session->config, PLACEHOLDER, sizeof(PLACEHOLDER), identity->data,
                                 identity->len);
        if (r != 0)
                return r == MBEDTLS_ERR_SSL_ALLOC_FAILED ? -ENOMEM : -EINVAL;

        return 0;
}

static int psk_fetch(LwmSecuritySession *session)
{
        unsigned char key[MBEDTLS_PSK_MAX_LEN];
        ssize_t len;
        int r;

        len = session->host->key_read(session->link, session->secret, key, sizeof(key));
        if (len < 0) {
                session_log(session, LOG_ERR, "cannot read the pre-shared key: %s",
                            strerror((int) -len));
                return (int) len;
        }

        r = psk_judge_length(session, len);
        if (r == 0 && mbedtls_ssl_set_hs_psk(&session->ssl, key, (size_t) len) != 0)
                r = -ENOMEM;

        explicit_bzero(key, sizeof(key));
        return r;
}

static int psk_before_step(LwmSecuritySession *session, int state)
{
        if (state != MBEDTLS_SSL_CLIENT_KEY_EXCHANGE)
                return 0;

        return psk_fetch(session);
}

static void psk_after_step(LwmSecuritySession *session, int state)
{
        bool failed = session->ssl.state == state;

        /* the library makes the master secret on its way through CERTIFICATE_VERIFY */
        if (state == MBEDTLS_SSL_CERTIFICATE_VERIFY ||
            (state == MBEDTLS_SSL_CLIENT_KEY_EXCHANGE && failed))
                mbedtls_ssl_set_hs_psk(&session->ssl, PLACEHOLDER, sizeof(PLACEHOLDER));
}

static const DtlsMode PSK_MODE = {
        .name = "psk",
        .suites = PSK_SUITES,
        .prepare = psk_prepare,
        .begin = psk_check,
        .before_step = psk_before_step,
        .after_step = psk_after_step,
};

static int psk_create(const LwmSecurityHost *host, LwmSecurityLink *link,
                      const LwmSecurityConfig *config, LwmSecuritySession **ret)
{
        return dtls_create(&PSK_MODE, host, link, config, ret);
}

static int psk_restore(const LwmSecurityHost *host, LwmSecurityLink *link,
                       const LwmSecurityConfig *config, LwmSecuritySave kind, const void *data,
                       size_t len, LwmSecuritySession **ret)
{
        return dtls_restore(&PSK_MODE, host, link, config, kind, data, len, ret);
}

LWM_SECURITY_EXPORT const LwmSecurityPlugin lwm_security_plugin = {
        .abi = LWM_SECURITY_ABI,
        .size = sizeof(LwmSecurityPlugin),
        .name = "psk",
        .version = LWM2MD_PLUGIN_VERSION,
        .library = LIBRARY_NAME,
        .ip_modes = LWM_SECURITY_MODE(0),
        .saves = LWM_SECURITY_SAVES(LWM_SECURITY_SAVE_TICKET) |
                 LWM_SECURITY_SAVES(LWM_SECURITY_SAVE_CONTEXT),
        .create = psk_create,
        .destroy = dtls_destroy,
        .start = dtls_start,
        .receive = dtls_receive,
        .send = dtls_send,
        .expire = dtls_expire,
        .close = dtls_close,
        .status = dtls_status,
        .save = dtls_save,
        .restore = psk_restore,
};
