/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/servers.h"

#include <errno.h>
#include <string.h>

#include "bus/server-properties.h"
#include "dbus/lwm2md-interfaces.h"
#include "format/format.h"
#include "lwm2m/status.h"

/* Of one Send. */
#define BUS_SERVERS_MAX_PATHS 256

#define SERVER_PATH_PREFIX "/org/lwm2md1/server/"

struct BusServers {
        GDBusConnection *connection;
        Authorizer *authorizer;
        ObjectManager *objects;
        Client *client;
        GHashTable *servers; /* ssid → BusServer */
};

typedef struct BusServer {
        BusServers *parent;
        Server *server;
        Export *export;
        GQueue waiters; /* Waiter */
} BusServer;

/* A caller of Register, Update or Deregister who waits for the server's answer. */
typedef struct Waiter {
        BusServer *owner;
        BusCall *call;
} Waiter;

char *bus_server_path(uint16_t ssid)
{
        return g_strdup_printf(SERVER_PATH_PREFIX "%u", ssid);
}

int bus_server_parse_path(const char *path, uint16_t *ret_ssid)
{
        guint64 ssid;

        if (!g_str_has_prefix(path, SERVER_PATH_PREFIX) ||
            !g_ascii_string_to_unsigned(path + strlen(SERVER_PATH_PREFIX), 10, 1, 65534, &ssid,
                                        NULL))
                return -EINVAL;
        *ret_ssid = (uint16_t) ssid;
        return 0;
}

static Waiter *waiter_new(BusServer *owner, BusCall *call)
{
        Waiter *waiter = g_new0(Waiter, 1);

        waiter->owner = owner;
        waiter->call = call;
        g_queue_push_tail(&owner->waiters, waiter);
        return waiter;
}

static void waiter_free(Waiter *waiter)
{
        g_queue_remove(&waiter->owner->waiters, waiter);
        g_free(waiter);
}

/* In the words of the server's last error, where that is what ended the request. */
static void fail_with_last_error(BusCall *call, Server *server, int error)
{
        ServerInfo info;

        server_get_info(server, &info);
        if (error == info.last_error->error && info.last_error->text[0] != '\0')
                bus_call_fail(call, error, "%s", info.last_error->text);
        else
                bus_call_fail(call, error, "%s", status_to_text(error));
}

static void waiter_on_done(Server *server, int result, void *user)
{
        Waiter *waiter = user;

        if (result < 0)
                fail_with_last_error(waiter->call, server, result);
        else
                bus_call_return(waiter->call, NULL);
        waiter_free(waiter);
}

/* What ends a request before the server is asked. */
static void fail_to_start(BusCall *call, int error)
{
        if (error == -ENOTCONN)
                bus_call_fail(call, error, "not registered");
        else if (error == -EBUSY)
                bus_call_fail(call, error, "deregistering, or too many callers wait already");
        else
                bus_call_fail(call, error, "%s", status_to_text(error));
}

/* `start` is one of the three requests. */
typedef int (*Request)(Server *server, GVariant *options, ServerDone done, void *user);

static void run(BusCall *call, GVariant *parameters, BusServer *owner, const char *known,
                Request start)
{
        g_autoptr(GVariant) options = g_variant_get_child_value(parameters, 0);
        gboolean wait = TRUE;
        Waiter *waiter;
        int r;

        if (!bus_call_check_options(call, options, known))
                return;
        g_variant_lookup(options, "wait", "b", &wait);
        waiter = waiter_new(owner, call);
        r = start(owner->server, options, wait ? waiter_on_done : NULL, waiter);
        if (r > 0)
                return;
        if (r < 0)
                fail_to_start(call, r);
        else
                bus_call_return(call, NULL);
        waiter_free(waiter);
}

static int start_register(Server *server, GVariant *options, ServerDone done, void *user)
{
        return server_register(server, done, user);
}

static int start_update(Server *server, GVariant *options, ServerDone done, void *user)
{
        gboolean objects = FALSE;

        g_variant_lookup(options, "objects", "b", &objects);
        return server_update(server, objects, done, user);
}

static int start_deregister(Server *server, GVariant *options, ServerDone done, void *user)
{
        return server_deregister(server, done, user);
}

static void server_handle_register(BusCall *call, GVariant *parameters, void *user)
{
        run(call, parameters, user, "wait:b", start_register);
}

static void server_handle_update(BusCall *call, GVariant *parameters, void *user)
{
        run(call, parameters, user, "wait:b objects:b", start_update);
}

static void server_handle_deregister(BusCall *call, GVariant *parameters, void *user)
{
        run(call, parameters, user, "wait:b", start_deregister);
}

static void server_handle_list(BusCall *call, GVariant *parameters, void *user)
{
        BusServer *owner = user;

        bus_call_return(call, g_variant_new("(@a(asaya{sv}u))",
                                            server_observations_to_variant(owner->server)));
}

/* 0, or -EINVAL. */
static int find_format(GVariant *options, int *ret)
{
        static const struct {
                const char *name;
                int format;
        } formats[] = {
                {"senml-cbor", FORMAT_SENML_CBOR},
                {"senml-json", FORMAT_SENML_JSON},
                {"lwm2m-cbor", FORMAT_LWM2M_CBOR},
        };
        const char *name = "senml-cbor";

        g_variant_lookup(options, "format", "&s", &name);
        for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
                if (strcmp(name, formats[i].name) != 0)
                        continue;
                *ret = formats[i].format;
                return 0;
        }
        return -EINVAL;
}

/* FALSE: answered. */
static gboolean parse_paths(BusCall *call, GVariant *texts, PathList *paths)
{
        size_t n = g_variant_n_children(texts);

        if (n == 0 || n > BUS_SERVERS_MAX_PATHS) {
                bus_call_fail(call, -EINVAL, "%zu paths; allowed: 1 to %d", n,
                              BUS_SERVERS_MAX_PATHS);
                return FALSE;
        }
        for (size_t i = 0; i < n; i++) {
                g_autoptr(GVariant) text = g_variant_get_child_value(texts, i);
                Path path;

                if (path_parse(g_variant_get_string(text, NULL), &path) < 0 ||
                    path.level == PATH_ROOT) {
                        bus_call_fail(call, -EINVAL,
                                      "\"%s\" is not a path such as /3, /3/0 or /3/0/9",
                                      g_variant_get_string(text, NULL));
                        return FALSE;
                }
                path_list_add(paths, path);
        }
        return TRUE;
}

static void fail_to_send(BusCall *call, int error, Path path)
{
        char text[PATH_TEXT_SIZE];

        if (path.level != PATH_ROOT)
                bus_call_fail(call, error, "%s: %s", path_to_text(path, text),
                              status_to_text(error));
        else if (error == -EBUSY)
                bus_call_fail(call, error, "too many values are being sent already");
        else
                fail_to_start(call, error);
}

static void server_handle_send(BusCall *call, GVariant *parameters, void *user)
{
        BusServer *owner = user;
        g_autoptr(GVariant) texts = g_variant_get_child_value(parameters, 0);
        g_autoptr(GVariant) options = g_variant_get_child_value(parameters, 1);
        g_autoptr(PathList) paths = path_list_new();
        gboolean wait = TRUE;
        Waiter *waiter;
        Path path;
        int format, r;

        if (!bus_call_check_options(call, options, "wait:b format:s") ||
            !parse_paths(call, texts, paths))
                return;
        g_variant_lookup(options, "wait", "b", &wait);
        if (find_format(options, &format) < 0) {
                bus_call_fail(call, -EINVAL,
                              "unknown format; allowed: senml-cbor, senml-json, lwm2m-cbor");
                return;
        }
        waiter = waiter_new(owner, call);
        r = server_send_values(owner->server, paths, format, wait ? waiter_on_done : NULL, waiter,
                               &path);
        if (r > 0)
                return;
        if (r < 0)
                fail_to_send(call, r, path);
        else
                bus_call_return(call, NULL);
        waiter_free(waiter);
}

static const ExportMethod server_methods[] = {
        {"Register", BUS_ACTION_CONTROL, server_handle_register},
        {"Update", BUS_ACTION_CONTROL, server_handle_update},
        {"Deregister", BUS_ACTION_CONTROL, server_handle_deregister},
        {"Send", BUS_ACTION_CONTROL, server_handle_send},
        {"ListObservations", BUS_ACTION_READ, server_handle_list},
};

static void add_counter(const char *name, uint64_t value, void *user)
{
        g_variant_builder_add(user, "{st}", name, value);
}

static GVariant *property_statistics(void *user)
{
        BusServer *owner = user;
        GVariantBuilder statistics;

        g_variant_builder_init(&statistics, G_VARIANT_TYPE("a{st}"));
        server_foreach_counter(owner->server, add_counter, &statistics);
        return g_variant_builder_end(&statistics);
}

/* The other properties are made from ServerInfo: NAME_property(info). */
#define PROPERTY(getter)                                                                           \
        static GVariant *property_##getter(void *user)                                             \
        {                                                                                          \
                BusServer *owner = user;                                                           \
                ServerInfo info;                                                                   \
                                                                                                   \
                server_get_info(owner->server, &info);                                             \
                return server_property_##getter(&info);                                            \
        }
SERVER_PROPERTIES(PROPERTY)

static const ExportProperty server_properties[] = {
        {"ShortServerId", property_short_server_id},
        {"IsBootstrap", property_is_bootstrap},
        {"Uri", property_uri},
        {"State", property_state},
        {"Security", property_security},
        {"SmsSecurity", property_sms_security},
        {"CipherSuite", property_cipher_suite},
        {"Resumed", property_resumed},
        {"LwM2mVersion", property_lwm2m_version},
        {"Binding", property_binding},
        {"Lifetime", property_lifetime},
        {"Location", property_location},
        {"RegisteredAt", property_registered_at},
        {"ExpiresAt", property_expires_at},
        {"NextUpdateAt", property_next_update_at},
        {"NextAttemptAt", property_next_attempt_at},
        {"LastError", property_last_error},
        {"Statistics", property_statistics},
};

static const ExportTable server_table = {
        &lwm2md_server_interface,        server_methods,
        G_N_ELEMENTS(server_methods),    server_properties,
        G_N_ELEMENTS(server_properties),
};

static void bus_server_free(void *data)
{
        BusServer *owner = data;

        for (Waiter *waiter; (waiter = g_queue_pop_head(&owner->waiters));) {
                server_forget_waiter(owner->server, waiter_on_done, waiter);
                bus_call_fail(waiter->call, -ECANCELED, "the server is gone");
                g_free(waiter);
        }
        object_manager_remove(owner->parent->objects, owner->export);
        export_free(owner->export);
        g_free(owner);
}

BusServers *bus_servers_new(GDBusConnection *connection, Authorizer *authorizer,
                            ObjectManager *objects, Client *client)
{
        BusServers *servers = g_new0(BusServers, 1);

        servers->connection = g_object_ref(connection);
        servers->authorizer = authorizer;
        servers->objects = objects;
        servers->client = client;
        servers->servers = g_hash_table_new_full(NULL, NULL, NULL, bus_server_free);
        for (Server *server = client_next(client, 0); server;
             server = client_next(client, server_ssid(server)))
                bus_servers_added(servers, server);
        return servers;
}

void bus_servers_free(BusServers *servers)
{
        if (!servers)
                return;
        g_hash_table_unref(servers->servers);
        g_object_unref(servers->connection);
        g_free(servers);
}

void bus_servers_added(BusServers *servers, Server *server)
{
        g_autofree char *path = bus_server_path(server_ssid(server));
        BusServer *owner = g_new0(BusServer, 1);

        owner->parent = servers;
        owner->server = server;
        owner->export =
                export_new(servers->connection, servers->authorizer, path, &server_table, owner);
        g_hash_table_insert(servers->servers, GUINT_TO_POINTER(server_ssid(server)), owner);
        object_manager_add(servers->objects, owner->export);
}

void bus_servers_removed(BusServers *servers, uint16_t ssid)
{
        g_hash_table_remove(servers->servers, GUINT_TO_POINTER(ssid));
}

void bus_servers_changed(BusServers *servers, Server *server)
{
        BusServer *owner =
                g_hash_table_lookup(servers->servers, GUINT_TO_POINTER(server_ssid(server)));

        if (owner)
                export_changed(owner->export);
}
