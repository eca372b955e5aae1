/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "endpoint-name.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_LENGTH 255

static const char *imei(const Identity *identity)
{
        const char *text;

        return identity_imei(identity, &text) == 0 ? text : "";
}

static const struct Word {
        const char *name;
        const char *(*get)(const Identity *identity);
} words[] = {
        {"machine-id", identity_machine_id}, {"mac", identity_mac},
        {"eui64", identity_eui64},           {"serial", identity_serial},
        {"hostname", identity_hostname},     {"imei", imei},
};

static const struct Word *find_word(const char *text, size_t len)
{
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
                if (strlen(words[i].name) == len && strncmp(words[i].name, text, len) == 0)
                        return &words[i];
        return NULL;
}

/* What stands in braces at `p`, and *ret_end behind it; NULL where nothing does. */
static const char *word_at(const char *p, const char **ret_end)
{
        const char *end = *p == '{' ? strchr(p, '}') : NULL;

        if (!end)
                return NULL;
        *ret_end = end + 1;
        return p + 1;
}

gboolean endpoint_name_check(const char *template, GError **error)
{
        const char *end;

        for (const char *p = template; *p; p++) {
                const char *word = word_at(p, &end);
                int len = word ? (int) (end - word - 1) : 0;

                if (!word || find_word(word, (size_t) len))
                        continue;
                g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                            "endpoint: {%.*s} is not known; allowed: {machine-id}, {mac}, {eui64}, "
                            "{serial}, {hostname}, {imei}",
                            len, word);
                return FALSE;
        }
        return TRUE;
}

static gboolean append_word(GString *name, const struct Word *word, const Identity *identity,
                            GError **error)
{
        const char *value = word->get(identity);

        if (value[0] == '\0') {
                g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                            "endpoint: this machine has no {%s} that can be read; choose another "
                            "template",
                            word->name);
                return FALSE;
        }
        g_string_append(name, value);
        return TRUE;
}

char *endpoint_name_expand(const char *template, const Identity *identity, GError **error)
{
        g_autoptr(GString) name = g_string_new(NULL);

        if (!endpoint_name_check(template, error))
                return NULL;
        for (const char *p = template, *end; *p; p = end) {
                const char *word = word_at(p, &end);

                if (!word) {
                        end = p + 1;
                        g_string_append_c(name, *p);
                } else if (!append_word(name, find_word(word, (size_t) (end - word - 1)), identity,
                                        error))
                        return NULL;
        }
        if (name->len == 0 || name->len > MAX_LENGTH) {
                g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                            "endpoint: %zu octets; allowed: 1 to %d", name->len, MAX_LENGTH);
                return NULL;
        }
        return g_string_free(g_steal_pointer(&name), FALSE);
}
