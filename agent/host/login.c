/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/login.h"

#include <errno.h>

#include "base/log.h"

#define REBOOT_DELAY (2 * G_TIME_SPAN_SECOND)

typedef struct Reboot {
        Timer *timer;
        GDBusConnection *connection;
} Reboot;

static void reboot_on_answer(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);

        if (!reply)
                log_error("reboot", "refused by logind: %s", error->message);
}

static void reboot_on_timer(void *user)
{
        Reboot *reboot = user;

        log_notice("reboot", "asked for by a server");
        g_dbus_connection_call(reboot->connection, "org.freedesktop.login1",
                               "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
                               "Reboot", g_variant_new("(b)", FALSE), NULL, G_DBUS_CALL_FLAGS_NONE,
                               -1, NULL, reboot_on_answer, NULL);
        timer_free(reboot->timer);
        g_object_unref(reboot->connection);
        g_free(reboot);
}

int login_reboot_soon(Clock *clock, GDBusConnection *connection)
{
        Reboot *reboot;

        if (!connection)
                return -ENOTCONN;
        reboot = g_new0(Reboot, 1);
        reboot->connection = g_object_ref(connection);
        reboot->timer = timer_new(clock, reboot_on_timer, reboot);
        timer_arm_in(reboot->timer, REBOOT_DELAY);
        return 0;
}
