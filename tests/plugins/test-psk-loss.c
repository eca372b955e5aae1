/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* psk.so on a network that loses, repeats and reorders: all on a clock that is set. */

#include <errno.h>
#include <string.h>

#include "dtls-server.h"

#define CCM_8 0xC0A8
#define MS 1000u

static const char *plugin_path;

static void drain(GQueue *queue)
{
        g_queue_clear_full(queue, (GDestroyNotify) g_bytes_unref);
}

/* The clock goes to the deadline; an early call before it does nothing. */
static void pass_deadline(FakeHost *host, guint64 expected_ms)
{
        guint64 deadline = fake_host_status(host)->deadline;

        g_assert_cmpuint(deadline, ==, host->now + expected_ms * MS);
        host->now = deadline - 1;
        g_assert_cmpint(fake_host_expire(host), ==, 0);
        g_assert_true(g_queue_is_empty(&host->wire));
        g_assert_cmpuint(fake_host_status(host)->deadline, ==, deadline);
        host->now = deadline;
        fake_host_expire(host);
}

static void deliver_to_server(DtlsServer *server, FakeHost *host)
{
        GBytes *datagram;

        while ((datagram = fake_host_pop_wire(host)) != NULL) {
                dtls_server_receive(server, datagram);
                g_bytes_unref(datagram);
        }
}

static void deliver_to_host(DtlsServer *server, FakeHost *host)
{
        GBytes *datagram;

        while ((datagram = dtls_server_pop(server)) != NULL) {
                fake_host_receive(host, datagram);
                g_bytes_unref(datagram);
        }
}

/* Everything up to our flight number `n`, which is on the wire then. */
static void run_to_flight(DtlsServer *server, FakeHost *host, unsigned n)
{
        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        for (unsigned i = 1; i < n; i++) {
                deliver_to_server(server, host);
                deliver_to_host(server, host);
        }
        g_assert_false(g_queue_is_empty(&host->wire));
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_CONNECTING);
}

static void assert_completes(DtlsServer *server, FakeHost *host)
{
        g_autofree char *message = NULL;

        dtls_server_exchange(server);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
        g_assert_true(dtls_server_is_ready(server));
        g_assert_cmpuint(fake_host_status(host)->deadline, ==, LWM_SECURITY_NEVER);
        g_assert_cmpint(fake_host_send(host, "hello"), ==, 0);
        dtls_server_exchange(server);
        message = fake_host_pop_message(host);
        g_assert_cmpstr(message, ==, "HELLO");
}

/* Ours: ClientHello, ClientHello with cookie, ClientKeyExchange to Finished. */
static void test_our_flight_lost(gconstpointer data)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);
        guint n;

        run_to_flight(server, host, GPOINTER_TO_UINT(data));
        n = g_queue_get_length(&host->wire);
        drain(&host->wire);
        pass_deadline(host, 1000);
        g_assert_cmpuint(g_queue_get_length(&host->wire), ==, n);
        drain(&host->wire);
        pass_deadline(host, 2000);
        g_assert_cmpuint(g_queue_get_length(&host->wire), ==, n);
        assert_completes(server, host);
}

/* Theirs: HelloVerifyRequest, ServerHello to Done, ChangeCipherSpec and Finished. */
static void test_their_flight_lost(gconstpointer data)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);
        GBytes *datagram;

        run_to_flight(server, host, GPOINTER_TO_UINT(data));
        deliver_to_server(server, host);
        while ((datagram = dtls_server_pop(server)) != NULL)
                g_bytes_unref(datagram);
        pass_deadline(host, 1000);
        assert_completes(server, host);
}

/* RFC 6347, 4.2.4.1: doubling from the host's first value, and the host's end */
static void test_nobody_there(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        guint64 started = host->now;

        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        drain(&host->wire);
        for (guint64 ms = 1000; ms <= 8000; ms *= 2) {
                pass_deadline(host, ms);
                g_assert_cmpuint(g_queue_get_length(&host->wire), ==, 1);
                drain(&host->wire);
        }

        pass_deadline(host, 5000); /* of 16 000, to the limit of 20 000 */
        g_assert_cmpuint(host->now, ==, started + 20000 * MS);
        g_assert_true(g_queue_is_empty(&host->wire));
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_FAILED);
        g_assert_cmpint(fake_host_status(host)->error, ==, -ETIMEDOUT);
        g_assert_cmpuint(fake_host_status(host)->deadline, ==, LWM_SECURITY_NEVER);
        g_assert_true(fake_host_logged(host, "handshake timed out after 20000 ms"));
}

/* RFC 7925, 11: nine seconds where the host does not care */
static void test_default_timeout(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);

        host->config.initial_timeout_ms = 0;
        host->config.handshake_limit_ms = 0;
        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        drain(&host->wire);
        pass_deadline(host, 9000);
        drain(&host->wire);
        pass_deadline(host, 18000);
        drain(&host->wire);
        pass_deadline(host, 36000);
}

/* Some servers say nothing to a Finished under another key: say what it may be. */
static void test_silence_after_finished(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);

        run_to_flight(server, host, 3);
        while (fake_host_status(host)->state == LWM_SECURITY_CONNECTING) {
                drain(&host->wire);
                host->now = fake_host_status(host)->deadline;
                fake_host_expire(host);
        }
        g_assert_cmpint(fake_host_status(host)->error, ==, -ETIMEDOUT);
        g_assert_true(fake_host_logged(host, "its key may not be ours"));
}

/* A datagram that comes after the deadline and before expire() is not lost. */
static void test_late_datagram(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);

        run_to_flight(server, host, 2);
        deliver_to_server(server, host);
        host->now = fake_host_status(host)->deadline + 1;
        g_assert_cmpuint(host->key_reads, ==, 0);
        deliver_to_host(server, host);
        g_assert_cmpuint(host->key_reads, ==, 1); /* the server's flight was taken */
        assert_completes(server, host);
}

/* Each datagram arrives twice. */
static void test_repeated(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);
        g_autoptr(GBytes) record = NULL;

        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        for (unsigned i = 0; i < 3; i++) {
                GBytes *datagram;

                deliver_to_server(server, host);
                while ((datagram = dtls_server_pop(server)) != NULL) {
                        fake_host_receive(host, datagram);
                        fake_host_receive(host, datagram);
                        g_bytes_unref(datagram);
                }
        }
        assert_completes(server, host);

        dtls_server_send(server, "once");
        record = dtls_server_pop(server);
        g_assert_cmpint(fake_host_receive(host, record), ==, 0);
        g_assert_cmpint(fake_host_receive(host, record), ==, -EBADMSG);
        g_assert_cmpuint(g_queue_get_length(&host->messages), ==, 1);
}

/* The datagrams of each of their flights arrive in reverse. */
static void test_reordered(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);

        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        for (unsigned i = 0; i < 3; i++) {
                GPtrArray *datagrams =
                        g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref);
                GBytes *datagram;

                deliver_to_server(server, host);
                while ((datagram = dtls_server_pop(server)) != NULL)
                        g_ptr_array_add(datagrams, datagram);
                for (guint n = datagrams->len; n > 0; n--)
                        fake_host_receive(host, datagrams->pdata[n - 1]);
                g_ptr_array_unref(datagrams);
        }
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
        assert_completes(server, host);
}

/* A full queue of the host is a lossy network. */
static void test_host_refuses(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, TRUE);

        host->emit_result = -ENOBUFS;
        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_CONNECTING);
        host->emit_result = 0;
        pass_deadline(host, 1000);
        assert_completes(server, host);

        host->emit_result = -ENOBUFS;
        g_assert_cmpint(fake_host_send(host, "lost"), ==, -ENOBUFS);
        host->emit_result = 0;
        assert_completes(server, host);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 2);
        plugin_path = argv[1];

        g_test_add_data_func("/psk/loss/ours/1", GUINT_TO_POINTER(1), test_our_flight_lost);
        g_test_add_data_func("/psk/loss/ours/2", GUINT_TO_POINTER(2), test_our_flight_lost);
        g_test_add_data_func("/psk/loss/ours/3", GUINT_TO_POINTER(3), test_our_flight_lost);
        g_test_add_data_func("/psk/loss/theirs/1", GUINT_TO_POINTER(1), test_their_flight_lost);
        g_test_add_data_func("/psk/loss/theirs/2", GUINT_TO_POINTER(2), test_their_flight_lost);
        g_test_add_data_func("/psk/loss/theirs/3", GUINT_TO_POINTER(3), test_their_flight_lost);
        g_test_add_func("/psk/loss/nobody-there", test_nobody_there);
        g_test_add_func("/psk/loss/default-timeout", test_default_timeout);
        g_test_add_func("/psk/loss/silence-after-finished", test_silence_after_finished);
        g_test_add_func("/psk/loss/late-datagram", test_late_datagram);
        g_test_add_func("/psk/loss/repeated", test_repeated);
        g_test_add_func("/psk/loss/reordered", test_reordered);
        g_test_add_func("/psk/loss/host-refuses", test_host_refuses);
        return g_test_run();
}
