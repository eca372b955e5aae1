/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "arguments.h"
#include "bus-client.h"
#include "ctl.h"
#include "errors.h"
#include "json.h"
#include "plugins.h"
#include "record.h"
#include "sms.h"

static char *compose_key_store(GVariant *record, bool personal)
{
        g_autofree char *reason = value_clean(record_text(record, "key-store-reason"));

        if (g_str_equal(record_text(record, "key-store"), "kernel"))
                return g_strdup("kernel keyring");
        return g_strdup_printf("stand-in: keys are in the agent's own memory, not in the kernel's "
                               "keyring (%s)",
                               reason);
}

static char *compose_state_key(GVariant *record, bool personal)
{
        if (g_str_equal(record_text(record, "state-key"), "credential"))
                return g_strdup("systemd credential");
        return g_strdup("key file: guards a copied state file, not a copied directory");
}

static char *compose_security(GVariant *record, bool personal)
{
        g_autoptr(GVariant) number = g_variant_lookup_value(record, "cipher-suite", NULL);
        g_autofree char *suite = value_to_screen(number, SHOW_SUITE, personal);

        if (!*suite &&
            g_str_equal(record_text(record, "security"), record_text(record, "sms-security"))) {
                g_free(suite);
                suite = value_clean(record_text(record, "sms-suite"));
        }
        return g_strdup_printf("%s%s%s%s", record_text(record, "security"), *suite ? ", " : "",
                               suite, record_flag(record, "resumed") ? ", resumed" : "");
}

static char *compose_registered(GVariant *record, bool personal)
{
        g_autoptr(GVariant) at = g_variant_lookup_value(record, "registered-at", NULL);
        g_autofree char *since = value_to_screen(at, SHOW_SINCE, personal);
        g_autofree char *lifetime = value_span(record_number(record, "lifetime"));
        g_autofree char *location = value_clean(record_text(record, "location"));

        if (!*since)
                return NULL;
        return g_strdup_printf("since %s, LwM2M %s, lifetime %s, location %s", since,
                               record_text(record, "lwm2m-version"), lifetime, location);
}

static char *compose_observed(GVariant *record, bool personal)
{
        g_autoptr(GVariant) counters = g_variant_lookup_value(record, "statistics", NULL);
        guint64 observations = 0, sent = 0, lost = 0;

        if (!counters)
                return NULL;
        g_variant_lookup(counters, "observations", "t", &observations);
        g_variant_lookup(counters, "notifications", "t", &sent);
        g_variant_lookup(counters, "notifications-lost", "t", &lost);
        if (observations == 0 && sent == 0)
                return NULL;
        return g_strdup_printf("%" G_GUINT64_FORMAT " observations, %" G_GUINT64_FORMAT
                               " notifications, %" G_GUINT64_FORMAT " lost",
                               observations, sent, lost);
}

/* An error that a registration came after is history: in the record, but not on screen. */
static bool is_history(GVariant *record)
{
        gint64 registered = record_number(record, "registered-at");

        return registered != 0 && registered >= record_number(record, "last-error-at");
}

static char *compose_last_error(GVariant *record, bool personal)
{
        return is_history(record) ? NULL : record_show_last_error(record, personal);
}

static const Field agent_fields[] = {
        {"version", NULL},
        {"endpoint", NULL, SHOW_PERSONAL},
        {"state", NULL},
        {"key-store", "Key store", SHOW_PLAIN, compose_key_store},
        {"key-store-reason", NULL},
        {"state-key", "Sealed by", SHOW_PLAIN, compose_state_key},
        {"log-level", NULL},
        {"last-error-at", NULL, SHOW_AGO},
        {"last-error", NULL},
        {"last-error-text", NULL},
};

static const Field server_fields[] = {
        {"server", NULL},
        {"uri", NULL},
        {"state", NULL},
        {"security", "Security", SHOW_PLAIN, compose_security},
        {"plugin", NULL},
        {"sms-security", NULL},
        {"sms-suite", NULL},
        {"cipher-suite", NULL, SHOW_SUITE},
        {"resumed", NULL},
        {"lwm2m-version", NULL},
        {"binding", NULL},
        {"lifetime", NULL, SHOW_SPAN},
        {"location", NULL},
        {"registered-at", "Registered", SHOW_SINCE, compose_registered},
        {"expires-at", NULL, SHOW_UNTIL},
        {"next-update-at", "Next update", SHOW_UNTIL},
        {"next-attempt-at", "Next attempt", SHOW_UNTIL},
        {"last-error-at", NULL, SHOW_AGO},
        {"last-error", "Last error", SHOW_PLAIN, compose_last_error},
        {"last-error-text", NULL},
        {"statistics", "Observed", SHOW_PLAIN, compose_observed},
};

static const struct {
        const char *name;
        const char *property;
} server_properties[] = {
        {"server", "ShortServerId"},
        {"uri", "Uri"},
        {"state", "State"},
        {"cipher-suite", "CipherSuite"},
        {"resumed", "Resumed"},
        {"lwm2m-version", "LwM2mVersion"},
        {"binding", "Binding"},
        {"lifetime", "Lifetime"},
        {"location", "Location"},
        {"registered-at", "RegisteredAt"},
        {"expires-at", "ExpiresAt"},
        {"next-update-at", "NextUpdateAt"},
        {"next-attempt-at", "NextAttemptAt"},
        {"statistics", "Statistics"},
};

static GVariant *agent_record(GVariant *properties)
{
        static const char *const key_store[] = {"key-store", "key-store-reason"};
        g_auto(GVariantDict) record = G_VARIANT_DICT_INIT(NULL);

        record_copy(&record, "version", properties, "Version");
        record_copy(&record, "endpoint", properties, "Endpoint");
        record_copy(&record, "state", properties, "State");
        record_copy(&record, "state-key", properties, "StateKey");
        record_copy(&record, "log-level", properties, "LogLevel");
        record_split(&record, key_store, G_N_ELEMENTS(key_store), properties, "KeyStore");
        record_copy_last_error(&record, properties);
        return g_variant_ref_sink(g_variant_dict_end(&record));
}

static GVariant *server_record(GVariant *properties)
{
        static const char *const security[] = {"security", "plugin"};
        static const char *const sms[] = {"sms-security", "sms-suite"};
        g_auto(GVariantDict) record = G_VARIANT_DICT_INIT(NULL);

        for (gsize i = 0; i < G_N_ELEMENTS(server_properties); i++)
                record_copy(&record, server_properties[i].name, properties,
                            server_properties[i].property);
        record_split(&record, security, G_N_ELEMENTS(security), properties, "Security");
        record_split(&record, sms, G_N_ELEMENTS(sms), properties, "SmsSecurity");
        record_copy_last_error(&record, properties);
        return g_variant_ref_sink(g_variant_dict_end(&record));
}

/* `ssid` 0: all of them. */
static GPtrArray *server_records(GPtrArray *servers, guint16 ssid)
{
        GPtrArray *records = g_ptr_array_new_with_free_func((GDestroyNotify) g_variant_unref);

        for (guint i = 0; i < servers->len; i++) {
                g_autoptr(GVariant) record = server_record(servers->pdata[i]);

                if (ssid == 0 || record_number(record, "server") == ssid)
                        g_ptr_array_add(records, g_steal_pointer(&record));
        }
        return records;
}

/* The agent's last error, where no server on the page has it: its servers tell theirs themselves.
 */
static void print_agent_error(const OutputOptions *options, GVariant *agent, GPtrArray *servers)
{
        g_autofree char *text = record_show_last_error(agent, options->personal);

        for (guint i = 0; i < servers->len; i++)
                if (record_number(servers->pdata[i], "last-error-at") ==
                    record_number(agent, "last-error-at"))
                        return;
        if (text)
                output_line("Last error", text);
}

/* What is on the page; `agent` and `sms` are NULL where they are not. */
typedef struct {
        GVariant *agent;
        GPtrArray *plugins;
        GVariant *sms;
        GPtrArray *servers;
} Page;

static void print_agent(const OutputOptions *options, const Page *page)
{
        if (!options->fields) {
                g_autofree char *endpoint = output_text(options, &agent_fields[1], page->agent);

                printf("● lwm2md %s   %s   %s\n", record_text(page->agent, "version"), endpoint,
                       record_text(page->agent, "state"));
                plugins_print_line(page->plugins);
        }
        output_block(options, agent_fields, G_N_ELEMENTS(agent_fields), page->agent);
        if (!options->fields && page->sms)
                sms_print_line(page->sms);
        if (!options->fields)
                print_agent_error(options, page->agent, page->servers);
}

static void print_screen(const OutputOptions *options, const Page *page)
{
        if (page->agent)
                print_agent(options, page);
        for (guint i = 0; i < page->servers->len; i++) {
                GVariant *server = page->servers->pdata[i];
                g_autofree char *uri = value_clean(record_text(server, "uri"));

                printf("%s● Server %u   %s   %s\n", i > 0 || page->agent ? "\n" : "",
                       (unsigned) record_number(server, "server"), uri,
                       record_text(server, "state"));
                output_block(options, server_fields, G_N_ELEMENTS(server_fields), server);
        }
}

static void print_terse(const OutputOptions *options, const Page *page)
{
        if (page->agent)
                output_terse(options, agent_fields, G_N_ELEMENTS(agent_fields), page->agent, "");
        if (page->agent && !options->fields)
                plugins_print_terse(options, page->plugins);
        if (page->sms && !options->fields)
                sms_print_terse(options, page->sms);
        for (guint i = 0; i < page->servers->len; i++) {
                GVariant *server = page->servers->pdata[i];
                g_autofree char *prefix =
                        g_strdup_printf("server.%u.", (unsigned) record_number(server, "server"));

                output_terse(options, server_fields, G_N_ELEMENTS(server_fields), server, prefix);
        }
}

static void print_json(const OutputOptions *options, const Page *page)
{
        g_autoptr(GString) json = g_string_new("{");

        if (page->agent) {
                g_string_append(json, "\"agent\":");
                output_append_object(json, options, agent_fields, G_N_ELEMENTS(agent_fields),
                                     page->agent);
                g_string_append_c(json, ',');
        }
        if (page->agent && !options->fields) {
                g_string_append(json, "\"plugins\":");
                plugins_append_json(json, options, page->plugins);
                g_string_append_c(json, ',');
        }
        if (page->sms && !options->fields) {
                g_string_append(json, "\"sms\":");
                sms_append_json(json, options, page->sms);
                g_string_append_c(json, ',');
        }
        g_string_append(json, "\"servers\":");
        output_append_array(json, options, server_fields, G_N_ELEMENTS(server_fields),
                            page->servers);
        g_string_append_c(json, '}');
        output_json(options, json);
}

static void print_status(const OutputOptions *options, const Page *page)
{
        if (options->format == OUTPUT_JSON)
                print_json(options, page);
        else if (options->format == OUTPUT_TERSE)
                print_terse(options, page);
        else
                print_screen(options, page);
}

/* A name in --fields may be the agent's, a server's, or of both. */
static bool check_fields(const OutputOptions *options)
{
        g_autofree Field *all =
                g_new0(Field, G_N_ELEMENTS(agent_fields) + G_N_ELEMENTS(server_fields));
        gsize n = 0;

        for (gsize i = 0; i < G_N_ELEMENTS(agent_fields); i++)
                all[n++] = agent_fields[i];
        for (gsize i = 0; i < G_N_ELEMENTS(server_fields); i++)
                all[n++] = server_fields[i];
        return output_check_fields(options, all, n);
}

ExitCode cmd_status(Ctl *ctl, char **args)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) properties = NULL;
        g_autoptr(GVariant) modem = NULL;
        g_autoptr(GVariant) agent = NULL;
        g_autoptr(GVariant) sms = NULL;
        g_autoptr(GPtrArray) servers = NULL;
        g_autoptr(GPtrArray) plugins = NULL;
        g_autoptr(GPtrArray) records = NULL;
        guint16 ssid = 0;

        if (!check_fields(&ctl->output) || (args[0] && !argument_ssid(args[0], &ssid)))
                return EXIT_USAGE;
        bus_client_set_passive(ctl->bus);
        properties = bus_client_get_manager(ctl->bus, &error);
        if (properties)
                servers = bus_client_list_servers(ctl->bus, &error);
        if (servers)
                modem = bus_client_get_sms(ctl->bus, &error);
        if (error)
                return error_report("status", error);

        records = server_records(servers, ssid);
        if (ssid != 0 && records->len == 0) {
                fprintf(stderr, "lwm2mctl: server %u: not found\n", ssid);
                return EXIT_NOT_FOUND;
        }
        agent = ssid == 0 ? agent_record(properties) : NULL;
        plugins = plugins_list(properties);
        sms = agent && modem ? sms_record(modem) : NULL;
        print_status(&ctl->output, &(Page){agent, plugins, sms, records});
        return EXIT_DONE;
}
