/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

#include <string.h>

#define KEY_HINT                                                                                   \
        "a key never stands in this file; use psk-file, psk-credential or \"lwm2mctl key-set\""

/* The file's own types, before they become an Account. */
typedef struct Raw {
        char *uri, *mode, *binding, *encoding;
        char *identity, *file, *credential;
        uint32_t ssid, lifetime, pmin, pmax;
        uint32_t retry_count, retry_timer, sequence_delay, sequence_count;
        bool storing;
} Raw;

#define AT(member) offsetof(Raw, member)

static const Setting server_settings[] = {
        {"Server", "uri", SETTING_TEXT, AT(uri), 1, ACCOUNT_URI_MAX},
        {"Server", "ssid", SETTING_NUMBER, AT(ssid), 1, 65534},
        {"Server", "mode", SETTING_CHOICE, AT(mode), .choices = "psk nosec"},
        {"Server", "lifetime", SETTING_NUMBER, AT(lifetime), 1, UINT32_MAX},
        {"Server", "pmin", SETTING_NUMBER, AT(pmin), 0, UINT32_MAX},
        {"Server", "pmax", SETTING_NUMBER, AT(pmax), 0, UINT32_MAX},
        {"Server", "storing", SETTING_SWITCH, AT(storing)},
        {"Server", "binding", SETTING_CHOICE, AT(binding), .choices = "U"},
        {"Server", "retry-count", SETTING_NUMBER, AT(retry_count), 1, 255},
        {"Server", "retry-timer", SETTING_NUMBER, AT(retry_timer), 1, UINT32_MAX},
        {"Server", "sequence-delay", SETTING_NUMBER, AT(sequence_delay), 1, UINT32_MAX},
        {"Server", "sequence-count", SETTING_NUMBER, AT(sequence_count), 1, 255},
        {"Server", "psk-identity", SETTING_TEXT, AT(identity), 1, 128},
        {"Server", "psk-file", SETTING_TEXT, AT(file), 1, 4000},
        {"Server", "psk-credential", SETTING_TEXT, AT(credential), 1, 255},
        {"Server", "psk-encoding", SETTING_CHOICE, AT(encoding), .choices = "raw hex"},
        {"Server", "psk", SETTING_REFUSED, .help = KEY_HINT},
        {"Server", "key", SETTING_REFUSED, .help = KEY_HINT},
        {"Server", "psk-key", SETTING_REFUSED, .help = KEY_HINT},
};

static gboolean fail(const ConfigFile *file, const char *key, const char *text, GError **error)
{
        unsigned line = key ? config_file_line(file, "Server", key) : 1;

        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%u: %s", config_file_name(file),
                    MAX(line, 1), text);
        return FALSE;
}

static gboolean check_keys(const ConfigFile *file, const Raw *raw, GError **error)
{
        if (!raw->uri)
                return fail(file, "ssid", "uri is missing, such as coaps://lwm2m.example.net:5684",
                            error);
        if (raw->ssid == 0)
                return fail(file, "uri", "ssid is missing; allowed: a number from 1 to 65534",
                            error);
        if (raw->file && raw->credential)
                return fail(file, "psk-credential",
                            "psk-file and psk-credential exclude each other", error);
        if (raw->file && !g_path_is_absolute(raw->file))
                return fail(file, "psk-file", "psk-file: the path must begin with /", error);
        if (raw->credential && strchr(raw->credential, '/'))
                return fail(file, "psk-credential", "psk-credential: a name without /", error);
        if (strlen(config_file_name(file)) >= sizeof(((Account *) NULL)->source))
                return fail(file, NULL, "the path of this file is longer than 255 octets", error);
        return TRUE;
}

/* What mode nosec has no use for. */
static gboolean check_mode(const ConfigFile *file, const Raw *raw, SecurityMode mode,
                           GError **error)
{
        if (mode != SECURITY_MODE_NOSEC)
                return TRUE;
        if (raw->identity)
                return fail(file, "psk-identity", "psk-identity: mode nosec has none", error);
        if (raw->file)
                return fail(file, "psk-file", "psk-file: mode nosec has no key", error);
        if (raw->credential)
                return fail(file, "psk-credential", "psk-credential: mode nosec has no key", error);
        return TRUE;
}

static Account raw_account(const Raw *raw, const char *name, const char *text, size_t len)
{
        g_autofree char *digest =
                g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) text, len);
        bool psk = raw->mode ? strcmp(raw->mode, "psk") == 0 : !g_str_has_prefix(raw->uri, "coap:");
        Account account = account_default();

        account.ssid = (uint16_t) raw->ssid;
        account.mode = psk ? SECURITY_MODE_PSK : SECURITY_MODE_NOSEC;
        account.lifetime = raw->lifetime;
        account.pmin = raw->pmin;
        account.pmax = raw->pmax;
        account.storing = raw->storing;
        account.retry_count = (uint8_t) raw->retry_count;
        account.retry_timer = raw->retry_timer;
        account.sequence_delay = raw->sequence_delay;
        account.sequence_count = (uint8_t) raw->sequence_count;
        g_strlcpy(account.uri, raw->uri, sizeof(account.uri));
        if (raw->binding)
                g_strlcpy(account.binding, raw->binding, sizeof(account.binding));
        g_strlcpy(account.source, name, sizeof(account.source));
        g_strlcpy(account.digest, digest, sizeof(account.digest));
        return account;
}

static gboolean take(const ConfigFile *file, Raw *raw, const char *text, size_t len,
                     ServerSettings *ret, GError **error)
{
        const char *why = NULL;
        Account account;

        if (!check_keys(file, raw, error))
                return FALSE;
        account = raw_account(raw, config_file_name(file), text, len);
        if (account_check(&account, &why) < 0)
                return fail(file, "uri", why, error);
        if (!check_mode(file, raw, account.mode, error))
                return FALSE;
        *ret = (ServerSettings){
                .account = account,
                .psk_identity = g_steal_pointer(&raw->identity),
                .psk_file = g_steal_pointer(&raw->file),
                .psk_credential = g_steal_pointer(&raw->credential),
                .psk_hex = raw->encoding && strcmp(raw->encoding, "hex") == 0,
        };
        ret->ssid_line = config_file_line(file, "Server", "ssid");
        ret->psk_line =
                config_file_line(file, "Server", ret->psk_file ? "psk-file" : "psk-credential");
        return TRUE;
}

gboolean server_settings_parse(const char *name, const char *text, size_t len, ServerSettings *ret,
                               GError **error)
{
        g_autoptr(ConfigFile) file = config_file_parse(name, text, len, error);
        Account defaults = account_default();
        Raw raw = {
                .lifetime = defaults.lifetime,
                .storing = defaults.storing,
        };
        gboolean ok;

        if (!file)
                return FALSE;
        ok = config_file_apply(file, server_settings, G_N_ELEMENTS(server_settings), &raw, error) &&
             take(file, &raw, text, len, ret, error);
        settings_clear(server_settings, G_N_ELEMENTS(server_settings), &raw);
        return ok;
}

gboolean server_settings_read(const char *path, ServerSettings *ret, GError **error)
{
        g_autofree char *text = NULL;
        size_t len;
        gboolean ok;

        if (!config_file_load(path, &text, &len, error))
                return FALSE;
        ok = server_settings_parse(path, text, len, ret, error);
        explicit_bzero(text, len); /* somebody may have written a key into it */
        return ok;
}

void server_settings_clear(ServerSettings *settings)
{
        g_clear_pointer(&settings->psk_identity, g_free);
        g_clear_pointer(&settings->psk_file, g_free);
        g_clear_pointer(&settings->psk_credential, g_free);
}
