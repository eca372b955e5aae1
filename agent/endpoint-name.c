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

static gboolean append_word(GString *name, const char *word, size_t len, const Identity *identity,
                            GError **error)
{
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
                const char *value;

                if (strlen(words[i].name) != len || strncmp(words[i].name, word, len) != 0)
                        continue;
                value = words[i].get(identity);
                if (value[0] != '\0') {
                        g_string_append(name, value);
                        return TRUE;
                }
                g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                            "endpoint: this machine has no {%s} that can be read; choose another "
                            "template",
                            words[i].name);
                return FALSE;
        }
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    "endpoint: {%.*s} is not known; allowed: {machine-id}, {mac}, {eui64}, "
                    "{serial}, {hostname}, {imei}",
                    (int) len, word);
        return FALSE;
}

char *endpoint_name_expand(const char *template, const Identity *identity, GError **error)
{
        g_autoptr(GString) name = g_string_new(NULL);

        for (const char *p = template; *p;) {
                const char *end = *p == '{' ? strchr(p, '}') : NULL;

                if (!end) {
                        g_string_append_c(name, *p++);
                        continue;
                }
                if (!append_word(name, p + 1, (size_t) (end - p - 1), identity, error))
                        return NULL;
                p = end + 1;
        }
        if (name->len == 0 || name->len > MAX_LENGTH) {
                g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                            "endpoint: %zu octets; allowed: 1 to %d", name->len, MAX_LENGTH);
                return NULL;
        }
        return g_string_free(g_steal_pointer(&name), FALSE);
}
