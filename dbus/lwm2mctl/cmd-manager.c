/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "bus-client.h"
#include "config.h"
#include "ctl.h"
#include "errors.h"
#include "record.h"

static const Field version_fields[] = {
        {"lwm2mctl", "LWM2MCTL"},
        {"lwm2md", "LWM2MD"},
};

static const Field level_fields[] = {
        {"log-level", "LOG LEVEL"},
};

/* One record of texts, the table's fields in order. */
static ExitCode print_texts(Ctl *ctl, const Field *fields, gsize n, const char *const *texts)
{
        g_autoptr(GPtrArray) records =
                g_ptr_array_new_with_free_func((GDestroyNotify) g_variant_unref);
        g_auto(GVariantDict) record = G_VARIANT_DICT_INIT(NULL);

        for (gsize i = 0; i < n; i++) {
                if (texts[i])
                        g_variant_dict_insert(&record, fields[i].name, "s", texts[i]);
        }
        g_ptr_array_add(records, g_variant_ref_sink(g_variant_dict_end(&record)));
        return output_table(&ctl->output, fields, n, records) ? EXIT_DONE : EXIT_USAGE;
}

static ExitCode show_log_level(Ctl *ctl)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) properties = bus_client_get_manager(ctl->bus, &error);
        const char *level;

        if (!properties)
                return error_report("log-level", error);
        level = record_text(properties, "LogLevel");
        if (ctl->output.format == OUTPUT_SCREEN && !ctl->output.fields) {
                puts(level);
                return EXIT_DONE;
        }
        return print_texts(ctl, level_fields, G_N_ELEMENTS(level_fields), &level);
}

ExitCode cmd_log_level(Ctl *ctl, char **args)
{
        static const char *const levels[] = {"error", "warning", "notice", "info", "debug", NULL};
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply = NULL;

        if (!args[0])
                return show_log_level(ctl);
        if (!g_strv_contains(levels, args[0]))
                return error_usage("log-level: '%s' is none of error, warning, notice, info, debug",
                                   args[0]);
        reply = bus_client_call(ctl->bus, AGENT_PATH, MANAGER_INTERFACE, "SetLogLevel",
                                g_variant_new("(s)", args[0]), &error);
        return reply ? EXIT_DONE : error_report("log-level", error);
}

ExitCode cmd_version(Ctl *ctl, char **args)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) properties = NULL;
        const char *texts[] = {LWM2MD_VERSION, NULL};

        bus_client_set_passive(ctl->bus);
        properties = bus_client_get_manager(ctl->bus, &error);
        if (!properties && !error_is_no_agent(error))
                return error_report("version", error);
        if (properties)
                texts[1] = record_text(properties, "Version");
        if (ctl->output.format != OUTPUT_SCREEN || ctl->output.fields)
                return print_texts(ctl, version_fields, G_N_ELEMENTS(version_fields), texts);
        printf("lwm2mctl %s\nlwm2md %s\n", texts[0], texts[1] ?: "(not running)");
        return EXIT_DONE;
}
