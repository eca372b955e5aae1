/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Configuration files: an account of servers.d, and any file by a table with each type of setting.
 */

#include <string.h>

#include "fuzz.h"
#include "settings.h"

typedef struct Target {
        char *text, *choice;
        uint32_t number;
        bool flag;
} Target;

static const Setting table[] = {
        {"A", "text", SETTING_TEXT, offsetof(Target, text), 1, 8},
        {"A", "choice", SETTING_CHOICE, offsetof(Target, choice), .choices = "one two"},
        {"A", "number", SETTING_NUMBER, offsetof(Target, number), 5, 500},
        {"B", "flag", SETTING_SWITCH, offsetof(Target, flag)},
        {"B", "secret", SETTING_REFUSED, .help = "not here"},
};

/* Either a result, or lines that each name the file. */
static void check_error(const GError *error)
{
        g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);

        g_assert_true(g_utf8_validate(error->message, -1, NULL));
        for (char **line = lines; *line; line++)
                g_assert_true(g_str_has_prefix(*line, "x.conf:"));
        g_assert_cmpuint(g_strv_length(lines), <=, CONFIG_FILE_MAX_ERRORS + 1);
}

static void fuzz_file(const char *text, size_t len)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(ConfigFile) file = config_file_parse("x.conf", text, len, &error);
        Target target = {.number = 5};

        if (!file || !config_file_apply(file, table, G_N_ELEMENTS(table), &target, &error))
                check_error(error);
        g_assert_true(!target.text || (strlen(target.text) >= 1 && strlen(target.text) <= 8));
        g_assert_true(!target.choice || strcmp(target.choice, "one") == 0 ||
                      strcmp(target.choice, "two") == 0);
        g_assert_true(target.number >= 5 && target.number <= 500);
        settings_clear(table, G_N_ELEMENTS(table), &target);
}

static void fuzz_server(const char *text, size_t len)
{
        g_autoptr(GError) error = NULL;
        ServerSettings settings;
        const char *why;

        if (!server_settings_parse("x.conf", text, len, &settings, &error)) {
                check_error(error);
                return;
        }
        g_assert_cmpint(account_check(&settings.account, &why), ==, 0);
        g_assert_true(!settings.psk.file || settings.psk.file[0] == '/');
        g_assert_true(!settings.sms_key.file || settings.sms_key.file[0] == '/');
        server_settings_clear(&settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = size > 0 ? (const char *) data : "";

        fuzz_file(text, size);
        fuzz_server(text, size);
        return 0;
}
