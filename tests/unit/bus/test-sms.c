/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.lwm2md1.Sms comes and goes with the modem. */
#include "bus/sms.h"

#include "test-util.h"

typedef struct Bench {
        GTestDBus *dbus;
        GDBusConnection *connection;
        Authorizer *authorizer;
        ObjectManager *objects;
        BusSms *sms;
        const char *backend, *state;
        bool full;
        GString *signals;
        guint subscription;
} Bench;

static const char *view_backend(void *user)
{
        return ((Bench *) user)->backend;
}

static const char *view_device(void *user)
{
        return NULL;
}

static const char *view_state(void *user)
{
        return ((Bench *) user)->state;
}

static void view_counters(SmsCounterFunc func, void *data, void *user)
{
        func("messages-received", 3, data);
        func("dropped-sender", G_GUINT64_CONSTANT(5000000000), data);
}

static bool view_storage_full(void *user)
{
        return ((Bench *) user)->full;
}

static void view_left(SmsCounterFunc func, void *data, void *user)
{
        func("hour", 7, data);
}

static const SmsView view = {view_backend,  view_device,       view_state,
                             view_counters, view_storage_full, view_left};

static void on_signal(GDBusConnection *connection, const char *sender, const char *path,
                      const char *interface, const char *name, GVariant *parameters, gpointer user)
{
        Bench *bench = user;
        g_autofree char *text = g_variant_print(parameters, FALSE);

        g_string_append_printf(bench->signals, "%s %s\n", name, text);
}

static void on_reply(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autoptr(GError) error = NULL;

        *(GVariant **) user =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
        g_assert_no_error(error);
}

/* What was sent before has come when this answer has. */
static void settle(Bench *bench)
{
        GVariant *reply = NULL;

        g_dbus_connection_call(bench->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                               "org.freedesktop.DBus", "GetId", NULL, NULL, 0, -1, NULL, on_reply,
                               &reply);
        while (!reply)
                g_main_context_iteration(NULL, TRUE);
        g_variant_unref(reply);
}

static void assert_signals(Bench *bench, const char *expected)
{
        settle(bench);
        g_assert_cmpstr(bench->signals->str, ==, expected);
        g_string_truncate(bench->signals, 0);
}

static void set_up(Bench *bench, gconstpointer data)
{
        bench->backend = "";
        bench->state = "ready";
        bench->signals = g_string_new("");
        bench->dbus = g_test_dbus_new(G_TEST_DBUS_NONE);
        g_test_dbus_up(bench->dbus);
        bench->connection = g_dbus_connection_new_for_address_sync(
                g_test_dbus_get_bus_address(bench->dbus),
                G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                        G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                NULL, NULL, NULL);
        g_assert_nonnull(bench->connection);
        bench->subscription = g_dbus_connection_signal_subscribe(
                bench->connection, g_dbus_connection_get_unique_name(bench->connection), NULL, NULL,
                NULL, NULL, 0, on_signal, bench, NULL);
        bench->authorizer = authorizer_new(bench->connection, (gid_t) -1);
        bench->objects = object_manager_new(bench->connection, "/org/lwm2md1");
        bench->sms =
                bus_sms_new(bench->connection, bench->authorizer, bench->objects, &view, bench);
}

static void tear_down(Bench *bench, gconstpointer data)
{
        bus_sms_free(bench->sms);
        authorizer_free(bench->authorizer);
        object_manager_free(bench->objects);
        g_dbus_connection_signal_unsubscribe(bench->connection, bench->subscription);
        g_dbus_connection_close_sync(bench->connection, NULL, NULL);
        g_object_unref(bench->connection);
        g_test_dbus_down(bench->dbus);
        g_object_unref(bench->dbus);
        g_string_free(bench->signals, TRUE);
}

static void test_comes_and_goes(Bench *bench, gconstpointer data)
{
        bus_sms_triggered(bench->sms, 101, "update");
        assert_signals(bench, "");
        bench->backend = "qmi";
        bus_sms_changed(bench->sms);
        assert_signals(bench,
                       "InterfacesAdded ('/org/lwm2md1/sms', {'org.lwm2md1.Sms': {'Backend': "
                       "<'qmi'>, 'Device': <''>, 'State': <'ready'>, 'Counters': "
                       "<{'messages-received': uint64 3, 'dropped-sender': 5000000000}>, "
                       "'StorageFull': <false>, 'BudgetLeft': <{'hour': uint64 7}>}})\n");
        bench->backend = NULL;
        bus_sms_changed(bench->sms);
        assert_signals(bench, "InterfacesRemoved ('/org/lwm2md1/sms', ['org.lwm2md1.Sms'])\n");
        bus_sms_changed(bench->sms);
        assert_signals(bench, "");
}

static void test_signals(Bench *bench, gconstpointer data)
{
        bench->backend = "mbim";
        bus_sms_changed(bench->sms);
        settle(bench);
        g_string_truncate(bench->signals, 0);

        bench->state = "searching";
        bus_sms_changed(bench->sms);
        assert_signals(bench, "PropertiesChanged ('org.lwm2md1.Sms', {'State': <'searching'>}, "
                              "[])\n");
        bus_sms_changed(bench->sms);
        assert_signals(bench, "");
        bench->full = true;
        bus_sms_changed(bench->sms);
        assert_signals(bench, "PropertiesChanged ('org.lwm2md1.Sms', {'StorageFull': <true>}, "
                              "[])\n");
        bus_sms_triggered(bench->sms, 65534, "update");
        bus_sms_triggered(bench->sms, 1, "bootstrap");
        assert_signals(bench, "Triggered (65534, 'update')\nTriggered (1, 'bootstrap')\n");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add("/bus/sms/comes-and-goes", Bench, NULL, set_up, test_comes_and_goes, tear_down);
        g_test_add("/bus/sms/signals", Bench, NULL, set_up, test_signals, tear_down);
        return g_test_run();
}
