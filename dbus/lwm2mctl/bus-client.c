/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-client.h"

struct BusClient {
        GBusType bus;
        GDBusConnection *connection;
        GDBusCallFlags flags;
        unsigned timeout;
};

BusClient *bus_client_new(GBusType bus, unsigned timeout)
{
        BusClient *self = g_new0(BusClient, 1);

        self->bus = bus;
        self->timeout = timeout;
        self->flags = G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION;
        return self;
}

void bus_client_free(BusClient *self)
{
        if (!self)
                return;
        g_clear_object(&self->connection);
        g_free(self);
}

void bus_client_set_passive(BusClient *self)
{
        self->flags |= G_DBUS_CALL_FLAGS_NO_AUTO_START;
}

static bool connect_to_bus(BusClient *self, GError **error)
{
        if (self->connection)
                return true;
        self->connection = g_bus_get_sync(self->bus, NULL, error);
        if (!self->connection)
                return false;
        g_dbus_connection_set_exit_on_close(self->connection, FALSE);
        return true;
}

static int milliseconds(const BusClient *self, int otherwise)
{
        return self->timeout > 0 ? (int) (self->timeout * 1000) : otherwise;
}

GVariant *bus_client_call_with_fds(BusClient *self, const char *path, const char *interface,
                                   const char *method, GVariant *parameters, GUnixFDList *fds,
                                   GError **error)
{
        g_autoptr(GVariant) owned = parameters ? g_variant_ref_sink(parameters) : NULL;

        if (!connect_to_bus(self, error))
                return NULL;
        return g_dbus_connection_call_with_unix_fd_list_sync(
                self->connection, AGENT_NAME, path, interface, method, owned, NULL, self->flags,
                milliseconds(self, LOCAL_TIMEOUT * 1000), fds, NULL, NULL, error);
}

GVariant *bus_client_call(BusClient *self, const char *path, const char *interface,
                          const char *method, GVariant *parameters, GError **error)
{
        return bus_client_call_with_fds(self, path, interface, method, parameters, NULL, error);
}

bool bus_client_call_long(BusClient *self, const char *path, const char *interface,
                          const char *method, GVariant *parameters, GAsyncReadyCallback callback,
                          gpointer user_data, GError **error)
{
        g_autoptr(GVariant) owned = parameters ? g_variant_ref_sink(parameters) : NULL;

        if (!connect_to_bus(self, error))
                return false;
        g_dbus_connection_call(self->connection, AGENT_NAME, path, interface, method, owned, NULL,
                               self->flags, milliseconds(self, G_MAXINT), NULL, callback,
                               user_data);
        return true;
}

GVariant *bus_client_get_only(GVariant *reply, const char *type, GError **error)
{
        g_autoptr(GVariant) child = NULL;

        if (!reply)
                return NULL;
        if (g_variant_n_children(reply) == 1)
                child = g_variant_get_child_value(reply, 0);
        if (child && g_variant_is_of_type(child, G_VARIANT_TYPE(type)))
                return g_steal_pointer(&child);
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "unexpected reply");
        return NULL;
}

GVariant *bus_client_get_manager(BusClient *self, GError **error)
{
        g_autoptr(GVariant) reply =
                bus_client_call(self, AGENT_PATH, "org.freedesktop.DBus.Properties", "GetAll",
                                g_variant_new("(s)", MANAGER_INTERFACE), error);

        return bus_client_get_only(reply, "a{sv}", error);
}

static guint16 server_id(GVariant *properties)
{
        guint16 ssid = 0;

        g_variant_lookup(properties, "ShortServerId", "q", &ssid);
        return ssid;
}

static int compare_servers(gconstpointer a, gconstpointer b)
{
        return server_id(*(GVariant **) a) - server_id(*(GVariant **) b);
}

static GVariant *get_objects(BusClient *self, GError **error)
{
        g_autoptr(GVariant) reply =
                bus_client_call(self, AGENT_PATH, "org.freedesktop.DBus.ObjectManager",
                                "GetManagedObjects", NULL, error);

        return bus_client_get_only(reply, "a{oa{sa{sv}}}", error);
}

GVariant *bus_client_get_sms(BusClient *self, GError **error)
{
        g_autoptr(GVariant) objects = get_objects(self, error);
        g_autoptr(GVariant) interfaces =
                objects ? g_variant_lookup_value(objects, AGENT_PATH "/sms", NULL) : NULL;

        return interfaces ? g_variant_lookup_value(interfaces, SMS_INTERFACE, NULL) : NULL;
}

GPtrArray *bus_client_list_servers(BusClient *self, GError **error)
{
        g_autoptr(GVariant) objects = get_objects(self, error);
        GPtrArray *servers;
        GVariantIter iter;
        GVariant *interfaces;

        if (!objects)
                return NULL;
        servers = g_ptr_array_new_with_free_func((GDestroyNotify) g_variant_unref);
        g_variant_iter_init(&iter, objects);
        while (g_variant_iter_loop(&iter, "{&o@a{sa{sv}}}", NULL, &interfaces)) {
                GVariant *properties = g_variant_lookup_value(interfaces, SERVER_INTERFACE, NULL);

                if (properties)
                        g_ptr_array_add(servers, properties);
        }
        g_ptr_array_sort(servers, compare_servers);
        return servers;
}

GArray *bus_client_list_ids(BusClient *self, GError **error)
{
        g_autoptr(GPtrArray) servers = bus_client_list_servers(self, error);
        GArray *ids;

        if (!servers)
                return NULL;
        ids = g_array_new(FALSE, FALSE, sizeof(guint16));
        for (guint i = 0; i < servers->len; i++) {
                guint16 ssid = server_id(servers->pdata[i]);

                g_array_append_val(ids, ssid);
        }
        return ids;
}

char *bus_client_server_path(guint16 ssid)
{
        return g_strdup_printf("%s/server/%u", AGENT_PATH, ssid);
}
