/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The inside of a session, for the engine's own files and its modes. */

#include <stdarg.h>
#include <syslog.h>

#include "cid.h"
#include "deadline.h"
#include "engine.h"
#include "record.h"

#define BINDING_LEN 32                       /* SHA-256 over what saved state depends on */
#define EARLY_MAX 256                        /* a Finished that overtook its ChangeCipherSpec */
#define PLAIN_MAX MBEDTLS_SSL_IN_CONTENT_LEN /* longest message of the peer (RFC 6347, 4.1) */

/* One datagram or record that the library is to read next. */
typedef struct Input {
        const uint8_t *data; /* NULL: taken, or none */
        size_t len;
} Input;

struct LwmSecuritySession {
        LwmSecurityStatus status;
        const LwmSecurityHost *host;
        LwmSecurityLink *link;
        const DtlsMode *mode;

        mbedtls_ssl_config config;
        mbedtls_ssl_context ssl;
        int suites[DTLS_MAX_SUITES + 1];
        uint16_t mtu;
        uint8_t cid_len;
        int32_t secret; /* kernel key serial */
        uint32_t handshake_limit_ms;
        uint8_t binding[BINDING_LEN];
        Deadline deadline;

        Input input;
        int emit_error;     /* of the call in progress: the host did not take a datagram */
        unsigned n_emitted; /* datagrams that the call in progress emitted */
        bool key_exchanged; /* ClientKeyExchange went out: not an abbreviated handshake */
        bool alert_is_ours; /* the engine itself is sending an alert and notes its number */
        bool frozen;        /* saved as CONTEXT */

        size_t early_len;
        uint8_t early[EARLY_MAX];
        uint8_t plain[PLAIN_MAX]; /* a decrypted message, for the length of emit_message() */
};

/* One line to the host, with printf's rules. */
void session_log(LwmSecuritySession *session, int priority, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Goes to FAILED and returns `error`. */
int session_fail(LwmSecuritySession *session, int error);

/* The library's answer is the end of the session: says why, goes to FAILED, returns the error. */
int session_fail_library(LwmSecuritySession *session, int result);

/* The handshake is over, or was restored: to READY. */
void session_ready(LwmSecuritySession *session, bool resumed);

/* Sends an alert and notes it in the status. */
void session_send_alert(LwmSecuritySession *session, int level, int alert);

/* Connects the library's callbacks with the host. */
void session_attach(LwmSecuritySession *session);

/* Runs the handshake as far as it goes without another datagram. 0, or the error it ended with. */
int handshake_run(LwmSecuritySession *session);

/* Takes one record while CONNECTING: -EBADMSG where it was dropped. */
int handshake_receive(LwmSecuritySession *session, const Record *record);
