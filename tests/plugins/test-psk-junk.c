/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* psk.so and the datagrams of strangers: in no state may they change anything. */

#include <errno.h>
#include <string.h>

#include "dtls-server.h"

#define CCM_8 0xC0A8
#define CBC_SHA256 0x00AE
#define N_RANDOM 1000
#define N_ROUNDS 10 /* more than a handshake has */

static const char *plugin_path;

/* A copy, because the record is valid until the next call only. */
static LwmSecurityStatus status_of(FakeHost *host)
{
        return *fake_host_status(host);
}

static void assert_same_status(FakeHost *host, const LwmSecurityStatus *before)
{
        const LwmSecurityStatus *now = fake_host_status(host);

        g_assert_cmpint(now->state, ==, before->state);
        g_assert_cmpint(now->error, ==, before->error);
        g_assert_cmpint(now->alert_sent, ==, before->alert_sent);
        g_assert_cmpint(now->alert_received, ==, before->alert_received);
        g_assert_cmpuint(now->deadline, ==, before->deadline);
        g_assert_cmpuint(now->max_message, ==, before->max_message);
}

static void assert_dropped(FakeHost *host, const guint8 *data, gsize len)
{
        LwmSecurityStatus before = status_of(host);
        guint n_wire = g_queue_get_length(&host->wire);
        guint n_log = host->log->len;
        int r;

        r = host->plugin->receive(host->session, data, len, host->now);
        g_assert_cmpint(r, ==, -EBADMSG);
        assert_same_status(host, &before);
        g_assert_cmpuint(g_queue_get_length(&host->wire), ==, n_wire);
        g_assert_cmpuint(g_queue_get_length(&host->messages), ==, 0);
        g_assert_cmpuint(host->log->len, ==, n_log);
}

static void fill_random(guint8 *data, gsize len)
{
        for (gsize i = 0; i < len; i++)
                data[i] = (guint8) g_test_rand_int_range(0, 256);
}

/* Noise, and noise in the clothes of a record: each type, epochs 0 to 3. */
static void throw_noise(FakeHost *host)
{
        guint8 data[1400];

        for (unsigned i = 0; i < N_RANDOM; i++) {
                gsize len = (gsize) g_test_rand_int_range(0, sizeof(data));

                fill_random(data, len);
                assert_dropped(host, data, len);
        }

        for (unsigned i = 0; i < N_RANDOM; i++) {
                gsize content = (gsize) g_test_rand_int_range(1, 200);
                const guint8 header[13] = {
                        (guint8) (20 + i % 6),
                        0xfe,
                        0xfd,
                        0,
                        (guint8) (i / 6 % 4),
                        0,
                        0,
                        0,
                        0,
                        1,
                        (guint8) i,
                        0,
                        (guint8) content,
                };

                memcpy(data, header, sizeof(header));
                fill_random(data + 13, content);
                if (header[0] == 20 && header[4] == 0)
                        data[13] = 2; /* a true ChangeCipherSpec is no noise */
                if (header[0] == 21 && header[4] == 0 && content == 2)
                        data[13] = 3; /* nor is an alert */
                assert_dropped(host, data, 13 + content);
        }
}

/* A real datagram that lost its end; never the end of a whole record. */
static void throw_truncated(FakeHost *host, GBytes *datagram)
{
        gsize len;
        const guint8 *data = g_bytes_get_data(datagram, &len);
        gsize first = 13 + ((gsize) data[11] << 8 | data[12]);

        for (gsize n = 0; n < first; n++) {
                g_autofree guint8 *cut = g_memdup2(data, MAX(n, 1));

                assert_dropped(host, cut, n);
        }
}

/*
 * Our own datagrams, sent back. Of them only a ChangeCipherSpec could be the
 * server's, word for word; taking it early harms nothing.
 */
static void throw_own(FakeHost *host)
{
        LwmSecurityStatus before = status_of(host);
        guint n = g_queue_get_length(&host->wire);

        for (guint i = 0; i < n; i++) {
                fake_host_receive(host, g_queue_peek_nth(&host->wire, i));
                assert_same_status(host, &before);
        }
        g_assert_cmpuint(g_queue_get_length(&host->wire), ==, n);
}

static GBytes *next_from_server(DtlsServer *server, FakeHost *host)
{
        GBytes *datagram;

        while ((datagram = fake_host_pop_wire(host)) != NULL) {
                dtls_server_receive(server, datagram);
                g_bytes_unref(datagram);
        }
        return dtls_server_pop(server);
}

static void assert_echo(DtlsServer *server, FakeHost *host)
{
        g_autofree char *message = NULL;

        g_assert_cmpint(fake_host_send(host, "still here"), ==, 0);
        dtls_server_exchange(server);
        message = fake_host_pop_message(host);
        g_assert_cmpstr(message, ==, "STILL HERE");
}

/* Between any two datagrams of a handshake, and after it. */
static void test_every_state(gconstpointer data)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, (int) GPOINTER_TO_UINT(data), TRUE);

        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        for (unsigned i = 0; i < N_ROUNDS && status_of(host).state == LWM_SECURITY_CONNECTING;
             i++) {
                g_autoptr(GBytes) datagram = NULL;

                throw_noise(host);
                throw_own(host);
                datagram = next_from_server(server, host);
                throw_noise(host);
                if (!datagram)
                        continue;
                throw_truncated(host, datagram);
                g_assert_cmpint(fake_host_receive(host, datagram), ==, 0);
        }

        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
        dtls_server_exchange(server);
        throw_noise(host);
        assert_echo(server, host);
}

/* A record of the association with any one bit wrong. */
static void test_flipped(gconstpointer data)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, (int) GPOINTER_TO_UINT(data), TRUE);
        g_autoptr(GBytes) record = NULL;
        gsize len;
        const guint8 *bytes;

        dtls_server_connect(server);
        dtls_server_send(server, "truth");
        record = dtls_server_pop(server);
        bytes = g_bytes_get_data(record, &len);
        throw_truncated(host, record);
        for (gsize bit = 0; bit < len * 8; bit++) {
                g_autofree guint8 *wrong = g_memdup2(bytes, len);

                wrong[bit / 8] ^= (guint8) (1 << bit % 8);
                assert_dropped(host, wrong, len);
        }
        g_assert_cmpint(fake_host_receive(host, record), ==, 0);
        g_assert_cmpuint(g_queue_get_length(&host->messages), ==, 1);
}

/*
 * A stranger's record of the new epoch, before the server's Finished: the
 * library would take it for a wrong key, at once or when it unpacks it later.
 */
static void test_forged_finished(void)
{
        const guint8 forged[] = {
                22, 0xfe, 0xfd, 0, 1,  0,  0,  0,  0,  0,  0,  0,  24, 0,  1,  2,  3,  4,  5,
                6,  7,    8,    9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
        };
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, FALSE);
        g_autoptr(GBytes) last = NULL;
        const guint8 *bytes;
        gsize len;
        gsize split;

        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        for (unsigned i = 0; i < 2; i++) {
                g_autoptr(GBytes) datagram = next_from_server(server, host);

                assert_dropped(host, forged, sizeof(forged));
                g_assert_cmpint(fake_host_receive(host, datagram), ==, 0);
        }

        last = next_from_server(server, host);
        bytes = g_bytes_get_data(last, &len);
        g_assert_cmpuint(bytes[0], ==, 20);
        split = 13 + bytes[12];
        assert_dropped(host, forged, sizeof(forged));
        g_assert_cmpint(host->plugin->receive(host->session, bytes, split, host->now), ==, 0);
        assert_dropped(host, forged, sizeof(forged));
        if (split == len) { /* the Finished is a datagram of its own */
                g_bytes_unref(last);
                last = dtls_server_pop(server);
                bytes = g_bytes_get_data(last, &len);
                split = 0;
        }
        g_assert_cmpint(host->plugin->receive(host->session, bytes + split, len - split, host->now),
                        ==, 0);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
        assert_echo(server, host);
}

/* A record of another epoch with a rest behind it that is no record. */
static void test_short_rest(void)
{
        const guint8 data[] = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 2, 3, 4, 5};
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, FALSE);

        dtls_server_connect(server);
        for (gsize len = 0; len <= sizeof(data); len++)
                assert_dropped(host, data, len);
        assert_echo(server, host);
}

/* Good records are taken though a bad one stands before or behind them. */
static void test_mixed_datagram(void)
{
        const guint8 bad[] = {22, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 3, 1, 2, 3};
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, CCM_8, FALSE);

        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        for (unsigned i = 0; i < N_ROUNDS && status_of(host).state == LWM_SECURITY_CONNECTING;
             i++) {
                g_autoptr(GBytes) datagram = next_from_server(server, host);
                g_autoptr(GByteArray) mixed = g_byte_array_new();

                g_byte_array_append(mixed, bad, sizeof(bad));
                g_byte_array_append(mixed, g_bytes_get_data(datagram, NULL),
                                    (guint) g_bytes_get_size(datagram));
                g_byte_array_append(mixed, bad, sizeof(bad));
                g_assert_cmpint(
                        host->plugin->receive(host->session, mixed->data, mixed->len, host->now),
                        ==, 0);
        }
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
        assert_echo(server, host);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 2);
        plugin_path = argv[1];

        g_test_add_data_func("/psk/junk/every-state/ccm-8", GUINT_TO_POINTER(CCM_8),
                             test_every_state);
        g_test_add_data_func("/psk/junk/every-state/cbc-sha256", GUINT_TO_POINTER(CBC_SHA256),
                             test_every_state);
        g_test_add_data_func("/psk/junk/flipped/ccm-8", GUINT_TO_POINTER(CCM_8), test_flipped);
        g_test_add_data_func("/psk/junk/flipped/cbc-sha256", GUINT_TO_POINTER(CBC_SHA256),
                             test_flipped);
        g_test_add_func("/psk/junk/forged-finished", test_forged_finished);
        g_test_add_func("/psk/junk/short-rest", test_short_rest);
        g_test_add_func("/psk/junk/mixed-datagram", test_mixed_datagram);
        return g_test_run();
}
