/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Configuration files: sections, "key = value" lines, comments from # or ; at the start of a line.
 * Each entry knows its line, so that an error can name it. What the keys mean is a table (struct
 * Setting).
 */

#include <gio/gio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_FILE_MAX_SIZE (64 * 1024)
#define CONFIG_FILE_MAX_ENTRIES 512
/* The most errors told of one file. */
#define CONFIG_FILE_MAX_ERRORS 10

typedef struct ConfigFile ConfigFile;

typedef enum SettingType {
        SETTING_TEXT,    /* char *, owned; UTF-8 of `min` to `max` octets */
        SETTING_NUMBER,  /* uint32_t, `min` to `max` */
        SETTING_SWITCH,  /* bool: yes, no, true, false, on, off, 1, 0 */
        SETTING_CHOICE,  /* char *, owned; one of `choices` */
        SETTING_REFUSED, /* never allowed; `help` says what to do instead */
} SettingType;

typedef struct Setting {
        const char *section;
        const char *key;
        SettingType type;
        size_t offset; /* in the structure to fill */
        uint32_t min, max;
        const char *choices; /* "psk nosec" */
        const char *help;
} Setting;

/* `name` appears in errors. The error's lines each read "NAME:LINE: what is wrong". */
ConfigFile *config_file_parse(const char *name, const char *text, size_t len, GError **error);

/* The content of a regular file, ended by a NUL, owned by the caller; of a file that is too long as
 * much as config_file_parse() needs to refuse it. Else FALSE with "PATH: what is wrong", a
 * G_FILE_ERROR. */
gboolean config_file_load(const char *path, char **ret_text, size_t *ret_len, GError **error);

/* As config_file_parse() of a file's content. */
ConfigFile *config_file_read(const char *path, GError **error);

void config_file_free(ConfigFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConfigFile, config_file_free)

/* Writes what the file sets into `target`, whose members hold the defaults. FALSE with up to
 * CONFIG_FILE_MAX_ERRORS lines: unknown section or key, key given twice, value not allowed and what
 * is; then `target` may be half filled. */
gboolean config_file_apply(const ConfigFile *file, const Setting *table, size_t n, void *target,
                           GError **error);

/* The line of the first entry of that key, 0 where there is none. */
unsigned config_file_line(const ConfigFile *file, const char *section, const char *key);
const char *config_file_name(const ConfigFile *file);

/* Frees the texts in `target` and sets them NULL. */
void settings_clear(const Setting *table, size_t n, void *target);
