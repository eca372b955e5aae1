/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What holds for every plugin that has no handshake; argv[1] is the plugin. */

#include <errno.h>
#include <string.h>

#include "fake-host.h"

static const char *plugin_path;

static FakeHost *host_started(void)
{
        FakeHost *host = fake_host_new(plugin_path);

        host->config.mode = 3;
        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        return host;
}

static void test_descriptor(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        const LwmSecurityPlugin *plugin = host->plugin;

        g_assert_cmpuint(plugin->abi, ==, LWM_SECURITY_ABI);
        g_assert_cmpuint(plugin->size, ==, sizeof(LwmSecurityPlugin));
        g_assert_nonnull(plugin->name);
        g_assert_nonnull(plugin->version);
        g_assert_cmpuint(plugin->ip_modes | plugin->sms_modes, !=, 0);
        g_assert_true(plugin->create && plugin->destroy && plugin->start && plugin->receive);
        g_assert_true(plugin->send && plugin->expire && plugin->close && plugin->status);
        g_assert_true(plugin->save && plugin->restore);
        plugin->destroy(NULL);
}

static void test_states(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(GBytes) datagram = g_bytes_new("datagram", 8);

        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_IDLE);
        g_assert_cmpuint(fake_host_status(host)->size, ==, sizeof(LwmSecurityStatus));
        g_assert_cmpint(fake_host_status(host)->alert_sent, ==, -1);
        g_assert_cmpint(fake_host_send(host, "early"), ==, -ENOTCONN);
        g_assert_cmpint(fake_host_receive(host, datagram), ==, -ENOTCONN);
        g_assert_true(g_queue_is_empty(&host->wire));

        g_assert_cmpint(fake_host_start(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, -EALREADY);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
        g_assert_cmpuint(fake_host_status(host)->deadline, ==, LWM_SECURITY_NEVER);
        g_assert_cmpint(fake_host_expire(host), ==, 0);

        g_assert_cmpint(fake_host_close(host), ==, 0);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_CLOSED);
        g_assert_cmpint(fake_host_send(host, "late"), ==, -ENOTCONN);
        g_assert_cmpint(fake_host_receive(host, datagram), ==, -ENOTCONN);
        g_assert_true(g_queue_is_empty(&host->messages));
}

/* What one sends the other receives; the same plugin is both ends. */
static void test_round_trip(void)
{
        g_autoptr(FakeHost) here = host_started();
        g_autoptr(FakeHost) there = host_started();
        g_autoptr(GBytes) datagram = NULL;
        g_autofree char *message = NULL;
        gsize overhead = fake_host_status(here)->overhead;

        g_assert_cmpint(fake_host_send(here, "GET /3/0"), ==, 0);
        datagram = fake_host_pop_wire(here);
        g_assert_nonnull(datagram);
        g_assert_cmpuint(g_bytes_get_size(datagram), ==, 8 + overhead);

        g_assert_cmpint(fake_host_receive(there, datagram), ==, 0);
        message = fake_host_pop_message(there);
        g_assert_cmpstr(message, ==, "GET /3/0");
        g_assert_true(g_queue_is_empty(&there->wire));
}

static void test_lengths(void)
{
        g_autoptr(FakeHost) host = host_started();
        g_autofree char *longest = g_strnfill(fake_host_status(host)->max_message, 'x');
        g_autofree char *longer = g_strconcat(longest, "x", NULL);

        g_assert_cmpuint(strlen(longest), ==, host->config.mtu - fake_host_status(host)->overhead);
        g_assert_cmpint(fake_host_send(host, longest), ==, 0);
        g_assert_cmpint(fake_host_send(host, longer), ==, -EMSGSIZE);
        g_assert_cmpint(fake_host_send(host, ""), ==, -EINVAL);
        g_assert_cmpuint(g_queue_get_length(&host->wire), ==, 1);
}

/* A full queue of the host is the caller's to hear of, and ends nothing. */
static void test_host_refuses(void)
{
        g_autoptr(FakeHost) host = host_started();
        g_autoptr(GBytes) datagram = NULL;

        g_assert_cmpint(fake_host_send(host, "message"), ==, 0);
        datagram = fake_host_pop_wire(host);
        host->emit_result = -ENOBUFS;
        g_assert_cmpint(fake_host_send(host, "message"), ==, -ENOBUFS);
        g_assert_cmpint(fake_host_receive(host, datagram), ==, -ENOBUFS);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
}

static void test_nothing_to_save(void)
{
        g_autoptr(FakeHost) host = host_started();
        g_autoptr(GBytes) saved = g_bytes_new("saved", 5);
        int error = 0;

        g_assert_cmpuint(host->plugin->saves, ==, 0);
        g_assert_null(fake_host_save(host, LWM_SECURITY_SAVE_TICKET, &error));
        g_assert_cmpint(error, ==, -EOPNOTSUPP);
        fake_host_destroy(host);
        g_assert_cmpint(fake_host_restore(host, LWM_SECURITY_SAVE_CONTEXT, saved), ==, -EOPNOTSUPP);
        g_assert_null(host->session);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 2);
        plugin_path = argv[1];

        g_test_add_func("/plugin/descriptor", test_descriptor);
        g_test_add_func("/plugin/states", test_states);
        g_test_add_func("/plugin/round-trip", test_round_trip);
        g_test_add_func("/plugin/lengths", test_lengths);
        g_test_add_func("/plugin/host-refuses", test_host_refuses);
        g_test_add_func("/plugin/nothing-to-save", test_nothing_to_save);
        return g_test_run();
}
