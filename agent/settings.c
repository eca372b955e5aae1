/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

#include <string.h>

#include "endpoint-name.h"

#define AT(member) offsetof(Settings, member)

static const Setting agent_settings[] = {
        {"Agent", "endpoint", SETTING_TEXT, AT(endpoint), 1, 255},
        {"Agent", "lwm2m-version", SETTING_CHOICE, AT(lwm2m_version), .choices = "1.1 1.0"},
        {"Agent", "deregister-on-stop", SETTING_SWITCH, AT(deregister_on_stop)},
        {"Network", "local-port", SETTING_NUMBER, AT(local_port), 0, 65535},
        {"Network", "ack-timeout", SETTING_NUMBER, AT(ack_timeout), 100, 60000},
        {"Network", "handshake-timeout", SETTING_NUMBER, AT(handshake_timeout), 100, 60000},
        {"Network", "handshake-limit", SETTING_NUMBER, AT(handshake_limit), 1, 600},
        {"Limits", "max-body", SETTING_NUMBER, AT(max_body), 1024, 1024 * 1024},
        {"Limits", "max-observations", SETTING_NUMBER, AT(max_observations), 1, 10000},
        {"Device", "manufacturer", SETTING_TEXT, AT(manufacturer), 1, 128},
        {"Device", "model", SETTING_TEXT, AT(model), 1, 128},
        {"Device", "serial", SETTING_TEXT, AT(serial), 1, 128},
        {"Device", "hardware-version", SETTING_TEXT, AT(hardware_version), 1, 128},
        {"Device", "device-type", SETTING_TEXT, AT(device_type), 1, 128},
        {"Keys", "store", SETTING_CHOICE, AT(key_store), .choices = "kernel process"},
        {"Plugins", "directory", SETTING_TEXT, AT(plugin_directory), 1, 4000},
        {"Log", "level", SETTING_CHOICE, AT(log_level),
         .choices = "error warning notice info debug"},
        {"Log", "show-personal", SETTING_SWITCH, AT(show_personal)},
};

static void settings_default(Settings *settings)
{
        *settings = (Settings){
                .endpoint = g_strdup("urn:uuid:{machine-id}"),
                .lwm2m_version = g_strdup("1.1"),
                .deregister_on_stop = true,
                .ack_timeout = 2000,       /* RFC 7252, 4.8 */
                .handshake_timeout = 9000, /* RFC 7925, 11 */
                .handshake_limit = 120,
                .max_body = 1024 * 1024,
                .max_observations = 1000,
                .key_store = g_strdup("kernel"),
                .log_level = g_strdup("notice"),
        };
}

static gboolean check_endpoint(const ConfigFile *file, const char *template, GError **error)
{
        if (endpoint_name_check(template, error))
                return TRUE;
        g_prefix_error(error, "%s:%u: ", config_file_name(file),
                       config_file_line(file, "Agent", "endpoint"));
        return FALSE;
}

gboolean settings_read(const char *path, Settings *ret, GError **error)
{
        g_autoptr(ConfigFile) file = NULL;
        g_autoptr(GError) failure = NULL;

        settings_default(ret);
        file = config_file_read(path, &failure);
        if (g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
                return TRUE;
        if (failure) {
                g_propagate_error(error, g_steal_pointer(&failure));
                settings_free(ret);
                return FALSE;
        }
        if (config_file_apply(file, agent_settings, G_N_ELEMENTS(agent_settings), ret, error) &&
            check_endpoint(file, ret->endpoint, error))
                return TRUE;
        settings_free(ret);
        return FALSE;
}

void settings_free(Settings *settings)
{
        settings_clear(agent_settings, G_N_ELEMENTS(agent_settings), settings);
}
