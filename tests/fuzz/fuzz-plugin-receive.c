/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * psk.so and datagrams of any shape. The first octet says how far the session
 * has come: that many datagrams of a real server were received. Then come the
 * datagrams, each after its length in two octets. Nothing that is not the
 * server's ends a session that is READY.
 */

#include <errno.h>

#include "dtls-server.h"
#include "fuzz.h"

#define CCM_8 0xC0A8
#define MAX_STEPS 4 /* a whole handshake, and then some */

static void advance(DtlsServer *server, FakeHost *host, unsigned n)
{
        for (unsigned i = 0; i < n; i++) {
                g_autoptr(GBytes) ours = NULL;
                g_autoptr(GBytes) theirs = NULL;

                while ((ours = fake_host_pop_wire(host)) != NULL) {
                        dtls_server_receive(server, ours);
                        g_clear_pointer(&ours, g_bytes_unref);
                }
                theirs = dtls_server_pop(server);
                if (theirs)
                        fake_host_receive(host, theirs);
        }
}

static void receive(FakeHost *host, const uint8_t *data, size_t len)
{
        LwmSecurityStatus before = *fake_host_status(host);
        const LwmSecurityStatus *after;
        int r;

        r = host->plugin->receive(host->session, data, len, host->now);
        after = fake_host_status(host);
        g_assert_cmpint(r, <=, 0);
        g_assert_true(g_queue_is_empty(&host->messages));
        if (before.state == LWM_SECURITY_READY || r == -EBADMSG) {
                g_assert_cmpint(after->state, ==, before.state);
                g_assert_cmpint(after->alert_received, ==, before.alert_received);
                g_assert_cmpint(after->alert_sent, ==, before.alert_sent);
                g_assert_cmpuint(after->deadline, ==, before.deadline);
        }
        if (after->state == LWM_SECURITY_FAILED) {
                g_assert_cmpint(after->error, <, 0);
                g_assert_cmpuint(after->deadline, ==, LWM_SECURITY_NEVER);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autoptr(FakeHost) host = NULL;
        g_autoptr(DtlsServer) server = NULL;

        if (size == 0)
                return 0;

        host = fake_host_new(PSK_PLUGIN);
        server = dtls_server_new(host, CCM_8, FALSE);
        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        advance(server, host, data[0] % (MAX_STEPS + 1));
        data++;
        size--;
        while (size >= 2) {
                size_t len = MIN((size_t) data[0] << 8 | data[1], size - 2);

                receive(host, data + 2, len);
                data += 2 + len;
                size -= 2 + len;
        }

        return 0;
}
