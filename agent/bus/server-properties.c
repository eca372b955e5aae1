/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/server-properties.h"

#include "bus/variant.h"
#include "lwm2m/status.h"

GVariant *server_error_to_variant(const ServerError *error)
{
        return g_variant_new("(xs@s)", error->at,
                             error->at == 0 ? "" : status_to_dbus(error->error),
                             variant_from_text(error->text));
}

GVariant *server_property_short_server_id(const ServerInfo *info)
{
        return g_variant_new_uint16(info->ssid);
}

GVariant *server_property_is_bootstrap(const ServerInfo *info)
{
        return g_variant_new_boolean(info->ssid == 0);
}

GVariant *server_property_uri(const ServerInfo *info)
{
        return variant_from_text(info->uri);
}

GVariant *server_property_state(const ServerInfo *info)
{
        return g_variant_new_string(server_state_to_string(info->state));
}

GVariant *server_property_security(const ServerInfo *info)
{
        return g_variant_new("(s@s)", info->security, variant_from_text(info->plugin));
}

GVariant *server_property_sms_security(const ServerInfo *info)
{
        return g_variant_new("(s@s)", info->sms_security, variant_from_text(info->sms_suite));
}

GVariant *server_property_cipher_suite(const ServerInfo *info)
{
        return g_variant_new_uint16(info->cipher_suite);
}

GVariant *server_property_resumed(const ServerInfo *info)
{
        return g_variant_new_boolean(info->resumed);
}

GVariant *server_property_lwm2m_version(const ServerInfo *info)
{
        return variant_from_text(info->lwm2m_version);
}

GVariant *server_property_binding(const ServerInfo *info)
{
        return variant_from_text(info->binding);
}

GVariant *server_property_lifetime(const ServerInfo *info)
{
        return g_variant_new_uint32(info->lifetime);
}

GVariant *server_property_location(const ServerInfo *info)
{
        return variant_from_text(info->location);
}

GVariant *server_property_registered_at(const ServerInfo *info)
{
        return g_variant_new_int64(info->registered_at);
}

GVariant *server_property_expires_at(const ServerInfo *info)
{
        return g_variant_new_int64(info->expires_at);
}

GVariant *server_property_next_update_at(const ServerInfo *info)
{
        return g_variant_new_int64(info->next_update_at);
}

GVariant *server_property_next_attempt_at(const ServerInfo *info)
{
        return g_variant_new_int64(info->next_attempt_at);
}

GVariant *server_property_last_error(const ServerInfo *info)
{
        return server_error_to_variant(info->last_error);
}

static GVariant *observed_paths(const ObservationInfo *info)
{
        size_t n = info->composite ? composite_len(info->composite) : 1;
        GVariantBuilder paths;
        char text[PATH_TEXT_SIZE];

        g_variant_builder_init(&paths, G_VARIANT_TYPE_STRING_ARRAY);
        for (size_t i = 0; i < n; i++) {
                Path path = info->composite ? composite_get(info->composite, i) : info->path;

                g_variant_builder_add(&paths, "s", path_to_text(path, text));
        }
        return g_variant_builder_end(&paths);
}

static void add_observation(const ObservationInfo *info, void *user)
{
        GVariantBuilder *observations = user, attributes;

        g_variant_builder_init(&attributes, G_VARIANT_TYPE("a{sv}"));
        g_variant_builder_add(&attributes, "{sv}", "pmin", g_variant_new_uint32(info->pmin));
        if (info->pmax > 0)
                g_variant_builder_add(&attributes, "{sv}", "pmax",
                                      g_variant_new_uint32(info->pmax));
        g_variant_builder_add(
                observations, "(@as@aya{sv}u)", observed_paths(info),
                g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, info->token, info->token_len, 1),
                &attributes, info->notifications);
}

GVariant *server_observations_to_variant(const Server *server)
{
        GVariantBuilder observations;

        g_variant_builder_init(&observations, G_VARIANT_TYPE("a(asaya{sv}u)"));
        server_foreach_observation(server, add_observation, &observations);
        return g_variant_builder_end(&observations);
}
