/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"

#include "errors.h"
#include "value.h"

void record_copy(GVariantDict *record, const char *name, GVariant *properties, const char *property)
{
        g_autoptr(GVariant) value = g_variant_lookup_value(properties, property, NULL);

        if (value)
                g_variant_dict_insert_value(record, name, value);
}

void record_split(GVariantDict *record, const char *const *names, gsize n, GVariant *properties,
                  const char *property)
{
        g_autoptr(GVariant) tuple =
                g_variant_lookup_value(properties, property, G_VARIANT_TYPE_TUPLE);

        for (gsize i = 0; tuple && i < MIN(n, g_variant_n_children(tuple)); i++) {
                g_autoptr(GVariant) value = g_variant_get_child_value(tuple, i);

                g_variant_dict_insert_value(record, names[i], value);
        }
}

void record_copy_last_error(GVariantDict *record, GVariant *properties)
{
        static const char *const names[] = {"last-error-at", "last-error", "last-error-text"};

        record_split(record, names, G_N_ELEMENTS(names), properties, "LastError");
}

char *record_show_last_error(GVariant *record, bool personal)
{
        g_autoptr(GVariant) at = g_variant_lookup_value(record, "last-error-at", NULL);
        const char *name = record_text(record, "last-error");
        g_autofree char *age = value_to_screen(at, SHOW_AGO, personal);
        g_autofree char *text = value_clean(record_text(record, "last-error-text"));
        const char *detail;

        if (!*name)
                return NULL;
        detail = error_detail(name, text);
        return g_strdup_printf("%s, %s%s%s", age, error_words(name), *detail ? ": " : "", detail);
}

const char *record_text(GVariant *record, const char *name)
{
        const char *text = "";

        g_variant_lookup(record, name, "&s", &text);
        return text;
}

gint64 record_number(GVariant *record, const char *name)
{
        g_autoptr(GVariant) value = g_variant_lookup_value(record, name, NULL);

        return value ? value_integer(value) : 0;
}

bool record_flag(GVariant *record, const char *name)
{
        gboolean flag = FALSE;

        g_variant_lookup(record, name, "b", &flag);
        return flag;
}
