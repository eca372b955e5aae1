/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms-server.h"

#include <stdio.h>
#include <string.h>

#include "record.h"

#define PREFIX "sms-"
#define REJECTED "rejected-"

/* Fewer packets than these are told of. */
#define SCARCE (1 << 20)

static guint64 counter(GVariant *record, const char *name)
{
        g_autoptr(GVariant) counters = g_variant_lookup_value(record, "counters", NULL);
        guint64 value = 0;

        if (counters)
                g_variant_lookup(counters, name, "t", &value);
        return value;
}

static bool has_counter(GVariant *record, const char *name)
{
        g_autoptr(GVariant) counters = g_variant_lookup_value(record, "counters", NULL);
        guint64 value;

        return counters && g_variant_lookup(counters, name, "t", &value);
}

static char *compose_security(GVariant *record, bool personal)
{
        g_autofree char *suite = value_clean(record_text(record, "suite"));

        return g_strdup_printf("%s%s%s", record_text(record, "security"), *suite ? ", " : "",
                               suite);
}

static char *compose_received(GVariant *record, bool personal)
{
        if (!has_counter(record, "accepted"))
                return NULL;
        return g_strdup_printf("%" G_GUINT64_FORMAT " accepted, last counter %" G_GUINT64_FORMAT,
                               counter(record, "accepted"), counter(record, "last-received"));
}

static char *compose_sent(GVariant *record, bool personal)
{
        if (!has_counter(record, "sent"))
                return NULL;
        return g_strdup_printf("%" G_GUINT64_FORMAT ", next counter %" G_GUINT64_FORMAT,
                               counter(record, "sent"), counter(record, "last-sent") + 1);
}

/* "checksum 2, counter 5"; NULL where nothing is rejected. */
static char *compose_rejected(GVariant *record, bool personal)
{
        g_autoptr(GVariant) counters = g_variant_lookup_value(record, "counters", NULL);
        g_autoptr(GString) text = g_string_new(NULL);
        const char *name;
        GVariantIter iter;
        guint64 value;

        if (!counters)
                return NULL;
        g_variant_iter_init(&iter, counters);
        while (g_variant_iter_next(&iter, "{&st}", &name, &value)) {
                if (!g_str_has_prefix(name, REJECTED) || value == 0)
                        continue;
                g_string_append_printf(text, "%s%s %" G_GUINT64_FORMAT, text->len > 0 ? ", " : "",
                                       name + strlen(REJECTED), value);
        }
        return value_clean(text->str);
}

/* What is no fault of a packet. */
static char *compose_others(GVariant *record, bool personal)
{
        static const char *const names[] = {"ignored", "lost", "jumps", "proofs-sent"};
        g_autoptr(GString) text = g_string_new(NULL);

        for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
                guint64 value = counter(record, names[i]);

                if (value > 0)
                        g_string_append_printf(text, "%s%s %" G_GUINT64_FORMAT,
                                               text->len > 0 ? ", " : "", names[i], value);
        }
        return g_strdup(text->str);
}

static void append_left(GString *text, GVariant *record, const char *name, const char *what)
{
        guint64 left = counter(record, name);

        if (has_counter(record, name) && left <= SCARCE)
                g_string_append_printf(text, "%s%s %" G_GUINT64_FORMAT, text->len > 0 ? ", " : "",
                                       what, left);
}

/* Shown while there is still time to give the server and us another key. */
static char *compose_left(GVariant *record, bool personal)
{
        g_autoptr(GString) text = g_string_new(NULL);

        append_left(text, record, "receive-left", "to receive");
        append_left(text, record, "send-left", "to send");
        if (text->len > 0)
                g_string_append(text, ": other keys are needed");
        return g_strdup(text->str);
}

/* A server that is heard has got over it. */
static char *compose_last_error(GVariant *record, bool personal)
{
        return record_flag(record, "heard") ? NULL : record_show_last_error(record, personal);
}

static const Field fields[] = {
        {"server", NULL},
        {"security", NULL},
        {"suite", NULL},
        {"heard", NULL},
        {"last-error-at", NULL, SHOW_AGO},
        {"last-error", NULL},
        {"last-error-text", NULL},
        {"counters", NULL},
};

static const struct {
        const char *label;
        char *(*compose)(GVariant *record, bool personal);
} lines[] = {
        {"Security", compose_security},     {"Received", compose_received}, {"Sent", compose_sent},
        {"Rejected", compose_rejected},     {"Others", compose_others},     {"Left", compose_left},
        {"Last error", compose_last_error},
};

/* Those of Statistics that are of SMS, without the prefix. */
static GVariant *sms_counters(GVariant *properties)
{
        g_autoptr(GVariant) statistics = g_variant_lookup_value(properties, "Statistics", NULL);
        GVariantBuilder counters;
        const char *name;
        GVariantIter iter;
        guint64 value;

        g_variant_builder_init(&counters, G_VARIANT_TYPE("a{st}"));
        if (statistics && g_variant_is_of_type(statistics, G_VARIANT_TYPE("a{st}"))) {
                g_variant_iter_init(&iter, statistics);
                while (g_variant_iter_next(&iter, "{&st}", &name, &value))
                        if (g_str_has_prefix(name, PREFIX) && strcmp(name, PREFIX "heard") != 0)
                                g_variant_builder_add(&counters, "{st}", name + strlen(PREFIX),
                                                      value);
        }
        return g_variant_builder_end(&counters);
}

static bool is_heard(GVariant *properties)
{
        g_autoptr(GVariant) statistics = g_variant_lookup_value(properties, "Statistics", NULL);
        guint64 heard = 0;

        if (statistics)
                g_variant_lookup(statistics, PREFIX "heard", "t", &heard);
        return heard != 0;
}

/* NULL for a server without SMS. */
static GVariant *server_record(GVariant *properties)
{
        static const char *const security[] = {"security", "suite"};
        g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);
        g_autoptr(GVariant) record = NULL;

        record_copy(&dict, "server", properties, "ShortServerId");
        record_split(&dict, security, G_N_ELEMENTS(security), properties, "SmsSecurity");
        g_variant_dict_insert(&dict, "heard", "b", is_heard(properties));
        record_copy_last_error(&dict, properties);
        g_variant_dict_insert_value(&dict, "counters", sms_counters(properties));
        record = g_variant_ref_sink(g_variant_dict_end(&dict));
        return *record_text(record, "security") ? g_steal_pointer(&record) : NULL;
}

GPtrArray *sms_server_records(GPtrArray *servers)
{
        GPtrArray *records = g_ptr_array_new_with_free_func((GDestroyNotify) g_variant_unref);

        for (guint i = 0; i < servers->len; i++) {
                GVariant *record = server_record(servers->pdata[i]);

                if (record)
                        g_ptr_array_add(records, record);
        }
        return records;
}

static void print_lines(const OutputOptions *options, GVariant *record)
{
        for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
                g_autofree char *text = lines[i].compose(record, options->personal);

                if (text && *text)
                        output_line(lines[i].label, text);
        }
}

void sms_server_print(const OutputOptions *options, GPtrArray *records)
{
        for (guint i = 0; i < records->len; i++) {
                GVariant *record = records->pdata[i];

                printf("\n● Server %u   %s\n", (unsigned) record_number(record, "server"),
                       record_flag(record, "heard") ? "heard" : "not heard");
                print_lines(options, record);
        }
}

void sms_server_print_terse(const OutputOptions *options, GPtrArray *records)
{
        for (guint i = 0; i < records->len; i++) {
                GVariant *record = records->pdata[i];
                g_autofree char *prefix =
                        g_strdup_printf("server.%u.", (unsigned) record_number(record, "server"));

                output_terse(options, fields, G_N_ELEMENTS(fields), record, prefix);
        }
}

void sms_server_append_json(GString *json, const OutputOptions *options, GPtrArray *records)
{
        output_append_array(json, options, fields, G_N_ELEMENTS(fields), records);
}
