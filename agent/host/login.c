/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/login.h"

#include <errno.h>

#include "base/log.h"

struct Login {
        Timer *reboot;
        GDBusConnection *connection; /* while a reboot is waiting */
};

static void login_on_answer(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);

        if (!reply)
                log_error("reboot", "refused by logind: %s", error->message);
}

static void login_on_reboot(void *user)
{
        Login *login = user;
        g_autoptr(GDBusConnection) connection = g_steal_pointer(&login->connection);

        log_notice("reboot", "asked for by a server");
        g_dbus_connection_call(connection, "org.freedesktop.login1", "/org/freedesktop/login1",
                               "org.freedesktop.login1.Manager", "Reboot",
                               g_variant_new("(b)", FALSE), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                               login_on_answer, NULL);
}

Login *login_new(Clock *clock)
{
        Login *login = g_new0(Login, 1);

        login->reboot = timer_new(clock, login_on_reboot, login);
        return login;
}

void login_free(Login *login)
{
        if (!login)
                return;
        timer_free(login->reboot);
        g_clear_object(&login->connection);
        g_free(login);
}

int login_reboot_soon(Login *login, GDBusConnection *connection)
{
        if (!connection)
                return -ENOTCONN;
        if (timer_armed(login->reboot))
                return 0;

        login->connection = g_object_ref(connection);
        timer_arm_in(login->reboot, LOGIN_REBOOT_DELAY);
        return 0;
}
