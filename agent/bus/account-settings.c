/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/account-settings.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* The settings that are texts. */
#define TEXTS "uri mode binding identity sms-mode sms-number sms-options sms-coding"
/* Those that are switches. */
#define SWITCHES "send trigger sms-strict sms-fallback"

typedef struct Parse {
        Account account;
        const char *identity;
        bool has_mode;
        char *why;
} Parse;

static bool take_sms_text(Parse *parse, const char *key, const char *text)
{
        Account *account = &parse->account;

        if (strcmp(key, "sms-number") == 0)
                return account_set_sms_number(account, text) == 0;
        if (strcmp(key, "sms-coding") == 0)
                return account_set_sms_coding(account, text) == 0;
        if (strcmp(key, "sms-mode") == 0) {
                int mode = sms_mode_from_string(text);

                account->sms_mode = (uint8_t) mode;
                return mode >= 0;
        }
        return g_strlcpy(account->sms_options, text, sizeof(account->sms_options)) <
               sizeof(account->sms_options);
}

static bool take_text(Parse *parse, const char *key, const char *text)
{
        if (strcmp(key, "uri") == 0)
                return g_strlcpy(parse->account.uri, text, sizeof(parse->account.uri)) <
                       sizeof(parse->account.uri);
        if (strcmp(key, "binding") == 0)
                return g_strlcpy(parse->account.binding, text, sizeof(parse->account.binding)) <
                       sizeof(parse->account.binding);
        if (g_str_has_prefix(key, "sms-"))
                return take_sms_text(parse, key, text);
        if (strcmp(key, "mode") == 0) {
                int mode = security_mode_from_string(text);

                parse->has_mode = true;
                parse->account.mode = (SecurityMode) mode;
                return mode == SECURITY_MODE_PSK || mode == SECURITY_MODE_NOSEC;
        }
        parse->identity = text;
        return text[0] != '\0' && strlen(text) <= 128;
}

static void take_number(Parse *parse, const char *key, guint32 number)
{
        if (strcmp(key, "lifetime") == 0)
                parse->account.lifetime = number;
        else if (strcmp(key, "pmin") == 0)
                parse->account.pmin = number;
        else
                parse->account.pmax = number;
}

static void take_switch(Parse *parse, const char *key, bool on)
{
        if (strcmp(key, "send") == 0)
                parse->account.mute_send = on ? MUTE_SEND_OFF : MUTE_SEND_ABSENT;
        else if (strcmp(key, "trigger") == 0)
                parse->account.trigger = on;
        else if (strcmp(key, "sms-strict") == 0)
                parse->account.sms_strict = on;
        else
                parse->account.sms_fallback = on;
}

/* What the values of a setting may be, for a person. */
static const char *allowed_values(const char *key)
{
        if (strcmp(key, "mode") == 0)
                return "psk, nosec";
        if (strcmp(key, "binding") == 0)
                return "U, S or both, with or without Q";
        if (strcmp(key, "sms-mode") == 0)
                return "none, secured-packet, secured-packet-device, nosec";
        if (strcmp(key, "sms-number") == 0)
                return "3 to 20 digits";
        if (strcmp(key, "sms-coding") == 0)
                return "TP-PID and TP-DCS of 8-bit data, 4 hexadecimal digits such as 0004";
        if (strcmp(key, "sms-options") == 0)
                return "a text of at most 95 bytes";
        return strcmp(key, "uri") == 0 ? "a text of at most 255 bytes" : "a text of 1 to 128 bytes";
}

static bool is_one_of(const char *key, const char *words)
{
        g_auto(GStrv) list = g_strsplit(words, " ", -1);

        return g_strv_contains((const char *const *) list, key);
}

static int take(Parse *parse, const char *key, GVariant *value)
{
        bool good = true;

        if (strcmp(key, "ssid") == 0 && g_variant_is_of_type(value, G_VARIANT_TYPE_UINT16))
                parse->account.ssid = g_variant_get_uint16(value);
        else if (is_one_of(key, "lifetime pmin pmax") &&
                 g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32))
                take_number(parse, key, g_variant_get_uint32(value));
        else if (is_one_of(key, SWITCHES) && g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN))
                take_switch(parse, key, g_variant_get_boolean(value));
        else if (is_one_of(key, TEXTS) && g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
                good = take_text(parse, key, g_variant_get_string(value, NULL));
        else {
                parse->why = g_strdup_printf(
                        "setting \"%s\" is not known or of the wrong type; "
                        "allowed: uri s, ssid q, mode s, "
                        "lifetime u, binding s, pmin u, pmax u, identity s, "
                        "send b, trigger b, sms-mode s, sms-number s, sms-options s, "
                        "sms-coding s, sms-strict b, sms-fallback b",
                        key);
                return -EINVAL;
        }
        if (good)
                return 0;
        parse->why = g_strdup_printf("setting \"%s\" has a value that is not allowed; allowed: %s",
                                     key, allowed_values(key));
        return -EINVAL;
}

/* Whether what is at that URI has no security of its own on the way over IP. */
static bool is_open(const char *uri)
{
        return g_str_has_prefix(uri, "coap:") || account_is_sms_uri(uri);
}

int account_from_settings(GVariant *settings, Account *ret, const char **ret_identity,
                          char **ret_why)
{
        Parse parse = {.account = account_default()};
        GVariantIter iter;
        const char *key, *why;
        GVariant *value;
        int r = 0;

        g_variant_iter_init(&iter, settings);
        while (r == 0 && g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
                r = take(&parse, key, value);
                g_variant_unref(value);
        }
        if (r < 0) {
                *ret_why = parse.why;
                return r;
        }
        if (!parse.has_mode)
                parse.account.mode =
                        is_open(parse.account.uri) ? SECURITY_MODE_NOSEC : SECURITY_MODE_PSK;
        account_complete(&parse.account);
        r = account_check(&parse.account, &why);
        if (r == 0 && parse.identity && parse.account.mode == SECURITY_MODE_NOSEC) {
                why = "setting \"identity\": a server of mode nosec has none";
                r = -EINVAL;
        }
        if (r < 0) {
                *ret_why = g_strdup(why);
                return r;
        }
        *ret = parse.account;
        *ret_identity = parse.identity;
        return 0;
}
