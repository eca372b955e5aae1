/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "udp-peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct UdpPeer {
        FakeHost *host;
        GPid pid;
        guint16 port;
        int fd;
        int input; /* what the server reads and writes as its terminal */
        int output;
};

static int open_socket(guint16 *port)
{
        struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_port = htons(*port),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        socklen_t len = sizeof(address);
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        g_assert_cmpint(fd, >=, 0);
        if (*port != 0) {
                g_assert_cmpint(connect(fd, (struct sockaddr *) &address, sizeof(address)), ==, 0);
                return fd;
        }

        g_assert_cmpint(bind(fd, (struct sockaddr *) &address, sizeof(address)), ==, 0);
        g_assert_cmpint(getsockname(fd, (struct sockaddr *) &address, &len), ==, 0);
        *port = ntohs(address.sin_port);
        return fd;
}

/* The kernel names a free port; these servers cannot be handed a socket. */
static guint16 free_port(void)
{
        guint16 port = 0;

        close(open_socket(&port));
        return port;
}

/* The server ends with the test, however the test ends. */
static void on_child(void *data)
{
        prctl(PR_SET_PDEATHSIG, SIGKILL);
}

UdpPeer *udp_peer_new(FakeHost *host, const char *const *argv)
{
        UdpPeer *peer = g_new0(UdpPeer, 1);
        g_autoptr(GPtrArray) full = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GError) error = NULL;
        g_autofree char *port = NULL;

        peer->host = host;
        peer->port = free_port();
        port = g_strdup_printf("%u", peer->port);
        for (; *argv; argv++) {
                GString *argument = g_string_new(*argv);

                g_string_replace(argument, "PORT", port, 0);
                g_ptr_array_add(full, g_string_free(argument, FALSE));
        }
        g_ptr_array_add(full, NULL);

        g_spawn_async_with_pipes(
                NULL, (char **) full->pdata, NULL,
                G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL,
                on_child, NULL, &peer->pid, &peer->input, &peer->output, NULL, &error);
        g_assert_no_error(error);
        peer->fd = open_socket(&peer->port);
        return peer;
}

void udp_peer_free(UdpPeer *peer)
{
        if (!peer)
                return;

        kill(peer->pid, SIGKILL);
        waitpid(peer->pid, NULL, 0);
        close(peer->fd);
        close(peer->input);
        close(peer->output);
        g_free(peer);
}

void udp_peer_reopen(UdpPeer *peer)
{
        close(peer->fd);
        peer->fd = open_socket(&peer->port);
}

void udp_peer_flush(UdpPeer *peer)
{
        GBytes *datagram;

        while ((datagram = fake_host_pop_wire(peer->host)) != NULL) {
                gsize len;
                const void *data = g_bytes_get_data(datagram, &len);
                ssize_t n = send(peer->fd, data, len, 0);

                if (n < 0) /* nobody listens yet: the deadline sends it again */
                        g_assert_cmpint(errno, ==, ECONNREFUSED);
                g_bytes_unref(datagram);
        }
}

static void receive_all(UdpPeer *peer)
{
        guint8 data[4096];
        ssize_t n;

        while ((n = recv(peer->fd, data, sizeof(data), 0)) > 0)
                peer->host->plugin->receive(peer->host->session, data, (size_t) n, peer->host->now);
}

/* One turn of what a main loop does, on the real clock. */
static void turn(UdpPeer *peer)
{
        FakeHost *host = peer->host;
        guint64 deadline = fake_host_status(host)->deadline;
        struct pollfd poll_fd = {.fd = peer->fd, .events = POLLIN};
        gint64 wait_ms = 100;

        udp_peer_flush(peer);
        if (deadline != LWM_SECURITY_NEVER)
                wait_ms = CLAMP((gint64) (deadline - host->now) / 1000 + 1, 0, wait_ms);
        poll(&poll_fd, 1, (int) wait_ms);
        host->now = (guint64) g_get_monotonic_time();
        receive_all(peer);
        if (host->now >= fake_host_status(host)->deadline)
                fake_host_expire(host);
        udp_peer_flush(peer);
}

void udp_peer_connect(UdpPeer *peer)
{
        gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;

        peer->host->now = (guint64) g_get_monotonic_time();
        g_assert_cmpint(fake_host_start(peer->host), ==, 0);
        while (fake_host_status(peer->host)->state == LWM_SECURITY_CONNECTING &&
               g_get_monotonic_time() < end)
                turn(peer);
        udp_peer_flush(peer);
}

char *udp_peer_wait_message(UdpPeer *peer)
{
        gint64 end = g_get_monotonic_time() + 5 * G_USEC_PER_SEC;

        while (g_queue_is_empty(&peer->host->messages) && g_get_monotonic_time() < end)
                turn(peer);

        return fake_host_pop_message(peer->host);
}

void udp_peer_type(UdpPeer *peer, const char *text)
{
        g_assert_cmpint(write(peer->input, text, strlen(text)), ==, (gssize) strlen(text));
}

gboolean udp_peer_shows(UdpPeer *peer, const char *text)
{
        gint64 end = g_get_monotonic_time() + 5 * G_USEC_PER_SEC;
        g_autoptr(GString) shown = g_string_new(NULL);
        char buffer[256];

        udp_peer_flush(peer);
        while (!strstr(shown->str, text) && g_get_monotonic_time() < end) {
                struct pollfd poll_fd = {.fd = peer->output, .events = POLLIN};
                ssize_t n;

                if (poll(&poll_fd, 1, 100) <= 0)
                        continue;
                n = read(peer->output, buffer, sizeof(buffer));
                if (n <= 0)
                        break;
                g_string_append_len(shown, buffer, n);
        }

        return strstr(shown->str, text) != NULL;
}
