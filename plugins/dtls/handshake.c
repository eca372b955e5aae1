/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The handshake, and what may reach it while nothing is authenticated yet. */

#include <errno.h>
#include <string.h>

#include "alert.h"
#include "session.h"

/*
 * The replay window follows the record numbers, which anybody can write while
 * nothing is authenticated: one forged record would shut out the server's. The
 * messages have numbers of their own until then (RFC 6347, 4.2.2).
 */
static void handshake_guard_replay(LwmSecuritySession *session, int state)
{
        bool authenticated = state == MBEDTLS_SSL_SERVER_FINISHED;

        mbedtls_ssl_conf_dtls_anti_replay(&session->config,
                                          authenticated ? MBEDTLS_SSL_ANTI_REPLAY_ENABLED
                                                        : MBEDTLS_SSL_ANTI_REPLAY_DISABLED);
}

static int handshake_step(LwmSecuritySession *session)
{
        int state = session->ssl.state;
        int r;

        handshake_guard_replay(session, state);
        r = session->mode->before_step(session, state);
        if (r < 0) {
                session_send_alert(session, MBEDTLS_SSL_ALERT_LEVEL_FATAL, ALERT_INTERNAL_ERROR);
                session->mode->after_step(session, state);
                return session_fail(session, r);
        }

        r = mbedtls_ssl_handshake_step(&session->ssl);
        if (r != MBEDTLS_ERR_SSL_WANT_READ)
                session->mode->after_step(session, state);

        return r;
}

int handshake_run(LwmSecuritySession *session)
{
        int r;

        while (session->ssl.state != MBEDTLS_SSL_HANDSHAKE_OVER) {
                r = handshake_step(session);
                if (session->status.state == LWM_SECURITY_FAILED)
                        return r;

                /* a retransmission that was due came before the datagram: go on to it */
                if (r == MBEDTLS_ERR_SSL_WANT_READ && session->input.data)
                        continue;
                if (r == MBEDTLS_ERR_SSL_WANT_READ || r == MBEDTLS_ERR_SSL_WANT_WRITE)
                        return 0;
                if (r != 0)
                        return session_fail_library(session, r);
        }

        session_ready(session, !session->key_exchanged);
        return 0;
}

/* What the library makes of a record, without its taking any notice of it. */
static int handshake_judge(LwmSecuritySession *session, const uint8_t *data, size_t len)
{
        memcpy(session->plain, data, len); /* the library decrypts in place, and wipes */
        return mbedtls_ssl_check_record(&session->ssl, session->plain, len);
}

static int handshake_feed(LwmSecuritySession *session, const uint8_t *data, size_t len)
{
        session->input = (Input){data, len};
        return handshake_run(session);
}

/* A Finished that overtook its ChangeCipherSpec waits here; the last one wins. */
static void handshake_keep_early(LwmSecuritySession *session, const Record *record)
{
        if (record->epoch != 1 || record->len > sizeof(session->early))
                return;
        if (record->type != RECORD_HANDSHAKE && record->type != RECORD_CID)
                return;

        memcpy(session->early, record->data, record->len);
        session->early_len = record->len;
}

static int handshake_take_early(LwmSecuritySession *session)
{
        size_t len = session->early_len;

        if (len == 0 || session->status.state != LWM_SECURITY_CONNECTING)
                return 0;
        if (handshake_judge(session, session->early, len) != 0)
                return 0;

        session->early_len = 0;
        return handshake_feed(session, session->early, len);
}

/*
 * Mbed TLS takes a record of the new epoch that does not authenticate for the
 * end of the handshake, also one it had put aside. Anybody can send that, so
 * such records never reach it: each one is judged first, on a copy.
 */
int handshake_receive(LwmSecuritySession *session, const Record *record)
{
        int r;

        if (record->epoch == 0 && !record_is_plausible(record))
                return -EBADMSG;

        r = handshake_judge(session, record->data, record->len);
        if (r == MBEDTLS_ERR_SSL_UNEXPECTED_RECORD)
                handshake_keep_early(session, record);
        if (r != 0)
                return -EBADMSG;

        r = handshake_feed(session, record->data, record->len);
        if (r < 0)
                return r;

        return handshake_take_early(session);
}
