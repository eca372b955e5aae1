/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "bus-client.h"
#include "ctl.h"
#include "errors.h"
#include "record.h"
#include "sms-server.h"
#include "sms.h"

#define DROPPED "dropped-"

static guint64 counter(GVariant *record, const char *name)
{
        g_autoptr(GVariant) counters = g_variant_lookup_value(record, "counters", NULL);
        guint64 value = 0;

        if (counters)
                g_variant_lookup(counters, name, "t", &value);
        return value;
}

static char *count_way(GVariant *record, const char *messages, const char *segments)
{
        return g_strdup_printf("%" G_GUINT64_FORMAT " messages, %" G_GUINT64_FORMAT " segments",
                               counter(record, messages), counter(record, segments));
}

/* Appends "NAME 1, NAME 2": the counters whose names begin with `prefix` and that are not 0.
 * Returns their sum. */
static guint64 append_counters(GString *text, GVariant *record, const char *prefix)
{
        g_autoptr(GVariant) counters = g_variant_lookup_value(record, "counters", NULL);
        const char *name;
        GVariantIter iter;
        guint64 value, sum = 0;

        if (!counters)
                return 0;
        g_variant_iter_init(&iter, counters);
        while (g_variant_iter_next(&iter, "{&st}", &name, &value)) {
                if (!g_str_has_prefix(name, prefix) || value == 0)
                        continue;
                g_string_append_printf(text, "%s%s %" G_GUINT64_FORMAT, sum > 0 ? ", " : "",
                                       name + strlen(prefix), value);
                sum += value;
        }
        return sum;
}

static void print_counters(GVariant *record, const char *label, const char *prefix)
{
        g_autoptr(GString) text = g_string_new(NULL);
        g_autofree char *clean = NULL;

        append_counters(text, record, prefix);
        clean = value_clean(text->str);
        if (*clean)
                output_line(label, clean);
}

static void print_ways(GVariant *record)
{
        g_autofree char *received = count_way(record, "messages-received", "segments-received");
        g_autofree char *sent = count_way(record, "messages-sent", "segments-sent");
        guint64 failed = counter(record, "send-failed");
        g_autofree char *refused =
                failed > 0 ? g_strdup_printf("%s, %" G_GUINT64_FORMAT " refused", sent, failed)
                           : g_strdup(sent);

        output_line("Received", received);
        output_line("Sent", refused);
}

static void print_forged(GVariant *record)
{
        guint64 n = counter(record, "segments-conflicting");
        g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT " segments conflict", n);

        if (n > 0)
                output_line("Forged", text);
}

static void print_left(GVariant *record)
{
        g_autoptr(GVariant) left = g_variant_lookup_value(record, "budget-left", NULL);
        g_autoptr(GString) text = g_string_new(NULL);
        guint64 hour, day;

        if (!left)
                return;
        if (g_variant_lookup(left, "hour", "t", &hour))
                g_string_append_printf(text, "%" G_GUINT64_FORMAT " left this hour", hour);
        if (g_variant_lookup(left, "day", "t", &day))
                g_string_append_printf(text, "%s%" G_GUINT64_FORMAT " left this day",
                                       text->len > 0 ? ", " : "", day);
        if (text->len > 0)
                output_line("Budget", text->str);
}

static const Field sms_fields[] = {
        {"backend", "Backend"},
        {"device", "Device"},
        {"state", "State"},
        {"counters", "Counters"},
        {"storage-full", "Storage full"},
        {"budget-left", "Budget left"},
};

GVariant *sms_record(GVariant *properties)
{
        g_auto(GVariantDict) record = G_VARIANT_DICT_INIT(NULL);

        record_copy(&record, "backend", properties, "Backend");
        record_copy(&record, "device", properties, "Device");
        record_copy(&record, "state", properties, "State");
        record_copy(&record, "counters", properties, "Counters");
        record_copy(&record, "storage-full", properties, "StorageFull");
        record_copy(&record, "budget-left", properties, "BudgetLeft");
        return g_variant_ref_sink(g_variant_dict_end(&record));
}

/* "qmi /dev/cdc-wdm0   ready" */
static char *compose_modem(GVariant *record)
{
        const char *device = record_text(record, "device");
        gboolean full = FALSE;
        g_autofree char *text = NULL;

        g_variant_lookup(record, "storage-full", "b", &full);
        text = g_strdup_printf("%s%s%s   %s%s", record_text(record, "backend"), *device ? " " : "",
                               device, record_text(record, "state"), full ? ", storage full" : "");
        return value_clean(text);
}

void sms_print_line(GVariant *record)
{
        g_autoptr(GString) ignored = g_string_new(NULL);
        g_autofree char *modem = compose_modem(record);
        g_autofree char *text = g_strdup_printf("%s   %" G_GUINT64_FORMAT " in, %" G_GUINT64_FORMAT
                                                " out, %" G_GUINT64_FORMAT " dropped",
                                                modem, counter(record, "messages-received"),
                                                counter(record, "messages-sent"),
                                                append_counters(ignored, record, DROPPED));

        output_line("SMS", text);
}

void sms_print_terse(const OutputOptions *options, GVariant *record)
{
        output_terse(options, sms_fields, G_N_ELEMENTS(sms_fields), record, "sms.");
}

void sms_append_json(GString *json, const OutputOptions *options, GVariant *record)
{
        output_append_object(json, options, sms_fields, G_N_ELEMENTS(sms_fields), record);
}

static void print_screen(const OutputOptions *options, GVariant *record, GPtrArray *servers)
{
        g_autofree char *modem = compose_modem(record);

        if (options->fields) {
                output_block(options, sms_fields, G_N_ELEMENTS(sms_fields), record);
                return;
        }
        printf("● SMS   %s\n", modem);
        print_ways(record);
        print_forged(record);
        print_counters(record, "Dropped", DROPPED);
        print_counters(record, "Reassembly", "reassembly-");
        print_counters(record, "Reports", "reports-");
        print_left(record);
        sms_server_print(options, servers);
}

static void print_json(const OutputOptions *options, GVariant *record, GPtrArray *servers)
{
        g_autoptr(GString) json = g_string_new(NULL);

        sms_append_json(json, options, record);
        if (!options->fields) {
                g_string_truncate(json, json->len - 1);
                g_string_append(json, ",\"servers\":");
                sms_server_append_json(json, options, servers);
                g_string_append_c(json, '}');
        }
        output_json(options, json);
}

static void print_terse(const OutputOptions *options, GVariant *record, GPtrArray *servers)
{
        output_terse(options, sms_fields, G_N_ELEMENTS(sms_fields), record, "");
        if (!options->fields)
                sms_server_print_terse(options, servers);
}

static void print_page(const OutputOptions *options, GVariant *record, GPtrArray *servers)
{
        if (options->format == OUTPUT_SCREEN)
                print_screen(options, record, servers);
        else if (options->format == OUTPUT_TERSE)
                print_terse(options, record, servers);
        else
                print_json(options, record, servers);
}

ExitCode cmd_sms(Ctl *ctl, char **args)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) properties = NULL;
        g_autoptr(GVariant) record = NULL;
        g_autoptr(GPtrArray) properties_of = NULL;
        g_autoptr(GPtrArray) servers = NULL;

        if (!output_check_fields(&ctl->output, sms_fields, G_N_ELEMENTS(sms_fields)))
                return EXIT_USAGE;
        properties = bus_client_get_sms(ctl->bus, &error);
        if (error)
                return error_report("sms", error);
        if (!properties) {
                fputs("lwm2mctl: sms: no modem service, or SMS is not enabled\n", stderr);
                return EXIT_NOT_FOUND;
        }
        properties_of = bus_client_list_servers(ctl->bus, &error);
        if (!properties_of)
                return error_report("sms", error);
        record = sms_record(properties);
        servers = sms_server_records(properties_of);
        print_page(&ctl->output, record, servers);
        return EXIT_DONE;
}
