/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* psk.so against a Mbed TLS server: handshakes that succeed, and those that must not. */

#include <errno.h>
#include <string.h>

#include "cid.h"
#include "dtls-server.h"
#include "library.h"

#define CCM_8 0xC0A8
#define CBC_SHA256 0x00AE
#define GCM_SHA256 0x00A8 /* a PSK suite that LwM2M does not name */

static const char *plugin_path;

static void assert_echo(DtlsServer *server, FakeHost *host, const char *text, const char *answer)
{
        g_autofree char *message = NULL;

        g_assert_cmpint(fake_host_send(host, text), ==, 0);
        dtls_server_exchange(server);
        g_assert_cmpstr(dtls_server_message(server), ==, text);
        message = fake_host_pop_message(host);
        g_assert_cmpstr(message, ==, answer);
}

static void test_suite(gconstpointer data)
{
        guint16 suite = (guint16) GPOINTER_TO_UINT(data);
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, suite, TRUE);

        dtls_server_connect(server);
        g_assert_cmpuint(fake_host_status(host)->cipher_suite, ==, suite);
        g_assert_false(fake_host_status(host)->resumed);
        g_assert_cmpuint(fake_host_status(host)->deadline, ==, LWM_SECURITY_NEVER);
        g_assert_cmpuint(host->key_reads, ==, 1);
        assert_echo(server, host, "hello", "HELLO");
        assert_echo(server, host, "again", "AGAIN");
}

/* Whether the ClientHello has these octets; a cipher suite list begins with its length. */
static gboolean first_flight_has(FakeHost *host, const char *octets, gsize len)
{
        g_autoptr(GBytes) hello = NULL;

        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        hello = fake_host_pop_wire(host);
        fake_host_destroy(host);
        return memmem(g_bytes_get_data(hello, NULL), g_bytes_get_size(hello), octets, len) != NULL;
}

/* Ours is the order: CCM_8 first, unless the account says otherwise. */
static void test_preference(void)
{
        const guint16 wanted[] = {GCM_SHA256, CBC_SHA256, CCM_8};
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, 0, TRUE);

        g_assert_true(first_flight_has(host, "\x00\x06\xc0\xa8\x00\xae\x00\xff", 8));

        host->config.cipher_suites = wanted;
        host->config.n_cipher_suites = 3;
        g_assert_true(first_flight_has(host, "\x00\x06\x00\xae\xc0\xa8\x00\xff", 8));

        host->config.n_cipher_suites = 2;
        g_assert_true(first_flight_has(host, "\x00\x04\x00\xae\x00\xff", 6));
        dtls_server_connect(server);
        g_assert_cmpuint(fake_host_status(host)->cipher_suite, ==, CBC_SHA256);
        fake_host_destroy(host);

        host->config.n_cipher_suites = 1;
        g_assert_cmpint(fake_host_create(host), ==, -EPROTONOSUPPORT);
        g_assert_true(fake_host_logged(host, "none of the 1 configured cipher suites"));
}

/* RFC 6066, 3: a name is sent, an address is not */
static void test_server_name(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);

        host->config.server_name = "lwm2m.example";
        g_assert_true(first_flight_has(host, "lwm2m.example", 13));
        host->config.server_name = "192.0.2.1";
        g_assert_false(first_flight_has(host, "192.0.2.1", 9));
        host->config.server_name = "2001:db8::1";
        g_assert_false(first_flight_has(host, "2001:db8::1", 11));
}

static void assert_fails(DtlsServer *server, FakeHost *host, int error, int alert)
{
        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        dtls_server_exchange(server);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_FAILED);
        g_assert_cmpint(fake_host_status(host)->error, ==, error);
        g_assert_cmpint(fake_host_status(host)->alert_received, ==, alert);
        g_assert_cmpuint(fake_host_status(host)->deadline, ==, LWM_SECURITY_NEVER);
        g_assert_cmpint(fake_host_send(host, "hello"), ==, -ENOTCONN);
}

static void test_wrong_key(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);

        fake_host_set_key(host, "0123456789abcdeX", 16);
        assert_fails(server, host, -EACCES, 20);
        g_assert_true(fake_host_logged(host, "the server sent alert 20 bad_record_mac"));
        g_assert_false(dtls_server_is_ready(server));
}

static void test_unknown_identity(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);

        fake_host_set_identity(host, "device-2");
        assert_fails(server, host, -EACCES, 115);
        g_assert_true(fake_host_logged(host, "the server sent alert 115 unknown_psk_identity"));
}

static void test_no_common_suite(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, GCM_SHA256, TRUE);

        assert_fails(server, host, -EPROTO, 40);
        g_assert_true(fake_host_logged(host, "the server sent alert 40 handshake_failure"));
}

static void test_key_length(void)
{
        guint8 key[MBEDTLS_PSK_MAX_LEN + 1] = {0x5a, 1, 2, 3};
        g_autofree char *text = g_strdup_printf("has %d bytes, Mbed TLS %s takes at most %d",
                                                MBEDTLS_PSK_MAX_LEN + 1, MBEDTLS_VERSION_STRING,
                                                MBEDTLS_PSK_MAX_LEN);
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);

        fake_host_set_key(host, key, sizeof(key));
        g_assert_cmpint(fake_host_create(host), ==, -EKEYREJECTED);
        g_assert_true(fake_host_logged(host, text));
        fake_host_set_key(host, key, 0);
        g_assert_cmpint(fake_host_create(host), ==, -EKEYREJECTED);
        g_assert_true(fake_host_logged(host, "key is empty"));

        fake_host_set_key(host, key, MBEDTLS_PSK_MAX_LEN);
        dtls_server_set_psk(server, (const char *) key, MBEDTLS_PSK_MAX_LEN, "device-1");
        dtls_server_connect(server);
}

static void test_credentials_missing(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);

        host->config.credentials.secret = 0;
        g_assert_cmpint(fake_host_create(host), ==, -ENOKEY);
        g_assert_true(fake_host_logged(host, "no pre-shared key is configured"));
        host->config.credentials.secret = FAKE_SERIAL;
        host->key_error = -EKEYEXPIRED;
        g_assert_cmpint(fake_host_create(host), ==, -EKEYEXPIRED);
        host->key_error = 0;
        fake_host_set_identity(host, NULL);
        g_assert_cmpint(fake_host_create(host), ==, -EINVAL);
        g_assert_null(host->session);
        g_assert_cmpuint(host->key_reads, ==, 0);
}

static void test_key_revoked_before_start(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);

        g_assert_cmpint(fake_host_create(host), ==, 0);
        host->key_error = -EKEYREVOKED;
        g_assert_cmpint(fake_host_start(host), ==, -EKEYREVOKED);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_FAILED);
        g_assert_cmpint(fake_host_status(host)->error, ==, -EKEYREVOKED);
        g_assert_true(g_queue_is_empty(&host->wire));
}

static void test_key_revoked_in_handshake(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);

        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        host->key_error = -EKEYREVOKED;
        dtls_server_exchange(server);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_FAILED);
        g_assert_cmpint(fake_host_status(host)->error, ==, -EKEYREVOKED);
        g_assert_cmpint(fake_host_status(host)->alert_sent, ==, 80);
        g_assert_cmpint(dtls_server_error(server), ==, MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE);
}

/* The largest message fits the MTU exactly as the status says it grows. */
static void test_mtu(gconstpointer data)
{
        guint16 suite = (guint16) GPOINTER_TO_UINT(data);
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, suite, TRUE);
        g_autofree char *longest = NULL;
        g_autofree char *longer = NULL;
        GBytes *datagram;
        gsize len;

        host->config.mtu = 300;
        dtls_server_connect(server);
        longest = g_strnfill(fake_host_status(host)->max_message, 'x');
        longer = g_strconcat(longest, "x", NULL);
        g_assert_cmpint(fake_host_send(host, longer), ==, -EMSGSIZE);
        g_assert_cmpint(fake_host_send(host, longest), ==, 0);

        datagram = g_queue_peek_head(&host->wire);
        len = g_bytes_get_size(datagram);
        g_assert_cmpuint(len, <=, host->config.mtu);
        g_assert_cmpuint(len, <=, strlen(longest) + fake_host_status(host)->overhead);
        g_assert_cmpuint(len, >, strlen(longest) + fake_host_status(host)->overhead - 17);
        dtls_server_exchange(server);
        g_assert_cmpstr(dtls_server_message(server), ==, longest);
        fake_host_clear(host);
        fake_host_destroy(host);

        host->config.mtu = 99;
        g_assert_cmpint(fake_host_create(host), ==, -EINVAL);
}

static void test_close(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);

        dtls_server_connect(server);
        g_assert_cmpint(fake_host_close(host), ==, 0);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_CLOSED);
        g_assert_cmpint(fake_host_status(host)->alert_sent, ==, 0);
        g_assert_cmpuint(g_queue_get_length(&host->wire), ==, 1);
        dtls_server_exchange(server);
        g_assert_cmpint(dtls_server_error(server), ==, MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
        g_assert_cmpint(fake_host_send(host, "late"), ==, -ENOTCONN);
}

static void test_peer_closes(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);

        dtls_server_connect(server);
        dtls_server_send_alert(server, MBEDTLS_SSL_ALERT_LEVEL_WARNING, 0);
        dtls_server_exchange(server);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_CLOSED);
        g_assert_cmpint(fake_host_status(host)->alert_received, ==, 0);
        g_assert_cmpint(fake_host_status(host)->alert_sent, ==, 0);
        g_assert_cmpint(dtls_server_error(server), ==, MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
}

static void test_peer_fails(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);

        dtls_server_connect(server);
        dtls_server_send_alert(server, MBEDTLS_SSL_ALERT_LEVEL_FATAL, 49);
        dtls_server_exchange(server);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_FAILED);
        g_assert_cmpint(fake_host_status(host)->error, ==, -ECONNRESET);
        g_assert_cmpint(fake_host_status(host)->alert_received, ==, 49);
        g_assert_true(
                fake_host_logged(host, "session ended: the server sent alert 49 access_denied"));
}

static void test_renegotiation_refused(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);
        g_autoptr(GBytes) request = NULL;
        g_autoptr(GBytes) answer = NULL;

        dtls_server_connect(server);
        dtls_server_renegotiate(server);
        request = dtls_server_pop(server);
        g_assert_cmpint(fake_host_receive(host, request), ==, 0);
        answer = fake_host_pop_wire(host);
        g_assert_cmpuint(*(const guint8 *) g_bytes_get_data(answer, NULL), ==, 21);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
        g_assert_cmpint(fake_host_status(host)->alert_sent, ==, 100);
        g_assert_cmpuint(host->key_reads, ==, 1);
        assert_echo(server, host, "on", "ON");
}

/* RFC 9146, where the library has it; elsewhere asking for it harms nothing. */
static void test_connection_id(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);
        GBytes *record;
        guint8 type;

        host->config.connection_id_length = 8;
        dtls_server_offer_cid(server, 6);
        dtls_server_connect(server);
        g_assert_cmpint(fake_host_status(host)->mobile, ==, cid_longest() > 0);
        assert_echo(server, host, "hello", "HELLO");

        g_assert_cmpint(fake_host_send(host, "hello"), ==, 0);
        record = g_queue_peek_head(&host->wire);
        type = *(const guint8 *) g_bytes_get_data(record, NULL);
        g_assert_cmpuint(type, ==, cid_longest() > 0 ? 25 : 23);
        g_assert_cmpuint(g_bytes_get_size(record), <=, 5 + fake_host_status(host)->overhead);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 2);
        plugin_path = argv[1];

        g_test_add_data_func("/psk/suite/ccm-8", GUINT_TO_POINTER(CCM_8), test_suite);
        g_test_add_data_func("/psk/suite/cbc-sha256", GUINT_TO_POINTER(CBC_SHA256), test_suite);
        g_test_add_func("/psk/suite/preference", test_preference);
        g_test_add_func("/psk/suite/server-name", test_server_name);
        g_test_add_func("/psk/suite/none-common", test_no_common_suite);
        g_test_add_func("/psk/key/wrong", test_wrong_key);
        g_test_add_func("/psk/key/unknown-identity", test_unknown_identity);
        g_test_add_func("/psk/key/length", test_key_length);
        g_test_add_func("/psk/key/missing", test_credentials_missing);
        g_test_add_func("/psk/key/revoked-before-start", test_key_revoked_before_start);
        g_test_add_func("/psk/key/revoked-in-handshake", test_key_revoked_in_handshake);
        g_test_add_data_func("/psk/mtu/ccm-8", GUINT_TO_POINTER(CCM_8), test_mtu);
        g_test_add_data_func("/psk/mtu/cbc-sha256", GUINT_TO_POINTER(CBC_SHA256), test_mtu);
        g_test_add_func("/psk/connection-id", test_connection_id);
        g_test_add_func("/psk/end/close", test_close);
        g_test_add_func("/psk/end/peer-closes", test_peer_closes);
        g_test_add_func("/psk/end/peer-fails", test_peer_fails);
        g_test_add_func("/psk/end/renegotiation-refused", test_renegotiation_refused);
        return g_test_run();
}
