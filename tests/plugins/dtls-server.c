/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "dtls-server.h"

#include <string.h>

#include "cid.h"
#include "deadline.h"
#include "library.h"

#include <mbedtls/ssl_cache.h>
#include <mbedtls/ssl_cookie.h>
#include <mbedtls/ssl_ticket.h>

#define CLIENT_ID "client"

struct DtlsServer {
        FakeHost *host;
        mbedtls_ssl_config config;
        mbedtls_ssl_context ssl;
        mbedtls_ssl_cookie_ctx cookies;
        mbedtls_ssl_cache_context cache;
        mbedtls_ssl_ticket_context tickets;
        int suites[2];
        Deadline deadline;
        guint8 cid_len;
        GBytes *input;
        GQueue output;
        char message[2048];
        int error;
};

static int on_random(void *data, unsigned char *buffer, size_t len)
{
        for (size_t i = 0; i < len; i++)
                buffer[i] = (unsigned char) g_random_int_range(0, 256);
        return 0;
}

static int on_send(void *data, const unsigned char *buffer, size_t len)
{
        DtlsServer *server = data;

        g_queue_push_tail(&server->output, g_bytes_new(buffer, len));
        return (int) len;
}

static int on_recv(void *data, unsigned char *buffer, size_t size)
{
        DtlsServer *server = data;
        g_autoptr(GBytes) input = g_steal_pointer(&server->input);
        gsize len;

        if (!input)
                return MBEDTLS_ERR_SSL_WANT_READ;

        len = g_bytes_get_size(input);
        g_assert_cmpuint(len, <=, size);
        memcpy(buffer, g_bytes_get_data(input, NULL), len);
        return (int) len;
}

void dtls_server_reset(DtlsServer *server)
{
        g_assert_cmpint(mbedtls_ssl_session_reset(&server->ssl), ==, 0);
        mbedtls_ssl_set_client_transport_id(&server->ssl, (const guint8 *) CLIENT_ID,
                                            strlen(CLIENT_ID));
        g_assert_cmpint(cid_offer(&server->ssl, (const guint8 *) CLIENT_ID, server->cid_len), ==,
                        0);
        deadline_init(&server->deadline);
        g_queue_clear_full(&server->output, (GDestroyNotify) g_bytes_unref);
        server->error = 0;
        server->message[0] = '\0';
}

static void server_configure(DtlsServer *server, int suite, gboolean tickets)
{
        mbedtls_ssl_config *config = &server->config;

        g_assert_cmpint(mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_SERVER,
                                                    MBEDTLS_SSL_TRANSPORT_DATAGRAM,
                                                    MBEDTLS_SSL_PRESET_DEFAULT),
                        ==, 0);
        library_require_dtls12(config);
        mbedtls_ssl_conf_rng(config, on_random, NULL);
        mbedtls_ssl_conf_handshake_timeout(config, 1000, 60000);
        mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
        g_assert_cmpint(mbedtls_ssl_cookie_setup(&server->cookies, on_random, NULL), ==, 0);
        mbedtls_ssl_conf_dtls_cookies(config, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check,
                                      &server->cookies);
        if (suite != 0) {
                server->suites[0] = suite;
                mbedtls_ssl_conf_ciphersuites(config, server->suites);
        }
        if (tickets) {
                g_assert_cmpint(mbedtls_ssl_ticket_setup(&server->tickets, on_random, NULL,
                                                         MBEDTLS_CIPHER_AES_256_GCM, 86400),
                                ==, 0);
                mbedtls_ssl_conf_session_tickets_cb(config, mbedtls_ssl_ticket_write,
                                                    mbedtls_ssl_ticket_parse, &server->tickets);
        } else {
                mbedtls_ssl_conf_session_cache(config, &server->cache, mbedtls_ssl_cache_get,
                                               mbedtls_ssl_cache_set);
        }
}

DtlsServer *dtls_server_new(FakeHost *host, int suite, gboolean tickets)
{
        DtlsServer *server = g_new0(DtlsServer, 1);

        g_assert_cmpint(library_init(), ==, 0);
        server->host = host;
        g_queue_init(&server->output);
        mbedtls_ssl_config_init(&server->config);
        mbedtls_ssl_init(&server->ssl);
        mbedtls_ssl_cookie_init(&server->cookies);
        mbedtls_ssl_cache_init(&server->cache);
        mbedtls_ssl_ticket_init(&server->tickets);
        server_configure(server, suite, tickets);
        dtls_server_set_psk(server, "0123456789abcdef", 16, "device-1");
        return server;
}

void dtls_server_free(DtlsServer *server)
{
        if (!server)
                return;

        mbedtls_ssl_free(&server->ssl);
        mbedtls_ssl_config_free(&server->config);
        mbedtls_ssl_cookie_free(&server->cookies);
        mbedtls_ssl_cache_free(&server->cache);
        mbedtls_ssl_ticket_free(&server->tickets);
        g_clear_pointer(&server->input, g_bytes_unref);
        g_queue_clear_full(&server->output, (GDestroyNotify) g_bytes_unref);
        g_free(server);
}

/* Mbed TLS 3 takes one key per configuration, so the server begins anew. */
void dtls_server_set_psk(DtlsServer *server, const char *key, gsize len, const char *identity)
{
        int suite = server->suites[0];
        gboolean tickets = server->config.f_ticket_write != NULL;

        if (server->config.psk_identity) {
                mbedtls_ssl_free(&server->ssl);
                mbedtls_ssl_init(&server->ssl);
                mbedtls_ssl_config_free(&server->config);
                mbedtls_ssl_config_init(&server->config);
                mbedtls_ssl_ticket_free(&server->tickets);
                mbedtls_ssl_ticket_init(&server->tickets);
                mbedtls_ssl_cookie_free(&server->cookies);
                mbedtls_ssl_cookie_init(&server->cookies);
                server_configure(server, suite, tickets);
        }

        g_assert_cmpint(mbedtls_ssl_conf_psk(&server->config, (const guint8 *) key, len,
                                             (const guint8 *) identity, strlen(identity)),
                        ==, 0);
        g_assert_cmpint(mbedtls_ssl_setup(&server->ssl, &server->config), ==, 0);
        mbedtls_ssl_set_bio(&server->ssl, server, on_send, on_recv, NULL);
        mbedtls_ssl_set_timer_cb(&server->ssl, &server->deadline, deadline_on_set_timer,
                                 deadline_on_get_timer);
        dtls_server_reset(server);
}

void dtls_server_offer_cid(DtlsServer *server, guint8 len)
{
        server->cid_len = MIN(len, cid_longest());
        g_assert_cmpint(cid_configure(&server->config, server->cid_len), ==, 0);
        dtls_server_reset(server);
}

static void server_answer(DtlsServer *server, int len)
{
        g_autofree char *answer = NULL;

        server->message[len] = '\0';
        answer = g_ascii_strup(server->message, len);
        dtls_server_send(server, answer);
}

static void server_run(DtlsServer *server)
{
        int r;

        server->deadline.now = server->host->now;
        do {
                r = mbedtls_ssl_read(&server->ssl, (guint8 *) server->message,
                                     sizeof(server->message) - 1);
                if (r > 0)
                        server_answer(server, r);
        } while (r > 0);

        if (r == MBEDTLS_ERR_SSL_WANT_READ)
                return;

        server->error = r;
        if (r == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) {
                g_assert_cmpint(mbedtls_ssl_session_reset(&server->ssl), ==, 0);
                mbedtls_ssl_set_client_transport_id(&server->ssl, (const guint8 *) CLIENT_ID,
                                                    strlen(CLIENT_ID));
                cid_offer(&server->ssl, (const guint8 *) CLIENT_ID, server->cid_len);
        }
}

void dtls_server_receive(DtlsServer *server, GBytes *datagram)
{
        server->input = g_bytes_ref(datagram);
        server_run(server);
        if (server->input) /* a due retransmission came first */
                server_run(server);
        g_clear_pointer(&server->input, g_bytes_unref);
}

GBytes *dtls_server_pop(DtlsServer *server)
{
        return g_queue_pop_head(&server->output);
}

void dtls_server_expire(DtlsServer *server)
{
        server_run(server);
}

void dtls_server_send(DtlsServer *server, const char *message)
{
        int len = (int) strlen(message);

        g_assert_cmpint(mbedtls_ssl_write(&server->ssl, (const guint8 *) message, (size_t) len), ==,
                        len);
}

void dtls_server_send_alert(DtlsServer *server, int level, int alert)
{
        g_assert_cmpint(
                mbedtls_ssl_send_alert_message(&server->ssl, (guint8) level, (guint8) alert), ==,
                0);
}

void dtls_server_renegotiate(DtlsServer *server)
{
        g_assert_cmpint(mbedtls_ssl_renegotiate(&server->ssl), ==, 0);
}

gboolean dtls_server_is_ready(const DtlsServer *server)
{
        return server->ssl.state == MBEDTLS_SSL_HANDSHAKE_OVER;
}

const char *dtls_server_message(const DtlsServer *server)
{
        return server->message;
}

int dtls_server_error(const DtlsServer *server)
{
        return server->error;
}

static gboolean exchange_once(DtlsServer *server)
{
        gboolean any = FALSE;
        GBytes *datagram;

        while ((datagram = fake_host_pop_wire(server->host)) != NULL) {
                dtls_server_receive(server, datagram);
                g_bytes_unref(datagram);
                any = TRUE;
        }
        while ((datagram = dtls_server_pop(server)) != NULL) {
                fake_host_receive(server->host, datagram);
                g_bytes_unref(datagram);
                any = TRUE;
        }

        return any;
}

void dtls_server_exchange(DtlsServer *server)
{
        while (exchange_once(server))
                ;
}

void dtls_server_connect(DtlsServer *server)
{
        g_assert_cmpint(fake_host_create(server->host), ==, 0);
        g_assert_cmpint(fake_host_start(server->host), ==, 0);
        dtls_server_exchange(server);
        g_assert_cmpint(fake_host_status(server->host)->state, ==, LWM_SECURITY_READY);
        g_assert_true(dtls_server_is_ready(server));
}
