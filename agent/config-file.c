/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

typedef struct Entry {
        char *section;
        char *key;
        char *value;
        unsigned line;
} Entry;

struct ConfigFile {
        char *name;
        GArray *entries;
};

/* Errors of one file, a line each. */
typedef struct Errors {
        const char *name;
        GString *text;
        unsigned n;
} Errors;

static void errors_add(Errors *errors, unsigned line, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void errors_add(Errors *errors, unsigned line, const char *format, ...)
{
        va_list args;

        if (errors->n++ >= CONFIG_FILE_MAX_ERRORS)
                return;
        if (errors->text->len > 0)
                g_string_append_c(errors->text, '\n');
        g_string_append_printf(errors->text, "%s:%u: ", errors->name, line);
        va_start(args, format);
        g_string_append_vprintf(errors->text, format, args);
        va_end(args);
}

static gboolean errors_end(Errors *errors, GError **error)
{
        g_autoptr(GString) text = g_steal_pointer(&errors->text);

        if (errors->n == 0)
                return TRUE;
        if (errors->n > CONFIG_FILE_MAX_ERRORS)
                g_string_append_printf(text, "\n%s: and %u more errors", errors->name,
                                       errors->n - CONFIG_FILE_MAX_ERRORS);
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, text->str);
        return FALSE;
}

static void entry_clear(void *data)
{
        Entry *entry = data;

        g_free(entry->section);
        g_free(entry->key);
        if (entry->value)
                explicit_bzero(entry->value, strlen(entry->value));
        g_free(entry->value);
}

void config_file_free(ConfigFile *file)
{
        if (!file)
                return;
        g_array_unref(file->entries);
        g_free(file->name);
        g_free(file);
}

/* What is quoted from a file in an error: short, printable, and never the value of a refused key.
 */
static char *quoted(const char *text)
{
        g_autofree char *escaped = g_strescape(text, NULL);

        if (strlen(escaped) > 60)
                strcpy(escaped + 57, "...");
        return g_strdup_printf("\"%s\"", escaped);
}

static void parse_section(char *line, unsigned number, char **section, Errors *errors)
{
        char *end = strchr(line, ']');

        if (!end || end[1] != '\0' || end == line + 1) {
                errors_add(errors, number, "a section reads [NAME]");
                return;
        }
        *end = '\0';
        g_free(*section);
        *section = g_strdup(line + 1);
}

static void parse_entry(ConfigFile *file, char *line, unsigned number, const char *section,
                        Errors *errors)
{
        char *equals = strchr(line, '=');
        Entry entry = {.line = number};

        if (!equals || equals == line) {
                /* Not quoted: it may be a key that was pasted here. */
                errors_add(errors, number, "neither [SECTION], nor key = value, nor a comment");
                return;
        }
        if (!section) {
                errors_add(errors, number, "a key before the first [SECTION]");
                return;
        }
        if (file->entries->len >= CONFIG_FILE_MAX_ENTRIES) {
                errors_add(errors, number, "more than %d keys", CONFIG_FILE_MAX_ENTRIES);
                return;
        }
        *equals = '\0';
        entry.section = g_strdup(section);
        entry.key = g_strdup(g_strstrip(line));
        entry.value = g_strdup(g_strstrip(equals + 1));
        g_array_append_val(file->entries, entry);
}

static void parse_line(ConfigFile *file, char *line, unsigned number, char **section,
                       Errors *errors)
{
        g_strstrip(line);
        if (line[0] == '\0' || line[0] == '#' || line[0] == ';')
                return;
        if (line[0] == '[')
                parse_section(line, number, section, errors);
        else
                parse_entry(file, line, number, *section, errors);
}

ConfigFile *config_file_parse(const char *name, const char *text, size_t len, GError **error)
{
        g_autoptr(ConfigFile) file = g_new0(ConfigFile, 1);
        g_autofree char *copy = g_strndup(text, len);
        g_autofree char *section = NULL;
        Errors errors = {.name = name, .text = g_string_new(NULL)};
        unsigned number = 0;
        char *rest = copy;

        file->name = g_strdup(name);
        file->entries = g_array_new(FALSE, TRUE, sizeof(Entry));
        g_array_set_clear_func(file->entries, entry_clear);
        if (len > CONFIG_FILE_MAX_SIZE)
                errors_add(&errors, 1, "longer than %d octets", CONFIG_FILE_MAX_SIZE);
        else if (strlen(copy) != len || !g_utf8_validate(text, (gssize) len, NULL))
                errors_add(&errors, 1, "not a text in UTF-8");
        else
                for (char *line; (line = strsep(&rest, "\n"));)
                        parse_line(file, line, ++number, &section, &errors);
        explicit_bzero(copy, len);
        if (!errors_end(&errors, error))
                return NULL;
        return g_steal_pointer(&file);
}

static gboolean load_fail(const char *path, int number, const char *text, GError **error)
{
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number), "%s: %s", path, text);
        return FALSE;
}

gboolean config_file_load(const char *path, char **ret_text, size_t *ret_len, GError **error)
{
        /* O_NONBLOCK: a pipe that nobody writes to must not stop us. */
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        g_autofree char *text = NULL;
        struct stat info;
        ssize_t len;

        if (fd < 0)
                return load_fail(path, errno, g_strerror(errno), error);
        if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode)) {
                close(fd);
                return load_fail(path, EINVAL, "not a regular file", error);
        }
        /* One octet more than allowed, so that config_file_parse() sees that it is too long. */
        text = g_malloc0(CONFIG_FILE_MAX_SIZE + 2);
        len = file_read_all(fd, text, CONFIG_FILE_MAX_SIZE + 1);
        close(fd);
        if (len < 0)
                return load_fail(path, (int) -len, g_strerror((int) -len), error);
        *ret_text = g_steal_pointer(&text);
        *ret_len = (size_t) len;
        return TRUE;
}

ConfigFile *config_file_read(const char *path, GError **error)
{
        g_autofree char *text = NULL;
        ConfigFile *file;
        size_t len;

        if (!config_file_load(path, &text, &len, error))
                return NULL;
        file = config_file_parse(path, text, len, error);
        explicit_bzero(text, len);
        return file;
}

static const Setting *find_setting(const Setting *table, size_t n, const Entry *entry)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(table[i].section, entry->section) == 0 &&
                    strcmp(table[i].key, entry->key) == 0)
                        return &table[i];
        return NULL;
}

static void tell_unknown(const Setting *table, size_t n, const Entry *entry, Errors *errors)
{
        g_autoptr(GString) allowed = g_string_new(NULL);
        g_autofree char *shown = quoted(entry->key);
        bool known_section = false;

        for (size_t i = 0; i < n; i++)
                known_section = known_section || strcmp(table[i].section, entry->section) == 0;
        for (size_t i = 0; i < n; i++) {
                const char *word = known_section ? table[i].key : table[i].section;

                if (known_section && strcmp(table[i].section, entry->section) != 0)
                        continue;
                if (table[i].type == SETTING_REFUSED ||
                    (!known_section && i > 0 && strcmp(table[i - 1].section, word) == 0))
                        continue;
                g_string_append_printf(allowed, "%s%s", allowed->len ? ", " : "", word);
        }
        if (known_section)
                errors_add(errors, entry->line, "unknown key %s in [%s]; allowed: %s", shown,
                           entry->section, allowed->str);
        else
                errors_add(errors, entry->line, "unknown section [%s]; allowed: %s", entry->section,
                           allowed->str);
}

static void apply_text(const Setting *setting, const Entry *entry, char **member, Errors *errors)
{
        size_t len = strlen(entry->value);

        if (len < setting->min || len > setting->max) {
                errors_add(errors, entry->line, "%s: %zu octets; allowed: %u to %u", entry->key,
                           len, setting->min, setting->max);
                return;
        }
        g_free(*member);
        *member = g_strdup(entry->value);
}

static void apply_number(const Setting *setting, const Entry *entry, uint32_t *member,
                         Errors *errors)
{
        guint64 number;

        if (!g_ascii_string_to_unsigned(entry->value, 10, setting->min, setting->max, &number,
                                        NULL)) {
                g_autofree char *shown = quoted(entry->value);
                errors_add(errors, entry->line,
                           "%s: %s is not allowed; allowed: a number from %u to %u", entry->key,
                           shown, setting->min, setting->max);
                return;
        }
        *member = (uint32_t) number;
}

static void apply_switch(const Entry *entry, bool *member, Errors *errors)
{
        static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

        for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
                if (g_ascii_strcasecmp(entry->value, words[i]) == 0) {
                        *member = i % 2;
                        return;
                }
        }
        g_autofree char *shown = quoted(entry->value);
        errors_add(errors, entry->line, "%s: %s is not allowed; allowed: yes, no", entry->key,
                   shown);
}

static void apply_choice(const Setting *setting, const Entry *entry, char **member, Errors *errors)
{
        g_auto(GStrv) choices = g_strsplit(setting->choices, " ", -1);

        if (g_strv_contains((const char *const *) choices, entry->value)) {
                g_free(*member);
                *member = g_strdup(entry->value);
                return;
        }
        g_autofree char *allowed = g_strjoinv(", ", choices);
        g_autofree char *shown = quoted(entry->value);
        errors_add(errors, entry->line, "%s: %s is not allowed; allowed: %s", entry->key, shown,
                   allowed);
}

static void apply_entry(const Setting *setting, const Entry *entry, void *target, Errors *errors)
{
        void *member = (char *) target + setting->offset;

        switch (setting->type) {
        case SETTING_TEXT:
                apply_text(setting, entry, member, errors);
                return;
        case SETTING_NUMBER:
                apply_number(setting, entry, member, errors);
                return;
        case SETTING_SWITCH:
                apply_switch(entry, member, errors);
                return;
        case SETTING_CHOICE:
                apply_choice(setting, entry, member, errors);
                return;
        case SETTING_REFUSED:
                errors_add(errors, entry->line, "%s: %s", entry->key, setting->help);
                return;
        }
}

gboolean config_file_apply(const ConfigFile *file, const Setting *table, size_t n, void *target,
                           GError **error)
{
        Errors errors = {.name = file->name, .text = g_string_new(NULL)};

        for (size_t i = 0; i < file->entries->len; i++) {
                const Entry *entry = &g_array_index(file->entries, Entry, i);
                const Setting *setting = find_setting(table, n, entry);
                unsigned first = config_file_line(file, entry->section, entry->key);

                if (!setting)
                        tell_unknown(table, n, entry, &errors);
                else if (first != entry->line)
                        errors_add(&errors, entry->line, "%s: given already in line %u", entry->key,
                                   first);
                else
                        apply_entry(setting, entry, target, &errors);
        }
        return errors_end(&errors, error);
}

unsigned config_file_line(const ConfigFile *file, const char *section, const char *key)
{
        for (size_t i = 0; i < file->entries->len; i++) {
                const Entry *entry = &g_array_index(file->entries, Entry, i);

                if (strcmp(entry->section, section) == 0 && strcmp(entry->key, key) == 0)
                        return entry->line;
        }
        return 0;
}

const char *config_file_name(const ConfigFile *file)
{
        return file->name;
}

void settings_clear(const Setting *table, size_t n, void *target)
{
        for (size_t i = 0; i < n; i++) {
                char **member = (char **) ((char *) target + table[i].offset);

                if (table[i].type == SETTING_TEXT || table[i].type == SETTING_CHOICE)
                        g_clear_pointer(member, g_free);
        }
}
