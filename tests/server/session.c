/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include <openssl/ssl.h>

#include "session.h"

struct Sessions {
        GHashTable *by_coap; /* coap_session_t → Session, owned */
        int64_t last_id;
};

static void session_free(gpointer data)
{
        Session *session = data;

        g_hash_table_unref(session->resets);
        g_free(session);
}

Sessions *sessions_new(void)
{
        Sessions *sessions = g_new0(Sessions, 1);

        sessions->by_coap = g_hash_table_new_full(NULL, NULL, NULL, session_free);
        return sessions;
}

void sessions_free(Sessions *sessions)
{
        if (!sessions)
                return;
        g_hash_table_unref(sessions->by_coap);
        g_free(sessions);
}

Session *sessions_add(Sessions *sessions, coap_session_t *coap)
{
        Session *session = g_hash_table_lookup(sessions->by_coap, coap);

        if (session)
                return session;

        session = g_new0(Session, 1);
        session->id = ++sessions->last_id;
        session->coap = coap;
        session->resets = g_hash_table_new_full(g_bytes_hash, g_bytes_equal,
                                                (GDestroyNotify) g_bytes_unref, NULL);
        g_hash_table_insert(sessions->by_coap, coap, session);
        return session;
}

Session *sessions_find(Sessions *sessions, int64_t id)
{
        GHashTableIter iter;
        gpointer value;

        g_hash_table_iter_init(&iter, sessions->by_coap);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
                Session *session = value;

                if (session->id == id)
                        return session;
        }
        return NULL;
}

Session *sessions_find_coap(Sessions *sessions, const void *coap)
{
        return g_hash_table_lookup(sessions->by_coap, coap);
}

Session *sessions_find_text(Sessions *sessions, const char *text)
{
        GHashTableIter iter;
        gpointer value;

        g_hash_table_iter_init(&iter, sessions->by_coap);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
                Session *session = value;

                if (strcmp(coap_session_str(session->coap), text) == 0)
                        return session;
        }
        return NULL;
}

Session *sessions_find_dtls(Sessions *sessions, const coap_address_t *remote)
{
        GHashTableIter iter;
        gpointer value;

        g_hash_table_iter_init(&iter, sessions->by_coap);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
                Session *session = value;

                if (session_is_dtls(session) &&
                    coap_address_equals(coap_session_get_addr_remote(session->coap), remote))
                        return session;
        }
        return NULL;
}

void sessions_remove(Sessions *sessions, Session *session)
{
        g_hash_table_remove(sessions->by_coap, session->coap);
}

bool session_is_dtls(const Session *session)
{
        return coap_session_get_proto(session->coap) == COAP_PROTO_DTLS;
}

static SSL *session_ssl(const Session *session)
{
        coap_tls_library_t library;
        void *tls = coap_session_get_tls(session->coap, &library);

        return library == COAP_TLS_LIBRARY_OPENSSL ? tls : NULL;
}

/* libcoap learns it from the key exchange alone, OpenSSL keeps it in the session it resumes. */
const char *session_identity(const Session *session)
{
        const coap_bin_const_t *identity = coap_session_get_psk_identity(session->coap);
        SSL *ssl;

        if (identity && identity->length > 0)
                return (const char *) identity->s;
        ssl = session_ssl(session);
        return ssl ? SSL_get_psk_identity(ssl) : NULL;
}

const char *session_cipher(const Session *session)
{
        SSL *ssl = session_ssl(session);
        const SSL_CIPHER *cipher = ssl ? SSL_get_current_cipher(ssl) : NULL;

        return cipher ? SSL_CIPHER_standard_name(cipher) : NULL;
}

bool session_is_another(const Session *session, const uint8_t random[SESSION_RANDOM_LEN])
{
        SSL *ssl = session_ssl(session);
        uint8_t own[SESSION_RANDOM_LEN];

        if (!ssl || !SSL_is_init_finished(ssl))
                return false;
        return SSL_get_client_random(ssl, own, sizeof(own)) != sizeof(own) ||
               memcmp(own, random, sizeof(own)) != 0;
}

void session_close(Session *session, bool notify)
{
        SSL *ssl = session_ssl(session);

        if (ssl && !notify)
                SSL_set_quiet_shutdown(ssl, 1);
        /* Its state is NONE afterwards, and libcoap's loop frees such a session. */
        coap_session_disconnected(session->coap, COAP_NACK_NOT_DELIVERABLE);
}

int session_write_record(Session *session, GBytes *data)
{
        SSL *ssl = session_ssl(session);
        size_t len = 0;
        const void *bytes = g_bytes_get_data(data, &len);

        if (!ssl || !SSL_is_init_finished(ssl))
                return -ENOTCONN;
        if (SSL_write(ssl, bytes, (int) len) <= 0)
                return -EIO;
        return 0;
}
