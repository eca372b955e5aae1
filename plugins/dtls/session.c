/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The state of a session: what ends it, what makes it ready, and what is said of it. */

#include "session.h"

#include <errno.h>
#include <stdio.h>

#include "alert.h"

#define LOG_LINE_MAX 240

void session_log(LwmSecuritySession *session, int priority, const char *format, ...)
{
        char line[LOG_LINE_MAX];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(line, sizeof(line), format, arguments);
        va_end(arguments);
        session->host->log(session->link, priority, line);
}

int session_fail(LwmSecuritySession *session, int error)
{
        session->status.state = LWM_SECURITY_FAILED;
        session->status.error = error;
        session->status.max_message = 0;
        deadline_stop(&session->deadline);
        return error;
}

static int session_on_alert(LwmSecuritySession *session, int alert, bool handshake)
{
        session->status.alert_received = (int16_t) alert;
        session_log(session, LOG_WARNING, "%s: the server sent alert %d %s",
                    handshake ? "handshake failed" : "session ended", alert, alert_name(alert));
        return alert_to_errno(alert, handshake);
}

/* OpenSSL, for one, says nothing to a Finished under another key (RFC 6347, 4.1.2.7) */
static int session_on_timeout(LwmSecuritySession *session)
{
        if (session->key_exchanged)
                session_log(session, LOG_WARNING,
                            "handshake timed out after %u ms: the server fell silent when it got "
                            "our Finished, its key may not be ours",
                            session->handshake_limit_ms);
        else
                session_log(session, LOG_WARNING, "handshake timed out after %u ms",
                            session->handshake_limit_ms);

        return -ETIMEDOUT;
}

static int session_on_library_error(LwmSecuritySession *session, int result, bool handshake)
{
        const char *what = handshake ? "handshake failed" : "session ended";
        char text[120];

        mbedtls_strerror(result, text, sizeof(text));
        if (session->status.alert_sent >= 0)
                session_log(session, LOG_WARNING, "%s: %s; we sent alert %d %s", what, text,
                            session->status.alert_sent, alert_name(session->status.alert_sent));
        else
                session_log(session, LOG_WARNING, "%s: %s", what, text);

        return -EPROTO;
}

int session_fail_library(LwmSecuritySession *session, int result)
{
        bool handshake = session->status.state == LWM_SECURITY_CONNECTING;
        int error;

        switch (result) {
        case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
                error = session_on_alert(session, session->ssl.in_msg[1], handshake);
                break;
        case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
                error = session_on_alert(session, ALERT_CLOSE_NOTIFY, handshake);
                break;
        case MBEDTLS_ERR_SSL_TIMEOUT:
                error = session_on_timeout(session);
                break;
        case MBEDTLS_ERR_SSL_ALLOC_FAILED:
                error = -ENOMEM;
                break;
        case MBEDTLS_ERR_SSL_COUNTER_WRAPPING:
                error = -EOVERFLOW;
                break;
        default:
                error = session_on_library_error(session, result, handshake);
                break;
        }

        return session_fail(session, error);
}

void session_ready(LwmSecuritySession *session, bool resumed)
{
        const char *suite = mbedtls_ssl_get_ciphersuite(&session->ssl);
        int expansion = mbedtls_ssl_get_record_expansion(&session->ssl);
        int longest = mbedtls_ssl_get_max_out_record_payload(&session->ssl);

        mbedtls_ssl_conf_dtls_anti_replay(&session->config, MBEDTLS_SSL_ANTI_REPLAY_ENABLED);
        deadline_stop(&session->deadline);
        session->early_len = 0;
        session->status.state = LWM_SECURITY_READY;
        session->status.cipher_suite = (uint16_t) mbedtls_ssl_get_ciphersuite_id(suite);
        session->status.overhead = (uint16_t) (expansion > 0 ? expansion : 0);
        session->status.max_message = (uint16_t) (longest > 0 ? longest : 0);
        session->status.resumed = resumed;
        session->status.mobile = cid_in_use(&session->ssl);
        session_log(session, LOG_INFO, "session is ready, %s%s", suite, resumed ? ", resumed" : "");
}

void session_send_alert(LwmSecuritySession *session, int level, int alert)
{
        session->alert_is_ours = true;
        mbedtls_ssl_send_alert_message(&session->ssl, (unsigned char) level, (unsigned char) alert);
        session->alert_is_ours = false;
        session->status.alert_sent = (int16_t) alert;
}
