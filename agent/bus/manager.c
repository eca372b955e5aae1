/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/manager.h"

#include <errno.h>

#include "base/log.h"
#include "bus/server-properties.h"
#include "bus/variant.h"
#include "dbus/lwm2md-interfaces.h"

struct BusManager {
        const BusParts *parts;
        Export *export;
};

static void manager_set_log_level(BusCall *call, GVariant *parameters, void *user)
{
        BusManager *manager = user;
        const char *name;
        int level;

        g_variant_get(parameters, "(&s)", &name);
        level = log_level_from_string(name);
        if (level < 0) {
                bus_call_fail(
                        call, -EINVAL,
                        "\"%s\" is no log level; allowed: error, warning, notice, info, debug",
                        name);
                return;
        }
        log_set_level((LogLevel) level);
        export_changed(manager->export);
        bus_call_return(call, NULL);
}

static GVariant *manager_version(void *user)
{
        BusManager *manager = user;

        return g_variant_new_string(manager->parts->version);
}

static GVariant *manager_endpoint(void *user)
{
        BusManager *manager = user;

        return variant_from_text(client_endpoint(manager->parts->client));
}

/* "online" with at least one registration; "failed" where every server has failed. */
static GVariant *manager_state(void *user)
{
        BusManager *manager = user;
        unsigned n = 0, failed = 0;

        for (Server *server = client_next(manager->parts->client, 0); server;
             server = client_next(manager->parts->client, server_ssid(server))) {
                ServerInfo info;

                server_get_info(server, &info);
                if (info.state == SERVER_REGISTERED || info.state == SERVER_UPDATING)
                        return g_variant_new_string("online");
                n++;
                failed += info.state == SERVER_FAILED;
        }
        return g_variant_new_string(n > 0 && failed == n ? "failed" : "offline");
}

static void add_plugin(GVariantBuilder *plugins, const LoadedPlugin *loaded)
{
        GVariantBuilder modes;

        g_variant_builder_init(&modes, G_VARIANT_TYPE("as"));
        for (SecurityMode mode = SECURITY_MODE_PSK; mode <= SECURITY_MODE_NOSEC; mode++)
                if (loaded->plugin->ip_modes & LWM_SECURITY_MODE(mode))
                        g_variant_builder_add(&modes, "s", security_mode_to_string(mode));
        g_variant_builder_add(
                plugins, "(@s@s@sasb)", variant_from_text(loaded->plugin->name),
                variant_from_text(loaded->plugin->version),
                variant_from_text(loaded->plugin->library ? loaded->plugin->library : ""), &modes,
                loaded->tainted);
}

static GVariant *manager_plugins(void *user)
{
        BusManager *manager = user;
        GVariantBuilder plugins;

        g_variant_builder_init(&plugins, G_VARIANT_TYPE("a(sssasb)"));
        for (size_t i = 0; i < loader_len(manager->parts->loader); i++)
                add_plugin(&plugins, loader_get(manager->parts->loader, i));
        return g_variant_builder_end(&plugins);
}

static GVariant *manager_last_error(void *user)
{
        BusManager *manager = user;
        ServerError last = {0};

        for (Server *server = client_next(manager->parts->client, 0); server;
             server = client_next(manager->parts->client, server_ssid(server))) {
                ServerInfo info;

                server_get_info(server, &info);
                if (info.last_error->at > last.at)
                        last = *info.last_error;
        }
        return server_error_to_variant(&last);
}

static GVariant *manager_key_store(void *user)
{
        bool kernel = kernel_key_store() == KERNEL_KEY_STORE_KERNEL;

        return g_variant_new("(ss)", kernel ? "kernel" : "process", kernel_key_store_reason());
}

static GVariant *manager_state_key(void *user)
{
        BusManager *manager = user;

        return g_variant_new_string(seal_key_source(manager->parts->seal));
}

static GVariant *manager_log_level(void *user)
{
        return g_variant_new_string(log_level_to_string(log_get_level()));
}

static const ExportMethod manager_methods[] = {
        {"SetLogLevel", BUS_ACTION_CONTROL, manager_set_log_level},
};

static const ExportProperty manager_properties[] = {
        {"Version", manager_version},      {"Endpoint", manager_endpoint},
        {"State", manager_state},          {"Plugins", manager_plugins},
        {"LastError", manager_last_error}, {"KeyStore", manager_key_store},
        {"StateKey", manager_state_key},   {"LogLevel", manager_log_level},
};

static const ExportTable manager_table = {
        &lwm2md_manager_interface,        manager_methods,
        G_N_ELEMENTS(manager_methods),    manager_properties,
        G_N_ELEMENTS(manager_properties),
};

BusManager *bus_manager_new(GDBusConnection *connection, Authorizer *authorizer,
                            const BusParts *parts)
{
        BusManager *manager = g_new0(BusManager, 1);

        manager->parts = parts;
        manager->export =
                export_new(connection, authorizer, "/org/lwm2md1", &manager_table, manager);
        return manager;
}

void bus_manager_free(BusManager *manager)
{
        if (!manager)
                return;
        export_free(manager->export);
        g_free(manager);
}

void bus_manager_changed(BusManager *manager)
{
        export_changed(manager->export);
}

Export *bus_manager_export(BusManager *manager)
{
        return manager->export;
}
