/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "provision.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "provision-keys.h"

/* One file of the directory, as it was read. */
typedef struct File {
        char *path;
        bool good; /* `settings` is what it says; else what is wrong was told */
        ServerSettings settings;
} File;

typedef struct Provision {
        GPtrArray *files; /* of File */
        Accounts *accounts;
        ProvisionKeys keys;
} Provision;

static int compare_names(const void *a, const void *b)
{
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* The *.conf of a directory in order of name. Empty where there is no directory; where it cannot be
 * read, that is logged, and counted in *errors. */
static GPtrArray *list_paths(const char *directory, int *errors)
{
        GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GError) error = NULL;
        g_autoptr(GDir) dir = g_dir_open(directory, 0, &error);

        if (!dir) {
                if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
                        log_error(NULL, "%s", error->message);
                        (*errors)++;
                }
                return files;
        }
        for (const char *name; (name = g_dir_read_name(dir));)
                if (g_str_has_suffix(name, ".conf") && name[0] != '.')
                        g_ptr_array_add(files, g_build_filename(directory, name, NULL));
        g_ptr_array_sort(files, compare_names);
        if (files->len > PROVISION_MAX_FILES) {
                log_error(NULL, "%s: %u files, only the first %d are read", directory, files->len,
                          PROVISION_MAX_FILES);
                g_ptr_array_set_size(files, PROVISION_MAX_FILES);
        }
        return files;
}

static void log_lines(const char *text)
{
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

        for (char **line = lines; *line; line++)
                log_error(NULL, "%s", *line);
}

static void file_free(void *data)
{
        File *file = data;

        if (file->good)
                server_settings_clear(&file->settings);
        g_free(file->path);
        g_free(file);
}

static GPtrArray *read_files(const char *directory, int *errors)
{
        g_autoptr(GPtrArray) paths = list_paths(directory, errors);
        GPtrArray *files = g_ptr_array_new_with_free_func(file_free);

        for (unsigned i = 0; i < paths->len; i++) {
                g_autoptr(GError) error = NULL;
                File *file = g_new0(File, 1);

                file->path = g_strdup(g_ptr_array_index(paths, i));
                file->good = server_settings_read(file->path, &file->settings, &error);
                if (!file->good) {
                        log_lines(error->message);
                        (*errors)++;
                }
                g_ptr_array_add(files, file);
        }
        return files;
}

static void tell_used(const ServerSettings *settings, const char *other)
{
        log_error(NULL, "%s:%u: ssid %u is used already by %s", settings->account.source,
                  settings->ssid_line, settings->account.ssid,
                  other[0] ? other : "an account added with server-add");
}

/* Whether the file defines that account, or cannot be understood and may. */
static bool file_claims(const GPtrArray *files, const char *path, uint16_t ssid)
{
        for (unsigned i = 0; i < files->len; i++) {
                const File *file = g_ptr_array_index(files, i);

                if (strcmp(file->path, path) == 0)
                        return !file->good || file->settings.account.ssid == ssid;
        }
        return access(path, F_OK) == 0 || errno != ENOENT;
}

static bool is_defined(const GPtrArray *files, uint16_t ssid)
{
        for (unsigned i = 0; i < files->len; i++) {
                const File *file = g_ptr_array_index(files, i);

                if (file->good && file->settings.account.ssid == ssid)
                        return true;
        }
        return false;
}

/* The same text at another place: what the server has changed stays. */
static int move_account(Provision *provision, const Account *known, const char *source)
{
        Account moved = *known;

        g_strlcpy(moved.source, source, sizeof(moved.source));
        return accounts_change(provision->accounts, &moved, ORIGIN_LOCAL);
}

static int apply_account(Provision *provision, ServerSettings *settings)
{
        Account *account = &settings->account;
        const Account *known = accounts_find(provision->accounts, account->ssid);

        if (!known)
                return accounts_add(provision->accounts, account);
        if (strcmp(known->source, account->source) != 0 &&
            (known->source[0] == '\0' ||
             file_claims(provision->files, known->source, account->ssid))) {
                tell_used(settings, known->source);
                return -EEXIST;
        }
        return strcmp(known->digest, account->digest) == 0
                       ? move_account(provision, known, account->source)
                       : accounts_change(provision->accounts, account, ORIGIN_LOCAL);
}

static int apply_file(Provision *provision, File *file)
{
        int r = apply_account(provision, &file->settings);

        if (r < 0 && r != -EEXIST)
                log_error(NULL, "%s: account not stored: %s", file->path, g_strerror(-r));
        return r < 0 ? r : provision_keys_apply(&provision->keys, &file->settings);
}

/* Keys before the account, so that nothing of it is left when it is gone. */
static void remove_account(Provision *provision, uint16_t ssid)
{
        int r = keystore_clear_account(provision->keys.keystore, ssid);

        if (r == 0)
                r = accounts_remove(provision->accounts, ssid);
        if (r < 0)
                log_error(NULL, "account %u cannot be removed: %s", ssid, g_strerror(-r));
}

/* Accounts that no file defines any more. */
static void remove_orphans(Provision *provision)
{
        for (const Account *account = accounts_next(provision->accounts, 0); account;) {
                uint16_t ssid = account->ssid;

                if (account->source[0] != '\0' && !is_defined(provision->files, ssid) &&
                    !file_claims(provision->files, account->source, ssid)) {
                        log_notice(NULL, "account %u removed: %s does not define it any more", ssid,
                                   account->source);
                        remove_account(provision, ssid);
                }
                account = accounts_next(provision->accounts, ssid);
        }
}

int provision_apply(const char *directory, const char *credentials, Accounts *accounts,
                    Keystore *keystore, const Loader *loader)
{
        int errors = 0;
        g_autoptr(GPtrArray) files = read_files(directory, &errors);
        Provision provision = {files, accounts, {credentials, keystore, loader}};

        remove_orphans(&provision);
        for (unsigned i = 0; i < files->len; i++) {
                File *file = g_ptr_array_index(files, i);

                errors += file->good && apply_file(&provision, file) < 0;
        }
        return errors;
}

/* `used`: ssid → path, of the files before this one. */
static bool check_file(File *file, GHashTable *used, const ProvisionKeys *keys)
{
        void *ssid = GUINT_TO_POINTER(file->settings.account.ssid);
        const char *other = g_hash_table_lookup(used, ssid);

        if (other) {
                tell_used(&file->settings, other);
                return false;
        }
        g_hash_table_insert(used, ssid, file->path);
        return provision_keys_apply(keys, &file->settings) == 0;
}

int provision_check(const char *directory, const char *credentials, const Loader *loader)
{
        const ProvisionKeys keys = {.credentials = credentials, .loader = loader};
        int errors = 0;
        g_autoptr(GPtrArray) files = read_files(directory, &errors);
        g_autoptr(GHashTable) used = g_hash_table_new(NULL, NULL);

        for (unsigned i = 0; i < files->len; i++) {
                File *file = g_ptr_array_index(files, i);

                errors += file->good && !check_file(file, used, &keys);
        }
        return errors;
}
