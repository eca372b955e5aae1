/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "value.h"

#include <string.h>

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

bool show_is_time(Show show)
{
        return show == SHOW_SINCE || show == SHOW_AGO || show == SHOW_UNTIL;
}

char *value_clean(const char *text)
{
        g_autofree char *valid = g_utf8_make_valid(text, -1);
        GString *clean = g_string_new(NULL);

        for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);

                if (g_unichar_iscntrl(c))
                        g_string_append_printf(clean, "\\x%02x", c);
                else
                        g_string_append_unichar(clean, c);
        }
        return g_string_free(clean, FALSE);
}

char *value_mask(const char *text)
{
        const char *colon = strrchr(text, ':');
        const char *rest = colon ? colon + 1 : text;
        glong length = g_utf8_strlen(rest, -1);
        g_autofree char *head = NULL;
        g_autofree char *tail = NULL;

        if (length == 0)
                return g_strdup(text);
        head = g_utf8_substring(rest, 0, length * 7 / 15);
        tail = g_utf8_substring(rest, length - length / 5, length);
        return g_strdup_printf("%.*s%s…%s", (int) (rest - text), text, head, tail);
}

char *value_span(gint64 seconds)
{
        static const struct {
                gint64 length;
                const char *name;
        } units[] = {{DAY, "d"}, {HOUR, "h"}, {MINUTE, "min"}, {1, "s"}};
        size_t i = 0;
        gint64 large, small;

        while (i < G_N_ELEMENTS(units) - 1 && seconds < units[i].length)
                i++;
        large = seconds / units[i].length;
        if (i == G_N_ELEMENTS(units) - 1)
                return g_strdup_printf("%" G_GINT64_FORMAT " s", large);
        small = seconds % units[i].length / units[i + 1].length;
        if (small == 0)
                return g_strdup_printf("%" G_GINT64_FORMAT " %s", large, units[i].name);
        return g_strdup_printf("%" G_GINT64_FORMAT " %s %" G_GINT64_FORMAT " %s", large,
                               units[i].name, small, units[i + 1].name);
}

gint64 value_integer(GVariant *value)
{
        switch (g_variant_classify(value)) {
        case G_VARIANT_CLASS_BYTE:
                return g_variant_get_byte(value);
        case G_VARIANT_CLASS_UINT16:
                return g_variant_get_uint16(value);
        case G_VARIANT_CLASS_INT32:
                return g_variant_get_int32(value);
        case G_VARIANT_CLASS_UINT32:
                return g_variant_get_uint32(value);
        case G_VARIANT_CLASS_UINT64:
                return (gint64) MIN(g_variant_get_uint64(value), G_MAXINT64);
        case G_VARIANT_CLASS_INT64:
                return g_variant_get_int64(value);
        case G_VARIANT_CLASS_BOOLEAN:
        case G_VARIANT_CLASS_INT16:
        case G_VARIANT_CLASS_HANDLE:
        case G_VARIANT_CLASS_DOUBLE:
        case G_VARIANT_CLASS_STRING:
        case G_VARIANT_CLASS_OBJECT_PATH:
        case G_VARIANT_CLASS_SIGNATURE:
        case G_VARIANT_CLASS_VARIANT:
        case G_VARIANT_CLASS_MAYBE:
        case G_VARIANT_CLASS_ARRAY:
        case G_VARIANT_CLASS_TUPLE:
        case G_VARIANT_CLASS_DICT_ENTRY:
                break;
        }
        return 0;
}

static char *time_absolute(gint64 seconds)
{
        g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);

        return seconds != 0 && time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : g_strdup("");
}

static char *time_since(gint64 seconds)
{
        gint64 age = g_get_real_time() / G_USEC_PER_SEC - seconds;
        g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(seconds);

        if (!time)
                return g_strdup("");
        return g_date_time_format(time, age >= 0 && age < 6 * DAY ? "%a %H:%M:%S" : "%F %H:%M:%S");
}

static char *time_relative(gint64 seconds)
{
        gint64 left = seconds - g_get_real_time() / G_USEC_PER_SEC;
        g_autofree char *span = value_span(ABS(left));

        if (left == 0)
                return g_strdup("now");
        return left > 0 ? g_strdup_printf("in %s", span) : g_strdup_printf("%s ago", span);
}

static char *time_to_screen(gint64 seconds, Show show)
{
        if (seconds == 0)
                return g_strdup("");
        return show == SHOW_SINCE ? time_since(seconds) : time_relative(seconds);
}

/* IANA's names in short form; RFC 6655, RFC 5487. */
static char *suite_to_screen(gint64 suite)
{
        switch (suite) {
        case 0:
                return g_strdup("");
        case 0xC0A8:
                return g_strdup("PSK-AES128-CCM8");
        case 0x00AE:
                return g_strdup("PSK-AES128-CBC-SHA256");
        default:
                return g_strdup_printf("0x%04X", (unsigned) suite);
        }
}

static char *bytes_to_hex(GVariant *value)
{
        gsize size;
        const guint8 *bytes = g_variant_get_fixed_array(value, &size, 1);
        GString *hex = g_string_new(NULL);

        for (gsize i = 0; i < size; i++)
                g_string_append_printf(hex, "%02x", bytes[i]);
        return g_string_free(hex, FALSE);
}

static char *bytes_to_base64(GVariant *value)
{
        gsize size;
        const guint8 *bytes = g_variant_get_fixed_array(value, &size, 1);

        return g_base64_encode(bytes, size);
}

/* The shortest digits that read back as the same number. */
static void append_double(GString *text, double number)
{
        char buffer[G_ASCII_DTOSTR_BUF_SIZE];

        g_ascii_formatd(buffer, sizeof(buffer), "%.15g", number);
        if (g_ascii_strtod(buffer, NULL) != number)
                g_ascii_dtostr(buffer, sizeof(buffer), number);
        g_string_append(text, buffer);
}

static void append_text(GString *text, GVariant *value, bool terse);

static void append_children(GString *text, GVariant *value, bool terse, const char *separator)
{
        for (gsize i = 0; i < g_variant_n_children(value); i++) {
                g_autoptr(GVariant) child = g_variant_get_child_value(value, i);

                if (i > 0)
                        g_string_append(text, separator);
                append_text(text, child, terse);
        }
}

static void append_basic(GString *text, GVariant *value, bool terse)
{
        if (g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN)) {
                const char *words[] = {terse ? "0" : "false", terse ? "1" : "true"};

                g_string_append(text, words[g_variant_get_boolean(value)]);
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_DOUBLE)) {
                append_double(text, g_variant_get_double(value));
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64)) {
                g_string_append_printf(text, "%" G_GUINT64_FORMAT, g_variant_get_uint64(value));
        } else {
                g_string_append_printf(text, "%" G_GINT64_FORMAT, value_integer(value));
        }
}

static void append_text(GString *text, GVariant *value, bool terse)
{
        g_autofree char *part = NULL;

        if (g_variant_is_of_type(value, G_VARIANT_TYPE_VARIANT)) {
                g_autoptr(GVariant) inner = g_variant_get_variant(value);

                append_text(text, inner, terse);
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING)) {
                part = terse ? bytes_to_base64(value) : bytes_to_hex(value);
                g_string_append(text, part);
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE("(qq)"))) {
                append_children(text, value, terse, ":"); /* Objlnk */
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING) ||
                   g_variant_is_of_type(value, G_VARIANT_TYPE_OBJECT_PATH)) {
                part = value_clean(g_variant_get_string(value, NULL));
                g_string_append(text, part);
        } else if (g_variant_is_container(value)) {
                bool entry = g_variant_is_of_type(value, G_VARIANT_TYPE_DICT_ENTRY);

                append_children(text, value, terse, entry ? "=" : terse ? "," : ", ");
        } else {
                append_basic(text, value, terse);
        }
}

static char *masked(GVariant *value)
{
        g_autofree char *mask = value_mask(g_variant_get_string(value, NULL));

        return value_clean(mask);
}

char *value_to_screen(GVariant *value, Show show, bool personal)
{
        GString *text;

        if (!value)
                return g_strdup("");
        switch (show) {
        case SHOW_SINCE:
        case SHOW_AGO:
        case SHOW_UNTIL:
                return time_to_screen(value_integer(value), show);
        case SHOW_SPAN:
                return value_span(value_integer(value));
        case SHOW_SUITE:
                return suite_to_screen(value_integer(value));
        case SHOW_SERIAL:
                if (value_integer(value) == 0)
                        return g_strdup("-");
                return g_strdup_printf("0x%08x", (unsigned) value_integer(value));
        case SHOW_TOKEN:
                return bytes_to_hex(value);
        case SHOW_PERSONAL:
                if (!personal && g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
                        return masked(value);
                break;
        case SHOW_PLAIN:
                break;
        }
        text = g_string_new(NULL);
        append_text(text, value, false);
        return g_string_free(text, FALSE);
}

char *value_to_terse(GVariant *value, Show show, bool personal)
{
        GString *text;

        if (!value)
                return g_strdup("");
        if (show_is_time(show))
                return time_absolute(value_integer(value));
        if (show == SHOW_PERSONAL || show == SHOW_TOKEN)
                return value_to_screen(value, show, personal);
        text = g_string_new(NULL);
        append_text(text, value, true);
        return g_string_free(text, FALSE);
}
