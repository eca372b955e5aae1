/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "objects/accounts-store.h"

#include <errno.h>

#include "base/log.h"
#include "model/path.h"
#include "objects/account.h"

#define FILE_NAME "accounts"

/* A dictionary for each account: what a later version adds, an earlier one passes over. */
#define STORE_TYPE "(uaa{sv})"
#define STORE_VERSION 2 /* 1: without SMS */
#define STORE_OLDEST 1

static GVariant *account_to_variant(const Account *account)
{
        GVariantDict dict;

        g_variant_dict_init(&dict, NULL);
        g_variant_dict_insert(&dict, "ssid", "q", account->ssid);
        g_variant_dict_insert(&dict, "security-instance", "q", account->security_instance);
        g_variant_dict_insert(&dict, "server-instance", "q", account->server_instance);
        g_variant_dict_insert(&dict, "uri", "s", account->uri);
        g_variant_dict_insert(&dict, "mode", "s", security_mode_to_string(account->mode));
        g_variant_dict_insert(&dict, "lifetime", "u", account->lifetime);
        g_variant_dict_insert(&dict, "pmin", "u", account->pmin);
        g_variant_dict_insert(&dict, "pmax", "u", account->pmax);
        g_variant_dict_insert(&dict, "storing", "b", account->storing);
        g_variant_dict_insert(&dict, "binding", "s", account->binding);
        g_variant_dict_insert(&dict, "retry-count", "y", account->retry_count);
        g_variant_dict_insert(&dict, "retry-timer", "u", account->retry_timer);
        g_variant_dict_insert(&dict, "sequence-delay", "u", account->sequence_delay);
        g_variant_dict_insert(&dict, "sequence-count", "y", account->sequence_count);
        g_variant_dict_insert(&dict, "trigger", "b", account->trigger);
        g_variant_dict_insert(&dict, "mute-send", "y", account->mute_send);
        g_variant_dict_insert(&dict, "sms-mode", "y", account->sms_mode);
        g_variant_dict_insert(&dict, "sms-number", "s", account->sms_number);
        g_variant_dict_insert(&dict, "sms-options", "s", account->sms_options);
        g_variant_dict_insert(&dict, "sms-coding", "q", account->sms_coding);
        g_variant_dict_insert(&dict, "sms-strict", "b", account->sms_strict);
        g_variant_dict_insert(&dict, "sms-fallback", "b", account->sms_fallback);
        g_variant_dict_insert(&dict, "source", "s", account->source);
        g_variant_dict_insert(&dict, "digest", "s", account->digest);
        return g_variant_dict_end(&dict);
}

static void lookup_text(GVariant *dict, const char *key, char *text, size_t size)
{
        const char *found;

        if (g_variant_lookup(dict, key, "&s", &found))
                g_strlcpy(text, found, size);
}

/* What is missing has its default. */
static Account account_from_variant(GVariant *dict)
{
        Account account = account_default();
        const char *mode = "?";
        gboolean storing = account.storing, trigger = account.trigger;
        gboolean strict = account.sms_strict, fallback = account.sms_fallback;
        int known;

        g_variant_lookup(dict, "ssid", "q", &account.ssid);
        g_variant_lookup(dict, "security-instance", "q", &account.security_instance);
        g_variant_lookup(dict, "server-instance", "q", &account.server_instance);
        lookup_text(dict, "uri", account.uri, sizeof(account.uri));
        g_variant_lookup(dict, "mode", "&s", &mode);
        g_variant_lookup(dict, "lifetime", "u", &account.lifetime);
        g_variant_lookup(dict, "pmin", "u", &account.pmin);
        g_variant_lookup(dict, "pmax", "u", &account.pmax);
        g_variant_lookup(dict, "storing", "b", &storing);
        lookup_text(dict, "binding", account.binding, sizeof(account.binding));
        g_variant_lookup(dict, "retry-count", "y", &account.retry_count);
        g_variant_lookup(dict, "retry-timer", "u", &account.retry_timer);
        g_variant_lookup(dict, "sequence-delay", "u", &account.sequence_delay);
        g_variant_lookup(dict, "sequence-count", "y", &account.sequence_count);
        g_variant_lookup(dict, "trigger", "b", &trigger);
        g_variant_lookup(dict, "mute-send", "y", &account.mute_send);
        g_variant_lookup(dict, "sms-mode", "y", &account.sms_mode);
        lookup_text(dict, "sms-number", account.sms_number, sizeof(account.sms_number));
        lookup_text(dict, "sms-options", account.sms_options, sizeof(account.sms_options));
        g_variant_lookup(dict, "sms-coding", "q", &account.sms_coding);
        g_variant_lookup(dict, "sms-strict", "b", &strict);
        g_variant_lookup(dict, "sms-fallback", "b", &fallback);
        lookup_text(dict, "source", account.source, sizeof(account.source));
        lookup_text(dict, "digest", account.digest, sizeof(account.digest));

        known = security_mode_from_string(mode);
        account.mode = known < 0 ? (SecurityMode) (SECURITY_MODE_NOSEC + 1) : (SecurityMode) known;
        account.storing = storing;
        account.trigger = trigger;
        account.sms_strict = strict;
        account.sms_fallback = fallback;
        return account;
}

int accounts_store_write(Seal *seal, const GArray *accounts)
{
        g_autoptr(GVariant) store = NULL;
        GVariantBuilder builder;

        g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
        for (guint i = 0; i < accounts->len; i++)
                g_variant_builder_add_value(
                        &builder, account_to_variant(&g_array_index(accounts, Account, i)));
        store = g_variant_ref_sink(g_variant_new(STORE_TYPE, STORE_VERSION, &builder));
        return seal_write(seal, FILE_NAME, g_variant_get_data(store), g_variant_get_size(store));
}

static bool clashes(const Account *account, const GArray *accounts)
{
        for (guint i = 0; i < accounts->len; i++) {
                const Account *other = &g_array_index(accounts, Account, i);

                if (other->ssid == account->ssid ||
                    other->security_instance == account->security_instance ||
                    other->server_instance == account->server_instance)
                        return true;
        }
        return false;
}

static void take_account(const Account *account, GArray *accounts, size_t max)
{
        const char *why = "its numbers belong to another";

        if (accounts->len >= max) {
                log_error(NULL, "stored account %u left out: more than %zu", account->ssid, max);
                return;
        }
        if (account_check(account, &why) < 0 || clashes(account, accounts) ||
            account->security_instance > PATH_ID_MAX || account->server_instance > PATH_ID_MAX) {
                log_error(NULL, "stored account %u left out: %s", account->ssid, why);
                return;
        }
        g_array_append_val(accounts, *account);
}

static int parse(GBytes *content, GArray *accounts, size_t max)
{
        g_autoptr(GVariant) store = g_variant_ref_sink(
                g_variant_new_from_bytes(G_VARIANT_TYPE(STORE_TYPE), content, FALSE));
        g_autoptr(GVariant) list = NULL;
        guint32 version;

        if (!g_variant_is_normal_form(store))
                return -EBADMSG;
        g_variant_get(store, "(u@aa{sv})", &version, &list);
        if (version < STORE_OLDEST || version > STORE_VERSION)
                return -EBADMSG;

        for (gsize i = 0; i < g_variant_n_children(list); i++) {
                g_autoptr(GVariant) dict = g_variant_get_child_value(list, i);
                Account account = account_from_variant(dict);

                take_account(&account, accounts, max);
        }
        return 0;
}

int accounts_store_read(Seal *seal, GArray *accounts, size_t max)
{
        GBytes *content = NULL;
        bool previous = false;
        int r;

        r = seal_read(seal, FILE_NAME, &content, &previous);
        if (r == -ENOENT)
                return 0;
        if (r >= 0) {
                r = parse(content, accounts, max);
                seal_bytes_free(content);
        }
        if (r == -EBADMSG) {
                log_error(NULL, "the stored accounts cannot be used: there are no accounts");
                return 0;
        }
        if (r < 0)
                return r;
        if (previous)
                log_warning(NULL, "the stored accounts are those before the last change");
        return 0;
}
