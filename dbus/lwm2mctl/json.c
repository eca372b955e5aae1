/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

#include <math.h>

void json_append_string(GString *json, const char *text)
{
        g_autofree char *valid = g_utf8_make_valid(text, -1);

        g_string_append_c(json, '"');
        for (const char *p = valid; *p; p++) {
                if (*p == '"' || *p == '\\')
                        g_string_append_printf(json, "\\%c", *p);
                else if ((guchar) *p < 0x20)
                        g_string_append_printf(json, "\\u%04x", (guchar) *p);
                else
                        g_string_append_c(json, *p);
        }
        g_string_append_c(json, '"');
}

static void append_dictionary(GString *json, GVariant *value)
{
        g_string_append_c(json, '{');
        for (gsize i = 0; i < g_variant_n_children(value); i++) {
                g_autoptr(GVariant) entry = g_variant_get_child_value(value, i);
                g_autoptr(GVariant) key = g_variant_get_child_value(entry, 0);
                g_autoptr(GVariant) inner = g_variant_get_child_value(entry, 1);
                g_autofree char *name = value_to_terse(key, SHOW_PLAIN, true);

                if (i > 0)
                        g_string_append_c(json, ',');
                json_append_string(json, name);
                g_string_append_c(json, ':');
                json_append_value(json, inner, SHOW_PLAIN, true);
        }
        g_string_append_c(json, '}');
}

static void append_list(GString *json, GVariant *value)
{
        g_string_append_c(json, '[');
        for (gsize i = 0; i < g_variant_n_children(value); i++) {
                g_autoptr(GVariant) child = g_variant_get_child_value(value, i);

                if (i > 0)
                        g_string_append_c(json, ',');
                json_append_value(json, child, SHOW_PLAIN, true);
        }
        g_string_append_c(json, ']');
}

static void append_text(GString *json, GVariant *value, Show show, bool personal)
{
        g_autofree char *text = value_to_terse(value, show, personal);

        if (show_is_time(show) && !*text)
                g_string_append(json, "null");
        else
                json_append_string(json, text);
}

/* What is text in JSON too: times, bytes, links to objects. */
static bool is_text(GVariant *value, Show show)
{
        return show_is_time(show) || g_variant_is_of_type(value, G_VARIANT_TYPE_STRING) ||
               g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING) ||
               g_variant_is_of_type(value, G_VARIANT_TYPE("(qq)"));
}

static void append_number(GString *json, GVariant *value)
{
        g_autofree char *text = NULL;

        if (g_variant_is_of_type(value, G_VARIANT_TYPE_DOUBLE) &&
            !isfinite(g_variant_get_double(value))) {
                g_string_append(json, "null");
                return;
        }
        text = value_to_screen(value, SHOW_PLAIN, true);
        g_string_append(json, text);
}

void json_append_value(GString *json, GVariant *value, Show show, bool personal)
{
        if (!value) {
                g_string_append(json, "null");
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_VARIANT)) {
                g_autoptr(GVariant) inner = g_variant_get_variant(value);

                json_append_value(json, inner, show, personal);
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING) && show == SHOW_PLAIN) {
                json_append_string(json, g_variant_get_string(value, NULL));
        } else if (is_text(value, show)) {
                append_text(json, value, show, personal);
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_DICTIONARY)) {
                append_dictionary(json, value);
        } else if (g_variant_is_container(value)) {
                append_list(json, value);
        } else {
                append_number(json, value);
        }
}

static void append_line(GString *json, unsigned depth)
{
        g_string_append_c(json, '\n');
        for (unsigned i = 0; i < depth; i++)
                g_string_append(json, "  ");
}

/* The end of the string that begins at `p`, behind its closing quote. */
static const char *skip_string(const char *p)
{
        for (p++; *p != '"'; p++) {
                if (*p == '\\')
                        p++;
        }
        return p + 1;
}

char *json_indent(const char *compact)
{
        GString *json = g_string_new(NULL);
        unsigned depth = 0;
        const char *end;

        for (const char *p = compact; *p; p = end) {
                end = *p == '"' ? skip_string(p) : p + 1;
                if (*p == '}' || *p == ']')
                        append_line(json, --depth);
                g_string_append_len(json, p, end - p);
                if ((*p == '{' || *p == '[') && (p[1] == '}' || p[1] == ']'))
                        g_string_append_c(json, *end++);
                else if (*p == '{' || *p == '[')
                        append_line(json, ++depth);
                else if (*p == ',')
                        append_line(json, depth);
                else if (*p == ':')
                        g_string_append_c(json, ' ');
        }
        return g_string_free(json, FALSE);
}
