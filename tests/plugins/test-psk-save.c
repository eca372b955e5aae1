/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* psk.so saved and restored: sessions for a short handshake, associations that go on. */

#include <errno.h>
#include <string.h>

#include "dtls-server.h"

#define CCM_8 0xC0A8
#define CBC_SHA256 0x00AE

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

static GBytes *save(FakeHost *host, LwmSecuritySave kind)
{
        int error = 0;
        GBytes *saved = fake_host_save(host, kind, &error);

        g_assert_cmpint(error, ==, 0);
        return saved;
}

static void start_again(DtlsServer *server, FakeHost *host, GBytes *saved)
{
        fake_host_destroy(host);
        fake_host_clear(host);
        dtls_server_reset(server);
        g_assert_cmpint(fake_host_restore(host, LWM_SECURITY_SAVE_TICKET, saved), ==, 0);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_IDLE);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        dtls_server_exchange(server);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
}

typedef struct Resumption {
        int suite;
        gboolean tickets;
} Resumption;

/* Twice with the same ticket; the pre-shared key is not touched again. */
static void test_resume(gconstpointer data)
{
        const Resumption *resumption = data;
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server =
                dtls_server_new(host, resumption->suite, resumption->tickets);
        g_autoptr(GBytes) saved = NULL;

        dtls_server_connect(server);
        saved = save(host, LWM_SECURITY_SAVE_TICKET);
        assert_echo(server, host, "one", "ONE"); /* saving ends nothing */
        for (unsigned i = 0; i < 2; i++) {
                start_again(server, host, saved);
                g_assert_true(fake_host_status(host)->resumed);
                g_assert_cmpuint(fake_host_status(host)->cipher_suite, ==, resumption->suite);
                g_assert_cmpuint(host->key_reads, ==, 1);
                assert_echo(server, host, "two", "TWO");
        }
}

/* A server that has forgotten makes it a whole handshake, and status says so. */
static void test_resume_refused(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, FALSE);
        g_autoptr(DtlsServer) other = dtls_server_new(host, CCM_8, FALSE);
        g_autoptr(GBytes) saved = NULL;

        dtls_server_connect(server);
        saved = save(host, LWM_SECURITY_SAVE_TICKET);
        start_again(other, host, saved);
        g_assert_false(fake_host_status(host)->resumed);
        g_assert_cmpuint(host->key_reads, ==, 2);
        assert_echo(other, host, "anew", "ANEW");
}

/* The last flight is ours then; the server asks for it again by repeating its own. */
static void test_resume_last_flight_lost(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);
        g_autoptr(GBytes) saved = NULL;
        int error = 0;
        GBytes *datagram;

        dtls_server_connect(server);
        saved = save(host, LWM_SECURITY_SAVE_TICKET);
        fake_host_destroy(host);
        dtls_server_reset(server);
        g_assert_cmpint(fake_host_restore(host, LWM_SECURITY_SAVE_TICKET, saved), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        for (unsigned i = 0; i < 3;
             i++) { /* of three flights of ours the last is on the wire then */
                while (i < 2 && (datagram = fake_host_pop_wire(host)) != NULL) {
                        dtls_server_receive(server, datagram);
                        g_bytes_unref(datagram);
                }
                while ((datagram = dtls_server_pop(server)) != NULL) {
                        fake_host_receive(host, datagram);
                        g_bytes_unref(datagram);
                }
        }
        fake_host_clear(host);
        g_assert_false(dtls_server_is_ready(server));
        g_assert_null(fake_host_save(host, LWM_SECURITY_SAVE_CONTEXT, &error));
        g_assert_cmpint(error, ==, -EAGAIN);

        host->now += 2 * G_USEC_PER_SEC;
        dtls_server_expire(server);
        dtls_server_exchange(server);
        g_assert_true(dtls_server_is_ready(server));
        assert_echo(server, host, "after all", "AFTER ALL");
        g_bytes_unref(save(host, LWM_SECURITY_SAVE_CONTEXT));
}

static void test_context(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);
        g_autoptr(GBytes) saved = NULL;
        unsigned overhead;

        dtls_server_connect(server);
        assert_echo(server, host, "one", "ONE");
        overhead = fake_host_status(host)->overhead;
        saved = save(host, LWM_SECURITY_SAVE_CONTEXT);
        fake_host_destroy(host);
        g_assert_true(g_queue_is_empty(&host->wire));

        host->config.mtu = 500;
        g_assert_cmpint(fake_host_restore(host, LWM_SECURITY_SAVE_CONTEXT, saved), ==, 0);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
        g_assert_true(fake_host_status(host)->resumed);
        g_assert_cmpuint(fake_host_status(host)->cipher_suite, ==, CCM_8);
        g_assert_cmpuint(fake_host_status(host)->overhead, ==, overhead);
        g_assert_cmpuint(fake_host_status(host)->max_message, ==, 500 - overhead);
        g_assert_cmpuint(host->key_reads, ==, 1);
        assert_echo(server, host, "two", "TWO");
        dtls_server_send(server, "unasked");
        dtls_server_exchange(server);
        g_assert_cmpuint(g_queue_get_length(&host->messages), ==, 1);
}

/* A record that was taken before the save is not taken again after it. */
static void test_context_keeps_replay_window(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);
        g_autoptr(GBytes) record = NULL;
        g_autoptr(GBytes) saved = NULL;

        dtls_server_connect(server);
        dtls_server_send(server, "once");
        record = dtls_server_pop(server);
        g_assert_cmpint(fake_host_receive(host, record), ==, 0);
        saved = save(host, LWM_SECURITY_SAVE_CONTEXT);
        fake_host_destroy(host);
        g_assert_cmpint(fake_host_restore(host, LWM_SECURITY_SAVE_CONTEXT, saved), ==, 0);
        g_assert_cmpint(fake_host_receive(host, record), ==, -EBADMSG);
        g_assert_cmpuint(g_queue_get_length(&host->messages), ==, 1);
}

/* Asking for the size leaves the session alone; having the bytes freezes it. */
static void test_context_freezes(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);
        g_autoptr(GBytes) record = NULL;
        guint8 small[60];
        int error = 0;
        ssize_t len;

        dtls_server_connect(server);
        len = host->plugin->save(host->session, LWM_SECURITY_SAVE_CONTEXT, NULL, 0);
        g_assert_cmpint(len, >, (ssize_t) sizeof(small));
        g_assert_cmpint(
                host->plugin->save(host->session, LWM_SECURITY_SAVE_CONTEXT, small, sizeof(small)),
                ==, len);
        assert_echo(server, host, "not yet", "NOT YET");

        g_bytes_unref(save(host, LWM_SECURITY_SAVE_CONTEXT));
        dtls_server_send(server, "unasked");
        record = dtls_server_pop(server);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_CLOSED);
        g_assert_cmpint(fake_host_send(host, "hello"), ==, -ENOTCONN);
        g_assert_cmpint(fake_host_receive(host, record), ==, -ENOTCONN);
        g_assert_cmpint(fake_host_expire(host), ==, 0);
        g_assert_cmpint(fake_host_close(host), ==, -ENOTCONN);
        g_assert_null(fake_host_save(host, LWM_SECURITY_SAVE_CONTEXT, &error));
        g_assert_cmpint(error, ==, -ENOTCONN);
        g_assert_null(fake_host_save(host, LWM_SECURITY_SAVE_TICKET, &error));
        g_assert_cmpint(error, ==, -ENOTCONN);
        g_assert_true(g_queue_is_empty(&host->wire));
}

static void test_context_needs_aead(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CBC_SHA256, TRUE);
        int error = 0;

        dtls_server_connect(server);
        g_assert_null(fake_host_save(host, LWM_SECURITY_SAVE_CONTEXT, &error));
        g_assert_cmpint(error, ==, -EOPNOTSUPP);
        assert_echo(server, host, "on", "ON");
}

static void assert_stale(FakeHost *host, LwmSecuritySave kind, GBytes *saved)
{
        g_assert_cmpint(fake_host_restore(host, kind, saved), ==, -ESTALE);
        g_assert_null(host->session);
}

/* Another identity, another suite list, another kind, cut short, another version. */
static void test_stale(gconstpointer data)
{
        LwmSecuritySave kind = GPOINTER_TO_UINT(data);
        LwmSecuritySave other_kind = kind == LWM_SECURITY_SAVE_TICKET ? LWM_SECURITY_SAVE_CONTEXT
                                                                      : LWM_SECURITY_SAVE_TICKET;
        const guint16 suites[] = {CCM_8};
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);
        g_autoptr(GBytes) saved = NULL;
        const guint8 *bytes;
        gsize len;

        dtls_server_connect(server);
        saved = save(host, kind);
        bytes = g_bytes_get_data(saved, &len);
        fake_host_destroy(host);

        assert_stale(host, other_kind, saved);
        fake_host_set_identity(host, "device-2");
        assert_stale(host, kind, saved);
        fake_host_set_identity(host, "device-1");
        host->config.cipher_suites = suites;
        host->config.n_cipher_suites = 1;
        assert_stale(host, kind, saved);
        host->config.cipher_suites = NULL;

        for (gsize n = 0; n < len; n++) {
                g_autoptr(GBytes) cut = g_bytes_new_from_bytes(saved, 0, n);

                assert_stale(host, kind, cut);
        }
        for (gsize i = 0; i < 12; i++) {
                g_autofree guint8 *changed = g_memdup2(bytes, len);
                g_autoptr(GBytes) other = NULL;

                changed[i] ^= 0x01;
                other = g_bytes_new(changed, len);
                assert_stale(host, kind, other);
        }

        host->key_error = -EKEYREVOKED;
        g_assert_cmpint(fake_host_restore(host, kind, saved), ==, -EKEYREVOKED);
        host->key_error = 0;
        g_assert_cmpint(fake_host_restore(host, kind, saved), ==, 0);
}

static void test_too_early(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        int error = 0;

        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_null(fake_host_save(host, LWM_SECURITY_SAVE_TICKET, &error));
        g_assert_cmpint(error, ==, -ENOTCONN);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        g_assert_null(fake_host_save(host, LWM_SECURITY_SAVE_TICKET, &error));
        g_assert_cmpint(error, ==, -ENOTCONN);
        g_assert_null(fake_host_save(host, LWM_SECURITY_SAVE_CONTEXT, &error));
        g_assert_cmpint(error, ==, -ENOTCONN);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_CONNECTING);
}

int main(int argc, char **argv)
{
        static const Resumption ticket_ccm = {CCM_8, TRUE};
        static const Resumption ticket_cbc = {CBC_SHA256, TRUE};
        static const Resumption id_ccm = {CCM_8, FALSE};
        static const Resumption id_cbc = {CBC_SHA256, FALSE};

        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 2);
        plugin_path = argv[1];

        g_test_add_data_func("/psk/resume/ticket/ccm-8", &ticket_ccm, test_resume);
        g_test_add_data_func("/psk/resume/ticket/cbc-sha256", &ticket_cbc, test_resume);
        g_test_add_data_func("/psk/resume/id/ccm-8", &id_ccm, test_resume);
        g_test_add_data_func("/psk/resume/id/cbc-sha256", &id_cbc, test_resume);
        g_test_add_func("/psk/resume/refused", test_resume_refused);
        g_test_add_func("/psk/resume/last-flight-lost", test_resume_last_flight_lost);
        g_test_add_func("/psk/context/goes-on", test_context);
        g_test_add_func("/psk/context/replay-window", test_context_keeps_replay_window);
        g_test_add_func("/psk/context/freezes", test_context_freezes);
        g_test_add_func("/psk/context/needs-aead", test_context_needs_aead);
        g_test_add_data_func("/psk/stale/ticket", GUINT_TO_POINTER(LWM_SECURITY_SAVE_TICKET),
                             test_stale);
        g_test_add_data_func("/psk/stale/context", GUINT_TO_POINTER(LWM_SECURITY_SAVE_CONTEXT),
                             test_stale);
        g_test_add_func("/psk/save/too-early", test_too_early);
        return g_test_run();
}
