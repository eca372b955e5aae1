/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <unistd.h>

#include "host/network.h"
#include "link/address.h"
#include "test-util.h"

/* In a network namespace of its own, where there is only a loopback interface that is down. */
typedef struct Fixture {
        struct nl_sock *socket;
        GMainContext *context;
        Clock *clock;
        NetworkMonitor *monitor;
        unsigned changes;
        bool free_inside;
} Fixture;

static void on_change(void *user)
{
        Fixture *f = user;

        f->changes++;
        if (f->free_inside)
                g_clear_pointer(&f->monitor, network_monitor_free);
}

static void set_up(Fixture *f, gconstpointer unused)
{
        f->context = g_main_context_new();
        if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
                g_test_skip("no network namespace may be made");
                return;
        }
        f->socket = nl_socket_alloc();
        g_assert_cmpint(nl_connect(f->socket, NETLINK_ROUTE), ==, 0);
        f->clock = clock_new_manual(0, 0);
        g_assert_cmpint(network_monitor_new(f->clock, f->context, on_change, f, &f->monitor), ==,
                        0);
}

static void tear_down(Fixture *f, gconstpointer unused)
{
        network_monitor_free(f->monitor);
        clock_free(f->clock);
        nl_socket_free(f->socket);
        g_main_context_unref(f->context);
}

static void set_link_up(Fixture *f, const char *name, bool up)
{
        struct rtnl_link *link, *change = rtnl_link_alloc();

        g_assert_cmpint(rtnl_link_get_kernel(f->socket, 0, name, &link), ==, 0);
        if (up)
                rtnl_link_set_flags(change, IFF_UP);
        else
                rtnl_link_unset_flags(change, IFF_UP);
        g_assert_cmpint(rtnl_link_change(f->socket, link, change, 0), ==, 0);
        rtnl_link_put(link);
        rtnl_link_put(change);
}

/* `host` a number within 192.0.2.0/24. */
static void set_address(Fixture *f, int ifindex, uint8_t host, uint8_t prefix, bool add)
{
        const uint8_t octets[] = {192, 0, 2, host};
        struct nl_addr *local = nl_addr_build(AF_INET, octets, sizeof(octets));
        struct rtnl_addr *address = rtnl_addr_alloc();

        nl_addr_set_prefixlen(local, prefix);
        rtnl_addr_set_ifindex(address, ifindex);
        g_assert_cmpint(rtnl_addr_set_local(address, local), ==, 0);
        g_assert_cmpint(add ? rtnl_addr_add(f->socket, address, 0)
                            : rtnl_addr_delete(f->socket, address, 0),
                        ==, 0);
        rtnl_addr_put(address);
        nl_addr_put(local);
}

/* The kernel has queued the events when the change returns: this reads them. */
static void drain(Fixture *f)
{
        while (g_main_context_iteration(f->context, FALSE))
                ;
}

static void test_debounce(Fixture *f, gconstpointer unused)
{
        if (!f->socket)
                return;
        drain(f);
        g_assert_cmpint(clock_next_deadline(f->clock), ==, CLOCK_NEVER);
        set_link_up(f, "lo", true);
        for (uint8_t host = 1; host < 50; host++)
                set_address(f, 1, host, 32, true);
        drain(f);
        g_assert_cmpuint(f->changes, ==, 0);
        clock_advance(f->clock, NETWORK_QUIET - 1);
        g_assert_cmpuint(f->changes, ==, 0);
        clock_advance(f->clock, 1);
        g_assert_cmpuint(f->changes, ==, 1);
        clock_advance(f->clock, 100 * NETWORK_PATIENCE);
        g_assert_cmpuint(f->changes, ==, 1);

        set_address(f, 1, 7, 32, false);
        drain(f);
        clock_advance(f->clock, NETWORK_QUIET);
        g_assert_cmpuint(f->changes, ==, 2);
}

/* An interface that flaps for ever is told of all the same. */
static void test_patience(Fixture *f, gconstpointer unused)
{
        gint64 waited = 0;

        if (!f->socket)
                return;
        for (bool up = true; f->changes == 0 && waited < 2 * NETWORK_PATIENCE; up = !up) {
                set_link_up(f, "lo", up);
                drain(f);
                clock_advance(f->clock, NETWORK_QUIET / 2);
                waited += NETWORK_QUIET / 2;
        }
        g_assert_cmpint(waited, ==, NETWORK_PATIENCE);
}

/* More events than the socket holds: the loss is a change, and later ones are heard. */
static void test_overflow(Fixture *f, gconstpointer unused)
{
        if (!f->socket)
                return;
        set_link_up(f, "lo", true);
        for (unsigned turn = 0; turn < 4; turn++)
                for (uint8_t host = 1; host < 250; host++)
                        set_address(f, 1, host, 32, turn % 2 == 0);
        drain(f);
        clock_advance(f->clock, NETWORK_QUIET);
        g_assert_cmpuint(f->changes, ==, 1);
        set_address(f, 1, 9, 32, true);
        drain(f);
        clock_advance(f->clock, NETWORK_QUIET);
        g_assert_cmpuint(f->changes, ==, 2);
}

static void test_free_inside(Fixture *f, gconstpointer unused)
{
        if (!f->socket)
                return;
        f->free_inside = true;
        set_link_up(f, "lo", true);
        drain(f);
        clock_advance(f->clock, NETWORK_QUIET);
        g_assert_cmpuint(f->changes, ==, 1);
        set_link_up(f, "lo", false);
        drain(f);
        clock_advance(f->clock, NETWORK_PATIENCE);
        g_assert_cmpuint(f->changes, ==, 1);
}

static char *source_for(const char *host)
{
        struct sockaddr_storage destination, source;
        int r;

        g_assert_cmpint(address_parse(host, 5683, &destination), ==, 0);
        r = network_source_for((struct sockaddr *) &destination, &source);
        return r < 0 ? g_strdup(g_strerror(-r)) : address_to_string((struct sockaddr *) &source);
}

static void assert_source(const char *host, const char *expected)
{
        g_autofree char *source = source_for(host);

        g_assert_cmpstr(source, ==, expected);
}

static void test_source(Fixture *f, gconstpointer unused)
{
        if (!f->socket)
                return;
        assert_source("192.0.2.9", "Network is unreachable");
        assert_source("2001:db8::1", "Cannot assign requested address");
        set_link_up(f, "lo", true);
        assert_source("127.0.0.1", "127.0.0.1:0");
        assert_source("::1", "[::1]:0");
        set_address(f, 1, 1, 24, true);
        assert_source("192.0.2.1", "192.0.2.1:0");
        set_address(f, 1, 1, 24, false);
        assert_source("192.0.2.1", "Network is unreachable");
}

static void test_any_up(Fixture *f, gconstpointer unused)
{
        if (!f->socket)
                return;
        set_link_up(f, "lo", true);
        g_assert_false(network_any_up());
        if (rtnl_link_veth_add(f->socket, "one", "two", getpid()) < 0) {
                g_test_skip("this kernel has no veth");
                return;
        }
        g_assert_false(network_any_up());
        set_link_up(f, "one", true);
        g_assert_false(network_any_up()); /* no carrier */
        set_link_up(f, "two", true);
        test_wait_until(f->context, network_any_up()); /* the kernel takes a moment */
        set_link_up(f, "two", false);
        test_wait_until(f->context, !network_any_up());
}

static void test_other_family(void)
{
        struct sockaddr_storage source, destination = {.ss_family = AF_UNIX};

        g_assert_cmpint(network_source_for((struct sockaddr *) &destination, &source), ==,
                        -EAFNOSUPPORT);
}

#define ADD(path, func) g_test_add(path, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        ADD("/network/debounce", test_debounce);
        ADD("/network/patience", test_patience);
        ADD("/network/overflow", test_overflow);
        ADD("/network/free-inside", test_free_inside);
        ADD("/network/source", test_source);
        ADD("/network/any-up", test_any_up);
        g_test_add_func("/network/other-family", test_other_family);
        return g_test_run();
}
