/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lwm2m-test-server [NOSEC-PORT [PSK-PORT]]: CoAP and DTLS by libcoap, driven by lines of JSON on
 * standard input, told in lines of JSON on standard output. What LwM2M is, the driver knows.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "event.h"
#include "rehandshake.h"
#include "trace.h"

/* The longest line; a payload of 64 kB is twice as long in hexadecimal. */
#define LINE_MAX_BYTES (1024 * 1024)

static void write_ready(const Server *server)
{
        event_write(json_pack("{s:s, s:i, s:i, s:b, s:s}", "event", "ready", "nosec",
                              server->nosec.port, "psk", server->psk.port, "ipv6",
                              server->nosec.ipv6 && server->psk.ipv6, "libcoap",
                              coap_package_version()));
}

static bool run_line(Server *server, const char *line, size_t len)
{
        json_error_t error;
        json_t *command = json_loadb(line, len, 0, &error);
        bool on;

        if (!command) {
                event_write(json_pack("{s:s, s:s}", "event", "error", "text", error.text));
                return true;
        }
        on = command_run(server, command);
        json_decref(command);
        return on;
}

/* Takes what is there and runs the whole lines of it. False at the end of input or "quit". */
static bool read_commands(Server *server, GString *input)
{
        char chunk[65536];
        ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));
        const char *end;

        if (n <= 0)
                return n < 0 && errno == EINTR;
        g_string_append_len(input, chunk, n);

        while ((end = memchr(input->str, '\n', input->len))) {
                size_t len = (size_t) (end - input->str);
                bool on = run_line(server, input->str, len);

                g_string_erase(input, 0, (gssize) len + 1);
                if (!on)
                        return false;
        }
        return input->len <= LINE_MAX_BYTES;
}

static void loop(Server *server)
{
        struct pollfd fds[] = {
                {.fd = STDIN_FILENO, .events = POLLIN},
                {.fd = coap_context_get_coap_fd(server->coap), .events = POLLIN},
        };
        GString *input = g_string_new(NULL);
        bool on = true;

        while (on) {
                unsigned int timeout;
                coap_tick_t now;

                coap_ticks(&now);
                timeout = coap_io_prepare_epoll(server->coap, now);
                if (poll(fds, G_N_ELEMENTS(fds), timeout ? (int) timeout : -1) < 0)
                        break;
                if (fds[1].revents) {
                        /* libcoap takes one datagram a turn, and first frees what was closed. */
                        rehandshake_check(server);
                        coap_io_process(server->coap, COAP_IO_NO_WAIT);
                        trace_finish_input();
                }
                if (fds[0].revents)
                        on = read_commands(server, input);
        }
        g_string_free(input, TRUE);
}

static uint16_t parse_port(const char *text)
{
        return text ? (uint16_t) strtoul(text, NULL, 10) : 0;
}

int main(int argc, char **argv)
{
        g_autoptr(Server) server = NULL;
        int r;

        signal(SIGPIPE, SIG_IGN);
        coap_startup();
        r = server_new(parse_port(argc > 1 ? argv[1] : NULL), parse_port(argc > 2 ? argv[2] : NULL),
                       &server);
        if (r < 0) {
                fprintf(stderr, "lwm2m-test-server: cannot listen: %s\n", g_strerror(-r));
                return EXIT_FAILURE;
        }
        write_ready(server);
        loop(server);
        g_clear_pointer(&server, server_free);
        coap_cleanup();
        return EXIT_SUCCESS;
}
