/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The events of a session: what the host calls. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert.h"
#include "session.h"

static void session_enter(LwmSecuritySession *session, uint64_t now)
{
        session->deadline.now = now;
        session->emit_error = 0;
        session->n_emitted = 0;
}

static int session_leave(LwmSecuritySession *session, int r)
{
        session->input = (Input){0};
        session->status.deadline = deadline_next(&session->deadline);
        return r;
}

void dtls_destroy(LwmSecuritySession *session)
{
        if (!session)
                return;

        mbedtls_ssl_free(&session->ssl);
        mbedtls_ssl_config_free(&session->config);
        explicit_bzero(session, sizeof(*session));
        free(session);
}

int dtls_start(LwmSecuritySession *session, uint64_t now)
{
        int r;

        if (session->status.state != LWM_SECURITY_IDLE)
                return -EALREADY;

        session_enter(session, now);
        r = session->mode->begin(session);
        if (r < 0)
                return session_leave(session, session_fail(session, r));

        deadline_start(&session->deadline, session->handshake_limit_ms);
        session->status.state = LWM_SECURITY_CONNECTING;
        return session_leave(session, handshake_run(session));
}

/* RFC 5246, 7.2.1: the other side answers with its own and closes at once */
static int session_on_close_notify(LwmSecuritySession *session)
{
        session->status.alert_received = ALERT_CLOSE_NOTIFY;
        session_send_alert(session, MBEDTLS_SSL_ALERT_LEVEL_WARNING, ALERT_CLOSE_NOTIFY);
        session->status.state = LWM_SECURITY_CLOSED;
        session->status.max_message = 0;
        session_log(session, LOG_INFO, "the server closed the session");
        return 0;
}

/* Hands up one decrypted message. 1: there may be more; 0: done; or the error. */
static int session_read(LwmSecuritySession *session, unsigned *n_accepted)
{
        int n;
        int r;

        n = mbedtls_ssl_read(&session->ssl, session->plain, sizeof(session->plain));
        if (n == MBEDTLS_ERR_SSL_WANT_READ || n == MBEDTLS_ERR_SSL_WANT_WRITE)
                return 0;

        (*n_accepted)++;
        if (n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
                return session_on_close_notify(session);
        if (n < 0)
                return session_fail_library(session, n);
        if (n == 0) /* an empty record: authentic, and nothing to hand up */
                return 1;

        r = session->host->emit_message(session->link, session->plain, (size_t) n);
        explicit_bzero(session->plain, (size_t) n); /* a bootstrap server writes keys */
        if (r < 0)
                session->emit_error = r;

        return 1;
}

/*
 * The library drops by itself what is forged, repeated or from another epoch
 * (RFC 6347, 4.1.2.7); here it shows as nothing having happened.
 */
static int ready_receive(LwmSecuritySession *session, const Record *record)
{
        unsigned n_emitted = session->n_emitted;
        unsigned n_accepted = 0;
        int r;

        session->input = (Input){record->data, record->len};
        do {
                r = session_read(session, &n_accepted);
        } while (r > 0 && session->status.state == LWM_SECURITY_READY);

        if (r < 0)
                return r;
        if (n_accepted == 0 && session->n_emitted == n_emitted)
                return -EBADMSG;

        return session->emit_error;
}

static bool session_is_open(const LwmSecuritySession *session)
{
        return session->status.state == LWM_SECURITY_CONNECTING ||
               session->status.state == LWM_SECURITY_READY;
}

static int receive_record(LwmSecuritySession *session, const Record *record)
{
        if (session->status.state == LWM_SECURITY_CONNECTING)
                return handshake_receive(session, record);

        return ready_receive(session, record);
}

/*
 * Record by record: a bad one must not take the good ones around it with it,
 * and the library takes a rest that is too short for a record for an error of
 * its own, which ends the session.
 */
static int receive_records(LwmSecuritySession *session, const uint8_t *data, size_t len)
{
        int result = -EBADMSG;
        Record record;
        int r;

        while (session_is_open(session) &&
               record_next(&data, &len, session->cid_len, &record) > 0) {
                r = receive_record(session, &record);
                if (r != -EBADMSG)
                        result = r;
        }

        return result;
}

int dtls_receive(LwmSecuritySession *session, const void *data, size_t len, uint64_t now)
{
        if (!session_is_open(session))
                return -ENOTCONN;
        if (len > sizeof(session->plain))
                return -EBADMSG;

        session_enter(session, now);
        return session_leave(session, receive_records(session, data, len));
}

int dtls_send(LwmSecuritySession *session, const void *data, size_t len, uint64_t now)
{
        int n;

        if (session->status.state != LWM_SECURITY_READY)
                return -ENOTCONN;
        if (len == 0)
                return -EINVAL;
        if (len > session->status.max_message)
                return -EMSGSIZE;

        session_enter(session, now);
        n = mbedtls_ssl_write(&session->ssl, data, len);
        if (n < 0)
                return session_leave(session, session_fail_library(session, n));

        return session_leave(session, session->emit_error);
}

int dtls_expire(LwmSecuritySession *session, uint64_t now)
{
        session_enter(session, now);
        if (session->status.state != LWM_SECURITY_CONNECTING)
                return 0;
        if (deadline_is_over(&session->deadline))
                return session_leave(session,
                                     session_fail_library(session, MBEDTLS_ERR_SSL_TIMEOUT));

        return session_leave(session, handshake_run(session));
}

int dtls_close(LwmSecuritySession *session, uint64_t now)
{
        if (session->frozen || session->status.state == LWM_SECURITY_FAILED)
                return -ENOTCONN;

        session_enter(session, now);
        if (session->status.state == LWM_SECURITY_READY)
                session_send_alert(session, MBEDTLS_SSL_ALERT_LEVEL_WARNING, ALERT_CLOSE_NOTIFY);

        deadline_stop(&session->deadline);
        session->status.state = LWM_SECURITY_CLOSED;
        session->status.max_message = 0;
        return session_leave(session, 0);
}

const LwmSecurityStatus *dtls_status(const LwmSecuritySession *session)
{
        return &session->status;
}
