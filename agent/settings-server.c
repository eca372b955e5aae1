/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

#include <string.h>

#include "base/hex.h"

#define KEY_HINT                                                                                   \
        "a key never stands in this file; use psk-file, psk-credential or \"lwm2mctl key-set\""
#define SMS_KEY_HINT                                                                               \
        "a key never stands in this file; use sms-key-file, sms-key-credential or "                \
        "\"lwm2mctl key-set\""

/* Octets of /0/x/7 are hexadecimal digits in the file. */
#define SMS_PARAMETERS_MIN 6
#define SMS_PARAMETERS_MAX 7

/* The file's own types, before they become an Account. */
typedef struct Raw {
        char *uri, *mode, *binding, *encoding;
        char *identity, *file, *credential;
        uint32_t ssid, lifetime, pmin, pmax;
        uint32_t retry_count, retry_timer, sequence_delay, sequence_count;
        bool storing, send, trigger, sms_strict, sms_fallback;
        char *sms_mode, *sms_number, *sms_options, *sms_parameters, *sms_coding;
        char *sms_file, *sms_credential, *sms_encoding;
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
        {"Server", "send", SETTING_SWITCH, AT(send)},
        {"Server", "binding", SETTING_TEXT, AT(binding), 1, 7},
        {"Server", "retry-count", SETTING_NUMBER, AT(retry_count), 1, 255},
        {"Server", "retry-timer", SETTING_NUMBER, AT(retry_timer), 1, UINT32_MAX},
        {"Server", "sequence-delay", SETTING_NUMBER, AT(sequence_delay), 1, UINT32_MAX},
        {"Server", "sequence-count", SETTING_NUMBER, AT(sequence_count), 1, 255},
        {"Server", "psk-identity", SETTING_TEXT, AT(identity), 1, 128},
        {"Server", "psk-file", SETTING_TEXT, AT(file), 1, 4000},
        {"Server", "psk-credential", SETTING_TEXT, AT(credential), 1, 255},
        {"Server", "psk-encoding", SETTING_CHOICE, AT(encoding), .choices = "raw hex"},
        {"Server", "trigger", SETTING_SWITCH, AT(trigger)},
        {"Server", "sms-mode", SETTING_CHOICE, AT(sms_mode),
         .choices = "none secured-packet secured-packet-device nosec"},
        {"Server", "sms-number", SETTING_TEXT, AT(sms_number), 3, 40},
        {"Server", "sms-options", SETTING_TEXT, AT(sms_options), 1, ACCOUNT_SMS_OPTIONS_SIZE - 1},
        {"Server", "sms-coding", SETTING_TEXT, AT(sms_coding), 4, 8},
        {"Server", "sms-strict", SETTING_SWITCH, AT(sms_strict)},
        {"Server", "sms-fallback", SETTING_SWITCH, AT(sms_fallback)},
        {"Server", "sms-parameters", SETTING_TEXT, AT(sms_parameters), 1, 40},
        {"Server", "sms-key-file", SETTING_TEXT, AT(sms_file), 1, 4000},
        {"Server", "sms-key-credential", SETTING_TEXT, AT(sms_credential), 1, 255},
        {"Server", "sms-key-encoding", SETTING_CHOICE, AT(sms_encoding), .choices = "raw hex"},
        {"Server", "sms-key", SETTING_REFUSED, .help = SMS_KEY_HINT},
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
        if (strlen(config_file_name(file)) >= sizeof(((Account *) NULL)->source))
                return fail(file, NULL, "the path of this file is longer than 255 octets", error);
        return TRUE;
}

/* `key`: psk or sms-key. */
static gboolean check_source(const ConfigFile *file, const char *key, const char *path,
                             const char *credential, GError **error)
{
        g_autofree char *file_key = g_strconcat(key, "-file", NULL);
        g_autofree char *credential_key = g_strconcat(key, "-credential", NULL);
        g_autofree char *why = NULL;

        if (path && credential) {
                why = g_strdup_printf("%s and %s exclude each other", file_key, credential_key);
                return fail(file, credential_key, why, error);
        }
        if (path && !g_path_is_absolute(path)) {
                why = g_strdup_printf("%s: the path must begin with /", file_key);
                return fail(file, file_key, why, error);
        }
        if (credential && strchr(credential, '/')) {
                why = g_strdup_printf("%s: a name without /", credential_key);
                return fail(file, credential_key, why, error);
        }
        return TRUE;
}

/* What only a secured packet has a use for. */
static gboolean check_sms_mode(const ConfigFile *file, const Raw *raw, const Account *account,
                               GError **error)
{
        if (account->sms_mode != SMS_MODE_NONE && account->sms_mode != SMS_MODE_NOSEC)
                return TRUE;
        if (raw->sms_parameters)
                return fail(file, "sms-parameters", "sms-parameters: this sms-mode has none",
                            error);
        if (raw->sms_file)
                return fail(file, "sms-key-file", "sms-key-file: this sms-mode has no key", error);
        if (raw->sms_credential)
                return fail(file, "sms-key-credential",
                            "sms-key-credential: this sms-mode has no key", error);
        return TRUE;
}

/* Hexadecimal digits, with blanks between them as in "15 15 12 21 B20203". */
static gboolean take_parameters(const ConfigFile *file, const char *text, GBytes **ret,
                                GError **error)
{
        g_autofree char *digits = g_strdup(text);
        ssize_t len = text ? hex_decode((uint8_t *) digits, strlen(digits)) : 0;

        if (!text)
                return TRUE;
        if (len < SMS_PARAMETERS_MIN || len > SMS_PARAMETERS_MAX)
                return fail(file, "sms-parameters",
                            "sms-parameters: allowed: KIc, KID, SPI and TAR, 12 or 14 hexadecimal "
                            "digits",
                            error);
        *ret = g_bytes_new(digits, (size_t) len);
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

static gboolean take_sms(const ConfigFile *file, const Raw *raw, Account *account, GError **error)
{
        account->trigger = raw->trigger;
        account->sms_strict = raw->sms_strict;
        account->sms_fallback = raw->sms_fallback;
        if (raw->sms_mode)
                account->sms_mode = (uint8_t) sms_mode_from_string(raw->sms_mode);
        if (raw->sms_options)
                g_strlcpy(account->sms_options, raw->sms_options, sizeof(account->sms_options));
        if (raw->sms_number && account_set_sms_number(account, raw->sms_number) < 0)
                return fail(file, "sms-number", "sms-number: allowed: 3 to 20 digits", error);
        if (raw->sms_coding && account_set_sms_coding(account, raw->sms_coding) < 0)
                return fail(file, "sms-coding",
                            "sms-coding: allowed: TP-PID and TP-DCS of 8-bit data, 4 hexadecimal "
                            "digits such as 0004",
                            error);
        account_complete(account);
        return TRUE;
}

static Account raw_account(const Raw *raw, const char *name, const char *text, size_t len)
{
        g_autofree char *digest =
                g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) text, len);
        bool open = g_str_has_prefix(raw->uri, "coap:") || account_is_sms_uri(raw->uri);
        bool psk = raw->mode ? strcmp(raw->mode, "psk") == 0 : !open;
        Account account = account_default();

        account.ssid = (uint16_t) raw->ssid;
        account.mode = psk ? SECURITY_MODE_PSK : SECURITY_MODE_NOSEC;
        account.lifetime = raw->lifetime;
        account.pmin = raw->pmin;
        account.pmax = raw->pmax;
        account.storing = raw->storing;
        account.mute_send = raw->send ? MUTE_SEND_OFF : MUTE_SEND_ABSENT;
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

/* `key`: psk or sms-key. */
static KeySource take_source(const ConfigFile *file, const char *key, char **path,
                             char **credential, const char *encoding)
{
        g_autofree char *line_key = g_strconcat(key, *path ? "-file" : "-credential", NULL);

        return (KeySource){
                .file = g_steal_pointer(path),
                .credential = g_steal_pointer(credential),
                .hex = encoding && strcmp(encoding, "hex") == 0,
                .line = config_file_line(file, "Server", line_key),
        };
}

static gboolean take(const ConfigFile *file, Raw *raw, const char *text, size_t len,
                     ServerSettings *ret, GError **error)
{
        g_autoptr(GBytes) parameters = NULL;
        const char *why = NULL;
        Account account;

        if (!check_keys(file, raw, error) ||
            !check_source(file, "psk", raw->file, raw->credential, error) ||
            !check_source(file, "sms-key", raw->sms_file, raw->sms_credential, error))
                return FALSE;
        account = raw_account(raw, config_file_name(file), text, len);
        if (!take_sms(file, raw, &account, error))
                return FALSE;
        if (account_check(&account, &why) < 0)
                return fail(file, "uri", why, error);
        if (!check_mode(file, raw, account.mode, error) ||
            !check_sms_mode(file, raw, &account, error) ||
            !take_parameters(file, raw->sms_parameters, &parameters, error))
                return FALSE;
        *ret = (ServerSettings){
                .account = account,
                .psk_identity = g_steal_pointer(&raw->identity),
                .psk = take_source(file, "psk", &raw->file, &raw->credential, raw->encoding),
                .sms_parameters = g_steal_pointer(&parameters),
                .sms_key = take_source(file, "sms-key", &raw->sms_file, &raw->sms_credential,
                                       raw->sms_encoding),
                .ssid_line = config_file_line(file, "Server", "ssid"),
                .sms_parameters_line = config_file_line(file, "Server", "sms-parameters"),
        };
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

static void source_clear(KeySource *source)
{
        g_clear_pointer(&source->file, g_free);
        g_clear_pointer(&source->credential, g_free);
}

void server_settings_clear(ServerSettings *settings)
{
        g_clear_pointer(&settings->psk_identity, g_free);
        g_clear_pointer(&settings->sms_parameters, g_bytes_unref);
        source_clear(&settings->psk);
        source_clear(&settings->sms_key);
}
