/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-client.h"
#include "ctl.h"
#include "errors.h"
#include "plugins.h"
#include "record.h"

/* In the order of Manager.Plugins. */
static const Field plugin_fields[] = {
        {"name", "NAME"},   {"version", "VERSION"}, {"library", "LIBRARY"},
        {"modes", "MODES"}, {"tainted", "TAINTED"},
};

GPtrArray *plugins_list(GVariant *properties)
{
        GPtrArray *records = g_ptr_array_new_with_free_func((GDestroyNotify) g_variant_unref);
        g_autoptr(GVariant) plugins =
                g_variant_lookup_value(properties, "Plugins", G_VARIANT_TYPE("a(sssasb)"));

        for (gsize i = 0; plugins && i < g_variant_n_children(plugins); i++) {
                g_autoptr(GVariant) plugin = g_variant_get_child_value(plugins, i);
                g_auto(GVariantDict) record = G_VARIANT_DICT_INIT(NULL);

                for (gsize j = 0; j < G_N_ELEMENTS(plugin_fields); j++) {
                        g_autoptr(GVariant) value = g_variant_get_child_value(plugin, j);

                        g_variant_dict_insert_value(&record, plugin_fields[j].name, value);
                }
                g_ptr_array_add(records, g_variant_ref_sink(g_variant_dict_end(&record)));
        }
        return records;
}

void plugins_print_line(GPtrArray *plugins)
{
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; i < plugins->len; i++) {
                const char *library = record_text(plugins->pdata[i], "library");

                g_string_append_printf(text, "%s%s %s", i > 0 ? ", " : "",
                                       record_text(plugins->pdata[i], "name"),
                                       record_text(plugins->pdata[i], "version"));
                if (*library)
                        g_string_append_printf(text, " (%s)", library);
                if (record_flag(plugins->pdata[i], "tainted"))
                        g_string_append(text, " [tainted]");
        }
        output_line("Plugins", plugins->len > 0 ? text->str : "none");
}

void plugins_print_terse(const OutputOptions *options, GPtrArray *plugins)
{
        for (guint i = 0; i < plugins->len; i++) {
                g_autofree char *prefix =
                        g_strdup_printf("plugin.%s.", record_text(plugins->pdata[i], "name"));

                output_terse(options, plugin_fields, G_N_ELEMENTS(plugin_fields), plugins->pdata[i],
                             prefix);
        }
}

void plugins_append_json(GString *json, const OutputOptions *options, GPtrArray *plugins)
{
        output_append_array(json, options, plugin_fields, G_N_ELEMENTS(plugin_fields), plugins);
}

ExitCode cmd_plugins(Ctl *ctl, char **args)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) properties = bus_client_get_manager(ctl->bus, &error);
        g_autoptr(GPtrArray) plugins = NULL;

        if (!properties)
                return error_report("plugins", error);
        plugins = plugins_list(properties);
        if (!output_table(&ctl->output, plugin_fields, G_N_ELEMENTS(plugin_fields), plugins))
                return EXIT_USAGE;
        return EXIT_DONE;
}
