/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus.h"

#include "base/log.h"
#include "bus/credentials.h"
#include "bus/datamodel.h"
#include "bus/manager.h"
#include "bus/object-manager.h"
#include "bus/servers.h"

#define BUS_NAME "org.lwm2md1"
#define BUS_PATH "/org/lwm2md1"

/* Pauses between attempts to connect. */
#define RETRY_MIN G_TIME_SPAN_SECOND
#define RETRY_MAX (60 * G_TIME_SPAN_SECOND)

/* How long the last messages may take to leave. */
#define STOP_LIMIT G_TIME_SPAN_SECOND

struct Bus {
        BusParts parts;
        GBusType type;
        gid_t group;
        void (*ready)(void *user);
        void *user;
        void (*stopped)(void *user); /* NULL unless stopping */
        void *stopped_user;
        Timer *stop_limit;
        GCancellable *cancellable;
        Timer *retry;
        gint64 pause;
        guint name_id;
        GDBusConnection *connection; /* and all below: NULL while not connected */
        gulong closed_handler;
        Authorizer *authorizer;
        ObjectManager *objects;
        BusManager *manager;
        BusDatamodel *datamodel;
        BusCredentials *credentials;
        BusServers *servers;
        BusSms *sms;             /* NULL too where there is no view */
        const SmsView *sms_view; /* NULL: SMS is not enabled */
        void *sms_user;
};

static void bus_tell_ready(Bus *bus)
{
        void (*ready)(void *user) = g_steal_pointer(&bus->ready);

        if (ready)
                ready(bus->user);
}

static void bus_disconnect(Bus *bus)
{
        if (!bus->connection)
                return;
        g_clear_handle_id(&bus->name_id, g_bus_unown_name);
        object_manager_remove(bus->objects, bus_manager_export(bus->manager));
        object_manager_remove(bus->objects, bus_datamodel_export(bus->datamodel));
        object_manager_remove(bus->objects, bus_credentials_export(bus->credentials));
        g_clear_pointer(&bus->authorizer, authorizer_free); /* first: its callers are answered */
        g_clear_pointer(&bus->sms, bus_sms_free);
        g_clear_pointer(&bus->servers, bus_servers_free);
        g_clear_pointer(&bus->credentials, bus_credentials_free);
        g_clear_pointer(&bus->datamodel, bus_datamodel_free);
        g_clear_pointer(&bus->manager, bus_manager_free);
        g_clear_pointer(&bus->objects, object_manager_free);
        g_signal_handler_disconnect(bus->connection, bus->closed_handler);
        g_clear_object(&bus->connection);
}

static void bus_retry_later(Bus *bus)
{
        timer_arm_in(bus->retry, bus->pause);
        bus->pause = MIN(bus->pause * 2, RETRY_MAX);
        bus_tell_ready(bus);
}

static void bus_on_closed(GDBusConnection *connection, gboolean remote, GError *error,
                          gpointer user)
{
        Bus *bus = user;

        log_warning("bus", "connection lost: %s", error ? error->message : "closed");
        bus_disconnect(bus);
        bus_retry_later(bus);
}

static void bus_on_name_acquired(GDBusConnection *connection, const char *name, gpointer user)
{
        Bus *bus = user;

        log_info("bus", "owns %s", name);
        bus->pause = RETRY_MIN;
        bus_tell_ready(bus);
}

static void bus_on_name_lost(GDBusConnection *connection, const char *name, gpointer user)
{
        Bus *bus = user;

        log_error("bus", "cannot own %s: another agent has it, or the policy file is not installed",
                  name);
        bus_disconnect(bus);
        bus_retry_later(bus);
}

static void bus_export_sms(Bus *bus)
{
        if (bus->sms_view)
                bus->sms = bus_sms_new(bus->connection, bus->authorizer, bus->objects,
                                       bus->sms_view, bus->sms_user);
}

/* Everything is exported before the name is owned, so that nobody sees a half of it. */
static void bus_export(Bus *bus)
{
        bus->authorizer = authorizer_new(bus->connection, bus->group);
        bus->objects = object_manager_new(bus->connection, BUS_PATH);
        bus->manager = bus_manager_new(bus->connection, bus->authorizer, &bus->parts);
        bus->datamodel = bus_datamodel_new(bus->connection, bus->authorizer, bus->parts.tree);
        bus->credentials = bus_credentials_new(bus->connection, bus->authorizer, &bus->parts);
        bus->servers =
                bus_servers_new(bus->connection, bus->authorizer, bus->objects, bus->parts.client);
        object_manager_add(bus->objects, bus_manager_export(bus->manager));
        object_manager_add(bus->objects, bus_datamodel_export(bus->datamodel));
        object_manager_add(bus->objects, bus_credentials_export(bus->credentials));
        bus_export_sms(bus);
}

static void bus_on_connection(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autoptr(GError) error = NULL;
        GDBusConnection *connection = g_bus_get_finish(result, &error);
        Bus *bus = user;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (!connection) {
                log_warning("bus", "no D-Bus, going on without: %s", error->message);
                bus_retry_later(bus);
                return;
        }
        bus->connection = connection;
        g_dbus_connection_set_exit_on_close(connection, FALSE);
        bus->closed_handler =
                g_signal_connect(connection, "closed", G_CALLBACK(bus_on_closed), bus);
        bus_export(bus);
        /* Queued: when another agent that has the name ends, it is ours. */
        bus->name_id =
                g_bus_own_name_on_connection(connection, BUS_NAME, G_BUS_NAME_OWNER_FLAGS_NONE,
                                             bus_on_name_acquired, bus_on_name_lost, bus, NULL);
}

static void bus_connect(void *user)
{
        Bus *bus = user;

        g_bus_get(bus->type, bus->cancellable, bus_on_connection, bus);
}

static void bus_end_stop(void *user)
{
        Bus *bus = user;
        void (*stopped)(void *user) = g_steal_pointer(&bus->stopped);

        timer_disarm(bus->stop_limit);
        if (stopped)
                stopped(bus->stopped_user);
}

static void bus_on_flushed(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autoptr(GError) error = NULL;

        g_dbus_connection_flush_finish(G_DBUS_CONNECTION(source), result, &error);
        if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                bus_end_stop(user);
}

void bus_stop(Bus *bus, void (*done)(void *user), void *user)
{
        g_autoptr(GDBusConnection) connection =
                bus->connection ? g_object_ref(bus->connection) : NULL;

        bus->ready = NULL;
        bus->stopped = done;
        bus->stopped_user = user;
        timer_disarm(bus->retry);
        g_cancellable_cancel(bus->cancellable);
        g_object_unref(bus->cancellable);
        bus->cancellable = g_cancellable_new();
        bus_disconnect(bus);
        timer_arm_in(bus->stop_limit, connection ? STOP_LIMIT : 0);
        if (connection)
                g_dbus_connection_flush(connection, bus->cancellable, bus_on_flushed, bus);
}

Bus *bus_new(const BusParts *parts, GBusType type, void (*ready)(void *user), void *user)
{
        Bus *bus = g_new0(Bus, 1);

        bus->parts = *parts;
        bus->type = type;
        bus->group = authorizer_find_group();
        bus->ready = ready;
        bus->user = user;
        bus->pause = RETRY_MIN;
        bus->cancellable = g_cancellable_new();
        bus->retry = timer_new(parts->clock, bus_connect, bus);
        bus->stop_limit = timer_new(parts->clock, bus_end_stop, bus);
        bus_connect(bus);
        return bus;
}

void bus_free(Bus *bus)
{
        if (!bus)
                return;
        g_cancellable_cancel(bus->cancellable);
        bus_disconnect(bus);
        timer_free(bus->retry);
        timer_free(bus->stop_limit);
        g_object_unref(bus->cancellable);
        g_free(bus);
}

void bus_on_server_changed(Server *server, void *user)
{
        Bus *bus = user;

        if (!bus->connection)
                return;
        bus_servers_changed(bus->servers, server);
        bus_manager_changed(bus->manager);
}

void bus_on_server_added(Server *server, void *user)
{
        Bus *bus = user;

        if (bus->connection)
                bus_servers_added(bus->servers, server);
}

void bus_on_server_removed(uint16_t ssid, void *user)
{
        Bus *bus = user;

        if (!bus->connection)
                return;
        bus_servers_removed(bus->servers, ssid);
        bus_manager_changed(bus->manager);
}

void bus_set_sms(Bus *bus, const SmsView *view, void *user)
{
        g_clear_pointer(&bus->sms, bus_sms_free);
        bus->sms_view = view;
        bus->sms_user = user;
        if (bus->connection)
                bus_export_sms(bus);
}

void bus_on_sms_changed(void *user)
{
        Bus *bus = user;

        if (bus->sms)
                bus_sms_changed(bus->sms);
}

void bus_on_sms_triggered(uint16_t ssid, const char *what, void *user)
{
        Bus *bus = user;

        if (bus->sms)
                bus_sms_triggered(bus->sms, ssid, what);
}

GDBusConnection *bus_connection(const Bus *bus)
{
        return bus->connection;
}
