/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The library's ways to the host: datagrams out and in, randomness, time. */

#include <string.h>

#include "alert.h"
#include "session.h"

/*
 * The library does not say which alert it sends, but before the keys are in
 * use it can be read; after that the only one it sends by itself, other than
 * at the end of a broken session, is its refusal of a renegotiation.
 */
static void session_on_record_out(LwmSecuritySession *session, const Record *record)
{
        if (record->epoch == 0 && record->type == RECORD_HANDSHAKE &&
            record->content[0] == HANDSHAKE_CLIENT_KEY_EXCHANGE)
                session->key_exchanged = true;

        if (record->type != RECORD_ALERT || session->alert_is_ours)
                return;

        if (record->epoch == 0 && record->content_len == 2)
                session->status.alert_sent = record->content[1];
        else if (session->status.state == LWM_SECURITY_READY)
                session->status.alert_sent = ALERT_NO_RENEGOTIATION;
}

/* A datagram that the host does not take is a lost one, and DTLS lives with those. */
static int session_on_send(void *data, const unsigned char *buffer, size_t len)
{
        LwmSecuritySession *session = data;
        const uint8_t *p = buffer;
        size_t left = len;
        Record record;
        int r;

        while (record_next(&p, &left, session->cid_len, &record) > 0)
                session_on_record_out(session, &record);

        r = session->host->emit_wire(session->link, buffer, len);
        if (r < 0)
                session->emit_error = r;

        session->n_emitted++;
        return (int) len;
}

static int session_on_recv(void *data, unsigned char *buffer, size_t size)
{
        LwmSecuritySession *session = data;
        Input input = session->input;

        if (!input.data)
                return MBEDTLS_ERR_SSL_WANT_READ;

        session->input = (Input){0};
        if (input.len > size)
                return MBEDTLS_ERR_SSL_WANT_READ;

        memcpy(buffer, input.data, input.len);
        return (int) input.len;
}

static int session_on_random(void *data, unsigned char *buffer, size_t len)
{
        LwmSecuritySession *session = data;

        session->host->random(buffer, len);
        return 0;
}

void session_attach(LwmSecuritySession *session)
{
        mbedtls_ssl_conf_rng(&session->config, session_on_random, session);
        mbedtls_ssl_set_bio(&session->ssl, session, session_on_send, session_on_recv, NULL);
        mbedtls_ssl_set_timer_cb(&session->ssl, &session->deadline, deadline_on_set_timer,
                                 deadline_on_get_timer);
}
