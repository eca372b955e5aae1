/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output.h"

#include <stdio.h>

#include "errors.h"
#include "json.h"

/* Where the texts of a block begin. */
#define LABEL_WIDTH 13

static const Field *field_find(const Field *fields, size_t n_fields, const char *name)
{
        for (size_t i = 0; i < n_fields; i++) {
                if (g_str_equal(fields[i].name, name))
                        return &fields[i];
        }
        return NULL;
}

bool output_check_fields(const OutputOptions *options, const Field *fields, size_t n_fields)
{
        for (char **name = options->fields; name && *name; name++) {
                if (field_find(fields, n_fields, *name))
                        continue;
                g_autoptr(GString) known = g_string_new(NULL);

                for (size_t i = 0; i < n_fields; i++)
                        g_string_append_printf(known, "%s%s", i ? ", " : "", fields[i].name);
                error_usage("--fields: no field '%s'; there are %s", *name, known->str);
                return false;
        }
        return true;
}

/* The fields to print, in order: those of --fields, or all; on screen without the untitled. */
static GPtrArray *choose(const OutputOptions *options, const Field *fields, size_t n_fields)
{
        GPtrArray *chosen = g_ptr_array_new();

        for (char **name = options->fields; name && *name; name++) {
                const Field *field = field_find(fields, n_fields, *name);

                if (field)
                        g_ptr_array_add(chosen, (gpointer) field);
        }
        for (size_t i = 0; !options->fields && i < n_fields; i++) {
                if (options->format != OUTPUT_SCREEN || fields[i].title)
                        g_ptr_array_add(chosen, (gpointer) &fields[i]);
        }
        return chosen;
}

char *output_text(const OutputOptions *options, const Field *field, GVariant *record)
{
        g_autoptr(GVariant) value = g_variant_lookup_value(record, field->name, NULL);

        if (options->format == OUTPUT_TERSE)
                return value_to_terse(value, field->show, options->personal);
        /* A field asked for by name is told without company. */
        if (field->compose && !options->fields)
                return field->compose(record, options->personal) ?: g_strdup("");
        return value_to_screen(value, field->show, options->personal);
}

static void print_padded(const char *text, int width, bool last)
{
        glong length = g_utf8_strlen(text, -1);

        printf("%s%*s", text, last || length >= width ? 0 : (int) (width - length), "");
        fputs(last ? "\n" : "  ", stdout);
}

static int column_width(const OutputOptions *options, const Field *field, GPtrArray *records)
{
        glong width = options->legend && field->title ? g_utf8_strlen(field->title, -1) : 0;

        for (guint i = 0; i < records->len; i++) {
                g_autofree char *text = output_text(options, field, records->pdata[i]);

                width = MAX(width, g_utf8_strlen(text, -1));
        }
        return (int) width;
}

static void print_head(GPtrArray *chosen, const int *widths)
{
        for (guint i = 0; i < chosen->len; i++) {
                const Field *field = chosen->pdata[i];

                print_padded(field->title ?: field->name, widths[i], i + 1 == chosen->len);
        }
}

static void print_row(const OutputOptions *options, GPtrArray *chosen, const int *widths,
                      GVariant *record)
{
        for (guint i = 0; i < chosen->len; i++) {
                g_autofree char *text = output_text(options, chosen->pdata[i], record);

                if (options->format == OUTPUT_TERSE)
                        printf("%s%s", text, i + 1 == chosen->len ? "\n" : "\t");
                else
                        print_padded(text, widths[i], i + 1 == chosen->len);
        }
}

static void print_rows(const OutputOptions *options, GPtrArray *chosen, GPtrArray *records)
{
        g_autofree int *widths = g_new0(int, chosen->len + 1);

        for (guint i = 0; options->format == OUTPUT_SCREEN && i < chosen->len; i++)
                widths[i] = column_width(options, chosen->pdata[i], records);
        if (options->format == OUTPUT_SCREEN && options->legend && records->len > 0)
                print_head(chosen, widths);
        for (guint i = 0; i < records->len; i++)
                print_row(options, chosen, widths, records->pdata[i]);
}

bool output_table(const OutputOptions *options, const Field *fields, size_t n_fields,
                  GPtrArray *records)
{
        g_autoptr(GPtrArray) chosen = NULL;

        if (!output_check_fields(options, fields, n_fields))
                return false;
        if (options->format == OUTPUT_JSON) {
                g_autoptr(GString) json = g_string_new(NULL);

                output_append_array(json, options, fields, n_fields, records);
                output_json(options, json);
                return true;
        }
        chosen = choose(options, fields, n_fields);
        print_rows(options, chosen, records);
        return true;
}

void output_line(const char *label, const char *text)
{
        printf("%*s  %s\n", LABEL_WIDTH, label, text);
}

void output_block(const OutputOptions *options, const Field *fields, size_t n_fields,
                  GVariant *record)
{
        g_autoptr(GPtrArray) chosen = choose(options, fields, n_fields);

        for (guint i = 0; i < chosen->len; i++) {
                const Field *field = chosen->pdata[i];
                g_autofree char *text = output_text(options, field, record);

                if (*text)
                        output_line(field->title ?: field->name, text);
        }
}

void output_terse(const OutputOptions *options, const Field *fields, size_t n_fields,
                  GVariant *record, const char *prefix)
{
        g_autoptr(GPtrArray) chosen = choose(options, fields, n_fields);

        for (guint i = 0; i < chosen->len; i++) {
                const Field *field = chosen->pdata[i];
                g_autofree char *text = output_text(options, field, record);

                printf("%s%s=%s\n", prefix, field->name, text);
        }
}

void output_append_object(GString *json, const OutputOptions *options, const Field *fields,
                          size_t n_fields, GVariant *record)
{
        g_autoptr(GPtrArray) chosen = choose(options, fields, n_fields);

        g_string_append_c(json, '{');
        for (guint i = 0; i < chosen->len; i++) {
                const Field *field = chosen->pdata[i];
                g_autoptr(GVariant) value = g_variant_lookup_value(record, field->name, NULL);

                if (i > 0)
                        g_string_append_c(json, ',');
                json_append_string(json, field->name);
                g_string_append_c(json, ':');
                json_append_value(json, value, field->show, options->personal);
        }
        g_string_append_c(json, '}');
}

void output_append_array(GString *json, const OutputOptions *options, const Field *fields,
                         size_t n_fields, GPtrArray *records)
{
        g_string_append_c(json, '[');
        for (guint i = 0; i < records->len; i++) {
                if (i > 0)
                        g_string_append_c(json, ',');
                output_append_object(json, options, fields, n_fields, records->pdata[i]);
        }
        g_string_append_c(json, ']');
}

void output_json(const OutputOptions *options, GString *json)
{
        g_autofree char *indented = options->pretty ? json_indent(json->str) : NULL;

        puts(indented ?: json->str);
}
