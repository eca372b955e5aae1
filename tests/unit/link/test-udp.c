/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "link/address.h"
#include "link/udp.h"
#include "test-util.h"

/* A link, and a plain socket as the peer it is connected to. */
typedef struct Fixture {
        GMainContext *context;
        Link *link;
        int peer;
        struct sockaddr_storage peer_address;
        struct sockaddr_storage link_address;
        unsigned datagrams;
        unsigned errors;
        int last_error;
        GString *last;
        bool free_inside;
        bool echo;
} Fixture;

static void on_datagram(void *user, const uint8_t *data, size_t len)
{
        Fixture *f = user;

        f->datagrams++;
        g_string_truncate(f->last, 0);
        g_string_append_len(f->last, (const char *) data, (gssize) len);
        if (f->echo)
                g_assert_cmpint(link_send(f->link, data, len), ==, 0);
        if (f->free_inside)
                g_clear_pointer(&f->link, link_free);
}

static void on_error(void *user, int error)
{
        Fixture *f = user;

        f->errors++;
        f->last_error = error;
        if (f->free_inside)
                g_clear_pointer(&f->link, link_free);
}

static const LinkHandler handler = {.on_datagram = on_datagram, .on_error = on_error};

static int socket_new(const char *host, struct sockaddr_storage *ret)
{
        struct sockaddr_storage address;
        socklen_t len = sizeof(*ret);
        int fd;

        g_assert_cmpint(address_parse(host, 0, &address), ==, 0);
        fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -1;
        g_assert_cmpint(getsockname(fd, (struct sockaddr *) ret, &len), ==, 0);
        return fd;
}

static void connect_link(Fixture *f, uint16_t local_port)
{
        g_assert_cmpint(udp_link_new(f->context, (struct sockaddr *) &f->peer_address,
                                     sizeof(f->peer_address), local_port, &f->link),
                        ==, 0);
        g_assert_cmpint(udp_link_local(f->link, &f->link_address), ==, 0);
        link_set_handler(f->link, &handler, f);
}

/* Connects anew, and tells the number of the link's descriptor: the lowest free one. */
static int reconnect(Fixture *f, uint16_t local_port)
{
        int next;

        link_free(f->link);
        next = dup(STDERR_FILENO);
        close(next);
        connect_link(f, local_port);
        return next;
}

static void set_up(Fixture *f, gconstpointer host)
{
        f->context = g_main_context_new();
        f->last = g_string_new(NULL);
        f->peer = socket_new(host, &f->peer_address);
        if (f->peer >= 0)
                connect_link(f, 0);
        else
                g_test_skip("no such address family here");
}

static void tear_down(Fixture *f, gconstpointer host)
{
        link_free(f->link);
        if (f->peer >= 0)
                close(f->peer);
        g_string_free(f->last, TRUE);
        g_main_context_unref(f->context);
}

static void peer_send(Fixture *f, const void *data, size_t len)
{
        g_assert_cmpint(sendto(f->peer, data, len, 0, (struct sockaddr *) &f->link_address,
                               sizeof(f->link_address)),
                        ==, (gssize) len);
}

static void test_exchange(Fixture *f, gconstpointer host)
{
        char buffer[100];
        ssize_t n = -1;

        if (!f->link)
                return;
        g_assert_true(g_str_has_prefix(link_describe(f->link),
                                       strchr(host, ':') ? "udp [::1]:" : "udp 127.0.0.1:"));
        f->echo = true;
        peer_send(f, "hello", 5);
        test_wait_until(f->context, f->datagrams == 1);
        g_assert_cmpstr(f->last->str, ==, "hello");
        test_wait_until(f->context, (n = recv(f->peer, buffer, sizeof(buffer), 0)) >= 0);
        g_assert_cmpmem(buffer, n, "hello", 5);

        f->echo = false;
        peer_send(f, "", 0);
        test_wait_until(f->context, f->datagrams == 2);
        g_assert_cmpuint(f->last->len, ==, 0);
        g_assert_cmpuint(link_counters(f->link)->octets_in, ==, 5);
        g_assert_cmpuint(f->errors, ==, 0);
}

static void test_stranger(Fixture *f, gconstpointer host)
{
        struct sockaddr_storage address;
        int stranger = socket_new(host, &address);

        sendto(stranger, "evil", 4, 0, (struct sockaddr *) &f->link_address,
               sizeof(f->link_address));
        peer_send(f, "good", 4);
        test_wait_until(f->context, f->datagrams > 0);
        g_assert_cmpuint(f->datagrams, ==, 1);
        g_assert_cmpstr(f->last->str, ==, "good");
        close(stranger);
}

/* What a stranger could send between bind() and connect() comes from a socket that is not
 * connected. */
static void test_early_stranger(Fixture *f, gconstpointer host)
{
        const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
        struct sockaddr_storage address;
        const struct sockaddr_in *local = (const void *) &f->link_address;
        int fd = reconnect(f, ntohs(local->sin_port)); /* a port that stays bound */
        int stranger = socket_new(host, &address);

        g_assert_cmpint(connect(fd, &nobody, sizeof(nobody)), ==, 0);
        g_assert_cmpint(udp_link_local(f->link, &f->link_address), ==, 0);
        g_assert_cmpint(sendto(stranger, "evil", 4, 0, (struct sockaddr *) &f->link_address,
                               sizeof(f->link_address)),
                        ==, 4);
        peer_send(f, "good", 4);
        test_wait_until(f->context, f->datagrams > 0);
        g_assert_cmpstr(f->last->str, ==, "good");
        g_assert_cmpuint(f->datagrams, ==, 1);
        g_assert_cmpuint(link_counters(f->link)->dropped, ==, 1);
        close(stranger);
}

static void test_sizes(Fixture *f, gconstpointer host)
{
        g_autofree uint8_t *big = g_malloc0(70000);

        peer_send(f, big, LINK_MAX_DATAGRAM);
        test_wait_until(f->context, f->datagrams == 1);
        g_assert_cmpuint(f->last->len, ==, LINK_MAX_DATAGRAM);

        peer_send(f, big, LINK_MAX_DATAGRAM + 1);
        peer_send(f, "next", 4);
        test_wait_until(f->context, f->datagrams == 2);
        g_assert_cmpstr(f->last->str, ==, "next");
        g_assert_cmpuint(link_counters(f->link)->dropped, ==, 1);

        g_assert_cmpint(link_send(f->link, big, 70000), ==, -EMSGSIZE);
        g_assert_cmpuint(link_counters(f->link)->send_errors, ==, 1);
}

/* A flood is taken in bursts, so that the loop's other sources have their turn. */
static void test_burst(Fixture *f, gconstpointer host)
{
        for (unsigned i = 0; i < 3 * UDP_MAX_BURST; i++)
                peer_send(f, &i, sizeof(i));
        while (f->datagrams == 0)
                test_loop_turn(f->context);
        g_assert_cmpuint(f->datagrams, ==, UDP_MAX_BURST);
        test_wait_until(f->context, f->datagrams == 3 * UDP_MAX_BURST);
}

static void test_free_inside(Fixture *f, gconstpointer host)
{
        f->free_inside = true;
        peer_send(f, "1", 1);
        peer_send(f, "2", 1);
        test_wait_until(f->context, f->datagrams == 1);
        for (unsigned i = 0; i < 3; i++)
                g_main_context_iteration(f->context, FALSE);
        g_assert_cmpuint(f->datagrams, ==, 1);
        g_assert_null(f->link);
}

/* Nobody listens: ICMP says so, and the handler hears of it once for each. */
static void test_refused(Fixture *f, gconstpointer host)
{
        close(f->peer);
        f->peer = -1;
        g_assert_cmpint(link_send(f->link, "anyone", 6), ==, 0);
        test_wait_until(f->context, f->errors == 1);
        g_assert_cmpint(f->last_error, ==, -ECONNREFUSED);

        /* The error of the first meets the second, which is sent all the same. */
        g_assert_cmpint(link_send(f->link, "there", 5), ==, 0);
        g_assert_cmpint(link_send(f->link, "?", 1), ==, 0);
        g_assert_cmpuint(f->errors, ==, 1); /* not from within link_send() */
        test_wait_until(f->context, f->errors >= 2);
        g_assert_cmpint(f->last_error, ==, -ECONNREFUSED);
        g_assert_cmpuint(link_counters(f->link)->datagrams_out, ==, 3);

        f->free_inside = true;
        g_assert_cmpint(link_send(f->link, "!", 1), ==, 0);
        test_wait_until(f->context, !f->link);
}

/* A descriptor that is readable for ever and fails for ever: the loop must sleep. */
static void test_broken_socket(Fixture *f, gconstpointer host)
{
        gint64 end = g_get_monotonic_time() + G_USEC_PER_SEC / 5;
        unsigned turns = 0;
        int fd = reconnect(f, 0);
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

        g_assert_cmpint(dup2(null, fd), ==, fd);
        close(null);

        while (g_get_monotonic_time() < end) {
                test_loop_turn(f->context);
                turns++;
        }
        g_assert_cmpuint(f->errors, ==, 1);
        g_assert_cmpint(f->last_error, ==, -ENOTSOCK);
        g_assert_cmpuint(turns, <, 20);
        test_wait_until(f->context, f->errors == 2); /* it looks again */
}

static void test_local_port(Fixture *f, gconstpointer host)
{
        Fixture other = {.context = f->context, .last = f->last};
        const struct sockaddr_in *address = (const void *) &f->link_address;
        uint16_t port = ntohs(address->sin_port);

        link_free(f->link);
        connect_link(f, port);
        g_assert_cmpuint(ntohs(address->sin_port), ==, port);

        /* Another peer on the same local port: each hears its own. */
        other.peer = socket_new(host, &other.peer_address);
        connect_link(&other, port);
        peer_send(f, "one", 3);
        test_wait_until(f->context, f->datagrams == 1);
        g_assert_cmpstr(f->last->str, ==, "one");
        peer_send(&other, "two", 3);
        test_wait_until(f->context, other.datagrams == 1);
        g_assert_cmpuint(f->datagrams, ==, 1);
        link_free(other.link);
        close(other.peer);
}

static void test_bad_peer(void)
{
        struct sockaddr_storage address = {.ss_family = AF_UNIX};
        Link *link = NULL;

        g_assert_cmpint(udp_link_new(NULL, (struct sockaddr *) &address, sizeof(address), 0, &link),
                        ==, -EINVAL);
        address.ss_family = AF_INET6;
        g_assert_cmpint(udp_link_new(NULL, (struct sockaddr *) &address, sizeof(struct sockaddr_in),
                                     0, &link),
                        ==, -EINVAL);
        g_assert_cmpint(udp_link_new(NULL, (struct sockaddr *) &address, 0, 0, &link), ==, -EINVAL);
        g_assert_null(link);
}

#define ADD(path, host, func) g_test_add(path, Fixture, host, set_up, func, tear_down)

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        ADD("/udp/exchange-ipv4", "127.0.0.1", test_exchange);
        ADD("/udp/exchange-ipv6", "::1", test_exchange);
        ADD("/udp/stranger", "127.0.0.1", test_stranger);
        ADD("/udp/early-stranger", "127.0.0.1", test_early_stranger);
        ADD("/udp/sizes", "127.0.0.1", test_sizes);
        ADD("/udp/burst", "127.0.0.1", test_burst);
        ADD("/udp/free-inside", "127.0.0.1", test_free_inside);
        ADD("/udp/refused", "127.0.0.1", test_refused);
        ADD("/udp/broken-socket", "127.0.0.1", test_broken_socket);
        ADD("/udp/local-port", "127.0.0.1", test_local_port);
        g_test_add_func("/udp/bad-peer", test_bad_peer);
        return g_test_run();
}
