/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/identity-files.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILE (64 * 1024)

char *identity_file(const char *root, const char *path)
{
        g_autofree char *full = g_strconcat(root, path, NULL);
        g_autoptr(GString) content = NULL;
        char part[4096];
        ssize_t n;
        int fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

        if (fd < 0)
                return NULL;
        content = g_string_new(NULL);
        while (content->len < MAX_FILE && (n = read(fd, part, sizeof(part))) > 0)
                g_string_append_len(content, part, n);
        close(fd);
        return g_string_free(g_steal_pointer(&content), FALSE);
}

/* What boards say whose maker has nothing to say. */
static bool is_placeholder(const char *text)
{
        static const char *const placeholders[] = {
                "to be filled by o.e.m.",
                "default string",
                "system manufacturer",
                "system product name",
                "system version",
                "system serial number",
                "not specified",
                "not applicable",
                "not available",
                "none",
                "unknown",
                "n/a",
                "o.e.m.",
                "oem",
                "0123456789",
                "invalid",
                "x.x",
                "undefined",
                "empty",
                "type1productconfigid",
        };
        g_autofree char *lower = g_ascii_strdown(text, -1);

        for (size_t i = 0; i < G_N_ELEMENTS(placeholders); i++)
                if (strcmp(lower, placeholders[i]) == 0)
                        return true;
        /* "0", "00000000" */
        return text[0] != '\0' && text[strspn(text, "0 .-")] == '\0';
}

/* Cut between characters, not within one. */
static void truncate_utf8(char *text, size_t size)
{
        const char *end;

        if (strlen(text) <= size)
                return;
        end = g_utf8_find_prev_char(text, text + size + 1);
        text[end ? end - text : 0] = '\0';
}

char *identity_text(const char *text)
{
        g_autofree char *line = g_strndup(text, strcspn(text, "\r\n"));
        g_autofree char *valid = g_utf8_make_valid(line, -1);

        for (char *c = valid; *c; c++)
                if ((unsigned char) *c < ' ' || *c == 0x7F)
                        *c = ' ';
        g_strstrip(valid);
        truncate_utf8(valid, IDENTITY_MAX_TEXT);
        return is_placeholder(valid) ? g_strdup("") : g_steal_pointer(&valid);
}

char *identity_file_text(const char *root, const char *path)
{
        g_autofree char *content = identity_file(root, path);

        return identity_text(content ? content : "");
}

char *identity_os_release(const char *content, const char *name)
{
        g_auto(GStrv) lines = g_strsplit(content, "\n", -1);
        size_t len = strlen(name);

        for (char **line = lines; *line; line++) {
                g_autofree char *value = NULL;

                if (strncmp(*line, name, len) != 0 || (*line)[len] != '=')
                        continue;
                value = g_shell_unquote(g_strstrip(*line + len + 1), NULL);
                return identity_text(value ? value : "");
        }
        return g_strdup("");
}
