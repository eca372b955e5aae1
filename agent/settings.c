/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

#include <string.h>

#include "endpoint-name.h"
#include "sms/split.h"

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
        {"Sms", "enabled", SETTING_SWITCH, AT(sms.enabled)},
        {"Sms", "own-number", SETTING_TEXT, AT(sms.own_number), 3, 21},
        {"Sms", "country-code", SETTING_TEXT, AT(sms.country_code), 1, 3},
        {"Sms", "international-prefix", SETTING_TEXT, AT(sms.international_prefix), 1, 5},
        {"Sms", "budget-per-hour", SETTING_NUMBER, AT(sms.budget_per_hour), 0, 10000},
        {"Sms", "budget-per-day", SETTING_NUMBER, AT(sms.budget_per_day), 0, 100000},
        {"Sms", "response-timeout", SETTING_NUMBER, AT(sms.response_timeout), 10, 86400},
        {"Sms", "block-size", SETTING_NUMBER, AT(sms.block_size), 16, 1024},
        {"Sms", "delivery-reports", SETTING_SWITCH, AT(sms.delivery_reports)},
        {"Sms", "max-segments", SETTING_NUMBER, AT(sms.max_segments), 2, SPLIT_MAX_SEGMENTS},
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
                .sms =
                        {
                                .enabled = true,
                                .international_prefix = g_strdup("00"),
                                .budget_per_hour = 100,
                                .budget_per_day = 500,
                                .response_timeout = 180,
                                .block_size =
                                        64, /* a secured packet of one short message holds it */
                                .max_segments = 4,
                        },
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

static gboolean fail_sms(const ConfigFile *file, const char *key, const char *allowed,
                         GError **error)
{
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    "%s:%u: %s: not allowed; allowed: %s", config_file_name(file),
                    config_file_line(file, "Sms", key), key, allowed);
        return FALSE;
}

static bool is_digits(const char *text)
{
        return !text || text[strspn(text, "0123456789")] == '\0';
}

static gboolean check_sms(const ConfigFile *file, const Settings *settings, GError **error)
{
        const char *number = settings->sms.own_number;

        if (number && (!is_digits(number + (number[0] == '+')) || strlen(number) < 4))
                return fail_sms(file, "own-number", "digits, with + in front or without", error);
        if (!is_digits(settings->sms.country_code))
                return fail_sms(file, "country-code", "1 to 3 digits", error);
        if (!is_digits(settings->sms.international_prefix))
                return fail_sms(file, "international-prefix", "1 to 5 digits", error);
        if ((settings->sms.block_size & (settings->sms.block_size - 1)) != 0)
                return fail_sms(file, "block-size", "16, 32, 64, 128, 256, 512, 1024", error);
        return TRUE;
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
            check_endpoint(file, ret->endpoint, error) && check_sms(file, ret, error))
                return TRUE;
        settings_free(ret);
        return FALSE;
}

void settings_free(Settings *settings)
{
        settings_clear(agent_settings, G_N_ELEMENTS(agent_settings), settings);
}
