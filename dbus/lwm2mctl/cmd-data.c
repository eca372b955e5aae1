/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus-client.h"
#include "ctl.h"
#include "errors.h"
#include "json.h"
#include "names.h"

static const Field value_fields[] = {
        {"path", "PATH"},
        {"name", "NAME"},
        {"value", "VALUE"},
};

/* The PSK identity and the telephone number of a server identify this device: /0/x/3, /0/x/9. */
static Show show_of(const char *path)
{
        unsigned resource;

        if (sscanf(path, "/0/%*5u/%5u", &resource) == 1 && (resource == 3 || resource == 9))
                return SHOW_PERSONAL;
        return SHOW_PLAIN;
}

/* Number by number: "/3/0/9" comes before "/3/0/10". */
static int compare_paths(gconstpointer a, gconstpointer b, gpointer unused)
{
        const char *p = *(const char **) a;
        const char *q = *(const char **) b;

        while (*p && *q) {
                char *p_end, *q_end;
                unsigned long x = strtoul(p + 1, &p_end, 10);
                unsigned long y = strtoul(q + 1, &q_end, 10);

                if (x != y)
                        return x < y ? -1 : 1;
                if (p_end == p + 1 || q_end == q + 1)
                        return strcmp(p, q);
                p = p_end;
                q = q_end;
        }
        return (*p != '\0') - (*q != '\0');
}

static GPtrArray *sorted_paths(GVariant *values)
{
        GPtrArray *paths = g_ptr_array_new();
        GVariantIter iter;
        const char *path;

        g_variant_iter_init(&iter, values);
        while (g_variant_iter_next(&iter, "{&sv}", &path, NULL))
                g_ptr_array_add(paths, (gpointer) path);
        g_ptr_array_sort_with_data(paths, compare_paths, NULL);
        return paths;
}

/* Bytes are masked like text: an identity may be either. */
static char *value_text(const OutputOptions *options, const char *path, GVariant *value)
{
        Show show = show_of(path);
        bool terse = options->format == OUTPUT_TERSE;

        if (show == SHOW_PERSONAL && !options->personal &&
            !g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
                return g_strdup("…");
        return terse ? value_to_terse(value, show, options->personal)
                     : value_to_screen(value, show, options->personal);
}

static void add_value(GPtrArray *records, const OutputOptions *options, const char *path,
                      GVariant *value)
{
        g_auto(GVariantDict) record = G_VARIANT_DICT_INIT(NULL);
        g_autofree char *text = value_text(options, path, value);

        g_variant_dict_insert(&record, "path", "s", path);
        g_variant_dict_insert(&record, "name", "s", resource_name(path));
        g_variant_dict_insert(&record, "value", "s", text);
        g_ptr_array_add(records, g_variant_ref_sink(g_variant_dict_end(&record)));
}

/* A multiple resource is told instance by instance. */
static void add_resource(GPtrArray *records, const OutputOptions *options, const char *path,
                         GVariant *value)
{
        GVariantIter iter;
        guint16 id;
        GVariant *inner;

        if (!g_variant_is_of_type(value, G_VARIANT_TYPE("a{qv}"))) {
                add_value(records, options, path, value);
                return;
        }
        g_variant_iter_init(&iter, value);
        while (g_variant_iter_loop(&iter, "{qv}", &id, &inner)) {
                g_autofree char *instance = g_strdup_printf("%s/%u", path, id);

                add_value(records, options, instance, inner);
        }
}

static void print_json(const OutputOptions *options, GVariant *values, GPtrArray *paths)
{
        g_autoptr(GString) json = g_string_new("{");

        for (guint i = 0; i < paths->len; i++) {
                g_autoptr(GVariant) value = g_variant_lookup_value(values, paths->pdata[i], NULL);

                g_string_append(json, i > 0 ? "," : "");
                json_append_string(json, paths->pdata[i]);
                g_string_append_c(json, ':');
                if (show_of(paths->pdata[i]) == SHOW_PERSONAL && !options->personal) {
                        g_autofree char *text = value_text(options, paths->pdata[i], value);

                        json_append_string(json, text);
                } else {
                        json_append_value(json, value, SHOW_PLAIN, true);
                }
        }
        g_string_append_c(json, '}');
        output_json(options, json);
}

static void print_values(const OutputOptions *options, GVariant *values)
{
        g_autoptr(GPtrArray) paths = sorted_paths(values);
        g_autoptr(GPtrArray) records =
                g_ptr_array_new_with_free_func((GDestroyNotify) g_variant_unref);
        OutputOptions table = *options;

        if (options->format == OUTPUT_JSON) {
                print_json(options, values, paths);
                return;
        }
        for (guint i = 0; i < paths->len; i++) {
                g_autoptr(GVariant) value = g_variant_lookup_value(values, paths->pdata[i], NULL);

                add_resource(records, options, paths->pdata[i], value);
        }
        table.legend = false;
        for (guint i = 0; options->format == OUTPUT_TERSE && !options->fields && i < records->len;
             i++) {
                const char *path = NULL, *text = NULL;

                g_variant_lookup(records->pdata[i], "path", "&s", &path);
                g_variant_lookup(records->pdata[i], "value", "&s", &text);
                printf("%s=%s\n", path, text);
        }
        if (options->format == OUTPUT_SCREEN || options->fields)
                output_table(&table, value_fields, G_N_ELEMENTS(value_fields), records);
}

/* All paths that begin with a slash; the agent judges the rest. */
static bool check_path(const char *verb, const char *path)
{
        if (path[0] == '/')
                return true;
        error_usage("%s: '%s' is not an LwM2M path such as /3/0/9", verb, path);
        return false;
}

ExitCode cmd_read(Ctl *ctl, char **args)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply = NULL;
        g_autoptr(GVariant) values = NULL;

        for (char **path = args; *path; path++) {
                if (!check_path("read", *path))
                        return EXIT_USAGE;
        }
        if (!output_check_fields(&ctl->output, value_fields, G_N_ELEMENTS(value_fields)))
                return EXIT_USAGE;
        reply = bus_client_call(ctl->bus, AGENT_PATH, DATA_MODEL_INTERFACE, "Read",
                                g_variant_new("(^as@a{sv})", args,
                                              g_variant_new_array(G_VARIANT_TYPE("{sv}"), NULL, 0)),
                                &error);
        values = bus_client_get_only(reply, "a{sv}", &error);
        if (!values)
                return error_report(args[0], error);
        print_values(&ctl->output, values);
        return EXIT_DONE;
}

ExitCode cmd_write(Ctl *ctl, char **args)
{
        g_auto(GVariantDict) values = G_VARIANT_DICT_INIT(NULL);
        g_auto(GVariantDict) options = G_VARIANT_DICT_INIT(NULL);
        g_autofree char *first = g_strndup(args[0], strcspn(args[0], "="));
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply = NULL;

        for (; *args; args++) {
                const char *equals = strchr(*args, '=');
                g_autofree char *path = equals ? g_strndup(*args, equals - *args) : NULL;

                if (!equals)
                        return error_usage("write: '%s' is not PATH=VALUE", *args);
                if (!check_path("write", path))
                        return EXIT_USAGE;
                g_variant_dict_insert(&values, path, "s", equals + 1);
        }
        if (ctl->replace)
                g_variant_dict_insert(&options, "replace", "b", TRUE);
        reply = bus_client_call(ctl->bus, AGENT_PATH, DATA_MODEL_INTERFACE, "Write",
                                g_variant_new("(@a{sv}@a{sv})", g_variant_dict_end(&values),
                                              g_variant_dict_end(&options)),
                                &error);
        return reply ? EXIT_DONE : error_report(first, error);
}

ExitCode cmd_execute(Ctl *ctl, char **args)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply = NULL;

        if (!check_path("execute", args[0]))
                return EXIT_USAGE;
        reply = bus_client_call(ctl->bus, AGENT_PATH, DATA_MODEL_INTERFACE, "Execute",
                                g_variant_new("(ss@a{sv})", args[0], args[1] ?: "",
                                              g_variant_new_array(G_VARIANT_TYPE("{sv}"), NULL, 0)),
                                &error);
        return reply ? EXIT_DONE : error_report(args[0], error);
}
