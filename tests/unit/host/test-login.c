/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The reboot that a server asks for, with a logind at the other end of a socket. */

#include "host/login.h"

#include <errno.h>
#include <gio/gio.h>
#include <sys/socket.h>

#include "base/log.h"

#define NOW (1000 * G_TIME_SPAN_SECOND)

typedef struct Fixture {
        Clock *clock;
        Login *login;
        GDBusConnection *ours;
        GDBusConnection *logind;
        int reboots;
        unsigned errors; /* lines logged */
} Fixture;

static const char introspection[] = "<node><interface name='org.freedesktop.login1.Manager'>"
                                    "<method name='Reboot'><arg type='b' direction='in'/></method>"
                                    "</interface></node>";

static void on_line(LogLevel level, const char *line, void *user)
{
        Fixture *f = user;

        if (level == LOG_LEVEL_ERROR)
                f->errors++;
}

static void on_call(GDBusConnection *connection, const char *sender, const char *path,
                    const char *interface, const char *method, GVariant *parameters,
                    GDBusMethodInvocation *invocation, gpointer user)
{
        Fixture *f = user;
        gboolean interactive;

        g_variant_get(parameters, "(b)", &interactive);
        g_assert_cmpstr(method, ==, "Reboot");
        g_assert_false(interactive);
        f->reboots++;
        g_dbus_method_invocation_return_dbus_error(
                invocation, "org.freedesktop.DBus.Error.AccessDenied", "not for you");
}

static const GDBusInterfaceVTable vtable = {.method_call = on_call};

/* Without a bus between them, and without authentication. */
static GDBusConnection *connection_of(int fd)
{
        g_autoptr(GSocket) socket = g_socket_new_from_fd(fd, NULL);
        g_autoptr(GSocketConnection) stream = g_socket_connection_factory_create_connection(socket);
        g_autoptr(GError) error = NULL;
        GDBusConnection *connection = g_dbus_connection_new_sync(
                G_IO_STREAM(stream), NULL, G_DBUS_CONNECTION_FLAGS_NONE, NULL, NULL, &error);

        g_assert_no_error(error);
        return connection;
}

static void fixture_set_up(Fixture *f, gconstpointer data)
{
        g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(introspection, NULL);
        int fds[2];

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
        f->ours = connection_of(fds[0]);
        f->logind = connection_of(fds[1]);
        g_assert_cmpuint(g_dbus_connection_register_object(f->logind, "/org/freedesktop/login1",
                                                           node->interfaces[0], &vtable, f, NULL,
                                                           NULL),
                         >, 0);
        f->clock = clock_new_manual(NOW, NOW);
        f->login = login_new(f->clock);
        log_set_sink(on_line, f);
}

static void fixture_tear_down(Fixture *f, gconstpointer data)
{
        login_free(f->login);
        clock_free(f->clock); /* which sees to it that no timer is left */
        g_object_unref(f->ours);
        g_object_unref(f->logind);
        log_set_sink(NULL, NULL);
}

static void run_until_refused(Fixture *f, unsigned errors)
{
        while (f->errors < errors)
                g_main_context_iteration(NULL, TRUE);
}

static void test_reboot(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(login_reboot_soon(f->login, f->ours), ==, 0);
        clock_advance(f->clock, LOGIN_REBOOT_DELAY - 1);
        while (g_main_context_iteration(NULL, FALSE))
                ;
        g_assert_cmpint(f->reboots, ==, 0);

        clock_advance(f->clock, 1);
        run_until_refused(f, 1);
        g_assert_cmpint(f->reboots, ==, 1);
}

/* However often a server asks within the delay; and it may ask again afterwards. */
static void test_once(Fixture *f, gconstpointer data)
{
        for (int i = 0; i < 100; i++)
                g_assert_cmpint(login_reboot_soon(f->login, f->ours), ==, 0);
        clock_advance(f->clock, LOGIN_REBOOT_DELAY);
        run_until_refused(f, 1);
        g_assert_cmpint(f->reboots, ==, 1);

        g_assert_cmpint(login_reboot_soon(f->login, f->ours), ==, 0);
        clock_advance(f->clock, LOGIN_REBOOT_DELAY);
        run_until_refused(f, 2);
        g_assert_cmpint(f->reboots, ==, 2);
}

/* The agent is stopped before the delay is over. */
static void test_freed(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(login_reboot_soon(f->login, f->ours), ==, 0);
        g_clear_pointer(&f->login, login_free);
        g_assert_cmpint(clock_next_deadline(f->clock), ==, CLOCK_NEVER);
        g_assert_cmpuint(G_OBJECT(f->ours)->ref_count, ==, 1);
}

static void test_no_bus(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(login_reboot_soon(f->login, NULL), ==, -ENOTCONN);
        g_assert_cmpint(clock_next_deadline(f->clock), ==, CLOCK_NEVER);
}

#define ADD(name, func)                                                                            \
        g_test_add("/host/login/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        ADD("reboot", test_reboot);
        ADD("once", test_once);
        ADD("freed", test_freed);
        ADD("no-bus", test_no_bus);
        return g_test_run();
}
