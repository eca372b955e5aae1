/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>

#include "fake-link.h"
#include "link/link.h"

typedef struct Peer {
        Link *link;
        GString *log;
        bool free_inside;
        bool nested;
} Peer;

static void on_datagram(void *user, const uint8_t *data, size_t len)
{
        Peer *peer = user;

        g_string_append_printf(peer->log, "<%.*s>", (int) len, (const char *) data);
        if (peer->nested) {
                peer->nested = false;
                g_assert_false(fake_link_inject(peer->link, "inner", 5));
                return;
        }
        if (peer->free_inside)
                g_clear_pointer(&peer->link, link_free);
}

static void on_error(void *user, int error)
{
        Peer *peer = user;

        g_string_append_printf(peer->log, "(%d)", -error);
        if (peer->free_inside)
                g_clear_pointer(&peer->link, link_free);
}

static const LinkHandler handler = {.on_datagram = on_datagram, .on_error = on_error};

static void test_counters(void)
{
        g_autoptr(Link) link = fake_link_new();
        g_autoptr(GString) log = g_string_new(NULL);
        Peer peer = {.link = link, .log = log};
        g_autoptr(GBytes) sent = NULL;

        g_assert_true(fake_link_inject(link, "early", 5));
        link_set_handler(link, &handler, &peer);
        g_assert_true(fake_link_inject(link, "one", 3));
        g_assert_true(fake_link_inject(link, "", 0));
        g_assert_true(fake_link_inject_error(link, -ECONNREFUSED));
        g_assert_cmpstr(log->str, ==, "<one><>(111)");

        g_assert_cmpint(link_send(link, "two", 3), ==, 0);
        fake_link_fail(link, -ENETUNREACH);
        g_assert_cmpint(link_send(link, "three", 5), ==, -ENETUNREACH);
        fake_link_fail(link, 0);
        g_assert_cmpint(link_send(link, "four", 4), ==, 0);
        g_assert_cmpuint(fake_link_pending(link), ==, 2);
        sent = fake_link_take(link);
        g_assert_cmpmem(g_bytes_get_data(sent, NULL), g_bytes_get_size(sent), "two", 3);

        g_assert_cmpuint(link_counters(link)->datagrams_in, ==, 2);
        g_assert_cmpuint(link_counters(link)->octets_in, ==, 3);
        g_assert_cmpuint(link_counters(link)->datagrams_out, ==, 2);
        g_assert_cmpuint(link_counters(link)->octets_out, ==, 7);
        g_assert_cmpuint(link_counters(link)->send_errors, ==, 1);
        g_assert_cmpuint(link_counters(link)->dropped, ==, 1);
        g_assert_cmpuint(link_mtu(link), ==, 1232);
        g_assert_cmpstr(link_describe(link), ==, "fake");
}

static void test_free_inside(void)
{
        g_autoptr(GString) log = g_string_new(NULL);
        Peer peer = {.log = log, .free_inside = true};

        peer.link = fake_link_new();
        link_set_handler(peer.link, &handler, &peer);
        g_assert_false(fake_link_inject(peer.link, "a", 1));
        g_assert_null(peer.link);

        peer.link = fake_link_new();
        link_set_handler(peer.link, &handler, &peer);
        g_assert_false(fake_link_inject_error(peer.link, -EIO));
        g_assert_null(peer.link);

        peer.nested = true;
        peer.link = fake_link_new();
        link_set_handler(peer.link, &handler, &peer);
        g_assert_false(fake_link_inject(peer.link, "outer", 5));
        g_assert_null(peer.link);
        g_assert_cmpstr(log->str, ==, "<a>(5)<outer><inner>");
        link_free(NULL);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/link/counters", test_counters);
        g_test_add_func("/link/free-inside", test_free_inside);
        return g_test_run();
}
