/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What is needed to go on later: a short header that says what it fits, and
 * the library's own form of a session (TICKET) or of an association (CONTEXT).
 */

#include <errno.h>
#include <string.h>

#include "session.h"

#define SAVE_FORMAT 1

/* Read by the build that wrote it and by no other, so in this machine's order. */
typedef struct SaveHeader {
        char magic[4];
        uint8_t format;
        uint8_t kind;
        uint8_t reserved[2];
        uint32_t library;
        uint8_t binding[BINDING_LEN];
} SaveHeader;

static void save_header_fill(const LwmSecuritySession *session, LwmSecuritySave kind,
                             SaveHeader *ret)
{
        memset(ret, 0, sizeof(*ret));
        memcpy(ret->magic, "LwmD", sizeof(ret->magic));
        ret->format = SAVE_FORMAT;
        ret->kind = (uint8_t) kind;
        ret->library = MBEDTLS_VERSION_NUMBER;
        memcpy(ret->binding, session->binding, sizeof(ret->binding));
}

/* The number of octets that were written, or would be. */
static ssize_t save_ticket(LwmSecuritySession *session, uint8_t *data, size_t size)
{
        const mbedtls_ssl_session *resumable = session->ssl.session;
        size_t len = 0;
        int r;

        if (!resumable)
                return -ENOTCONN;
        if (resumable->id_len == 0 && resumable->ticket_len == 0)
                return -ENODATA;

        r = mbedtls_ssl_session_save(resumable, data, size, &len);
        if (r != 0 && r != MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL)
                return -EIO;

        return (ssize_t) len;
}

static ssize_t save_context(LwmSecuritySession *session, uint8_t *data, size_t size)
{
        size_t len = 0;
        int r;

        if (session->status.state != LWM_SECURITY_READY)
                return -ENOTCONN;
        /* the library saves no CBC state */
        if (strstr(mbedtls_ssl_get_ciphersuite(&session->ssl), "-CBC-"))
                return -EOPNOTSUPP;
        /* the server may still want our last flight again */
        if (session->ssl.handshake)
                return -EAGAIN;

        r = mbedtls_ssl_context_save(&session->ssl, data, size, &len);
        if (r != 0 && r != MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL)
                return -EIO;
        if (r != 0)
                return (ssize_t) len;

        session->frozen = true;
        session->status.state = LWM_SECURITY_CLOSED;
        session->status.max_message = 0;
        return (ssize_t) len;
}

static ssize_t save_kind(LwmSecuritySession *session, LwmSecuritySave kind, uint8_t *data,
                         size_t size)
{
        switch (kind) {
        case LWM_SECURITY_SAVE_TICKET:
                return save_ticket(session, data, size);
        case LWM_SECURITY_SAVE_CONTEXT:
                return save_context(session, data, size);
        default:
                return -EOPNOTSUPP;
        }
}

ssize_t dtls_save(LwmSecuritySession *session, LwmSecuritySave kind, void *data, size_t size)
{
        uint8_t *p = data;
        SaveHeader header;
        ssize_t len;

        if (session->frozen)
                return -ENOTCONN;

        /* the library writes all of it or nothing, and then says how much it is */
        if (size <= sizeof(header))
                len = save_kind(session, kind, NULL, 0);
        else
                len = save_kind(session, kind, p + sizeof(header), size - sizeof(header));
        if (len < 0)
                return len;

        len += (ssize_t) sizeof(header);
        if ((size_t) len <= size) {
                save_header_fill(session, kind, &header);
                memcpy(p, &header, sizeof(header));
        }

        return len;
}

static int restore_ticket(LwmSecuritySession *session, const uint8_t *data, size_t len)
{
        mbedtls_ssl_session resumable;
        int r;

        mbedtls_ssl_session_init(&resumable);
        r = mbedtls_ssl_session_load(&resumable, data, len);
        if (r == 0)
                r = mbedtls_ssl_set_session(&session->ssl, &resumable);
        mbedtls_ssl_session_free(&resumable);
        if (r != 0)
                return r == MBEDTLS_ERR_SSL_ALLOC_FAILED ? -ENOMEM : -ESTALE;

        return 0;
}

static int restore_context(LwmSecuritySession *session, const uint8_t *data, size_t len)
{
        int r;

        r = mbedtls_ssl_context_load(&session->ssl, data, len);
        if (r != 0)
                return r == MBEDTLS_ERR_SSL_ALLOC_FAILED ? -ENOMEM : -ESTALE;

        /* the library saves the MTU too, but the path may be another */
        mbedtls_ssl_set_mtu(&session->ssl, session->mtu);
        session_ready(session, true);
        return 0;
}

static int restore_kind(LwmSecuritySession *session, LwmSecuritySave kind, const uint8_t *data,
                        size_t len)
{
        SaveHeader expected;

        save_header_fill(session, kind, &expected);
        if (len <= sizeof(expected) || memcmp(data, &expected, sizeof(expected)) != 0)
                return -ESTALE;

        data += sizeof(expected);
        len -= sizeof(expected);
        switch (kind) {
        case LWM_SECURITY_SAVE_TICKET:
                return restore_ticket(session, data, len);
        case LWM_SECURITY_SAVE_CONTEXT:
                return restore_context(session, data, len);
        default:
                return -EOPNOTSUPP;
        }
}

int dtls_restore(const DtlsMode *mode, const LwmSecurityHost *host, LwmSecurityLink *link,
                 const LwmSecurityConfig *config, LwmSecuritySave kind, const void *data,
                 size_t len, LwmSecuritySession **ret)
{
        LwmSecuritySession *session;
        int r;

        r = dtls_create(mode, host, link, config, &session);
        if (r < 0)
                return r;

        r = restore_kind(session, kind, data, len);
        if (r < 0) {
                dtls_destroy(session);
                return r;
        }

        *ret = session;
        return 0;
}
