/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/loader.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "security/plugin-file.h"

#define SYMBOL "lwm_security_plugin"
#define SUFFIX ".so"

/* Up to the last member of the first ABI's structure. */
#define FIRST_SIZE                                                                                 \
        (offsetof(LwmSecurityPlugin, restore) + sizeof(((LwmSecurityPlugin *) 0)->restore))

struct Loader {
        GPtrArray *plugins; /* LoadedPlugin */
};

static void loaded_plugin_free(void *data)
{
        LoadedPlugin *loaded = data;

        g_free(loaded->path);
        g_free(loaded);
}

Loader *loader_new(void)
{
        Loader *loader = g_new0(Loader, 1);

        loader->plugins = g_ptr_array_new_with_free_func(loaded_plugin_free);
        return loader;
}

void loader_free(Loader *loader)
{
        if (!loader)
                return;
        g_ptr_array_unref(loader->plugins);
        g_free(loader);
}

/* The name of the first function that is missing, NULL where all are there. */
static const char *missing_function(const LwmSecurityPlugin *plugin)
{
        const struct {
                const char *name;
                bool present;
        } functions[] = {
                {"create", plugin->create != NULL},
                {"destroy", plugin->destroy != NULL},
                {"start", plugin->start != NULL},
                {"receive", plugin->receive != NULL},
                {"send", plugin->send != NULL},
                {"expire", plugin->expire != NULL},
                {"close", plugin->close != NULL},
                {"status", plugin->status != NULL},
                {"save", plugin->save != NULL || plugin->saves == 0},
                {"restore", plugin->restore != NULL || plugin->saves == 0},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(functions); i++)
                if (!functions[i].present)
                        return functions[i].name;
        return NULL;
}

/* In this order: abi says how to read the rest, size how much of it there is. */
static gboolean judge_plugin(const LwmSecurityPlugin *plugin, const char *name, GError **error)
{
        const char *missing;

        if (plugin->abi != LWM_SECURITY_ABI)
                return loader_refuse(
                        error, LOADER_ERROR_PLUGIN,
                        "is built for version %u of the plugin ABI, this agent has version %u",
                        plugin->abi, LWM_SECURITY_ABI);
        if (plugin->size < FIRST_SIZE)
                return loader_refuse(error, LOADER_ERROR_PLUGIN,
                                     "its " SYMBOL
                                     " is too short: %u bytes, at least %zu are needed",
                                     plugin->size, FIRST_SIZE);
        if (!plugin->name || strcmp(plugin->name, name) != 0)
                return loader_refuse(error, LOADER_ERROR_PLUGIN,
                                     "calls itself \"%s\", but its file is named \"%s" SUFFIX "\"",
                                     plugin->name ? plugin->name : "", name);
        if (!plugin->version)
                return loader_refuse(error, LOADER_ERROR_PLUGIN, "does not say its version");
        missing = missing_function(plugin);
        if (missing)
                return loader_refuse(error, LOADER_ERROR_PLUGIN, "has no function %s()", missing);
        if (plugin->ip_modes == 0 && plugin->sms_modes == 0)
                return loader_refuse(error, LOADER_ERROR_PLUGIN, "serves no security mode");
        return TRUE;
}

static gboolean judge_modes(const char *what, uint32_t modes, uint32_t taken, const char *by,
                            GError **error)
{
        uint32_t both = modes & taken;

        if (both == 0)
                return TRUE;
        return loader_refuse(error, LOADER_ERROR_TAKEN,
                             "serves %s mode %d, which %s serves already", what,
                             __builtin_ctz(both), by);
}

static gboolean judge_duplicates(const Loader *loader, const LwmSecurityPlugin *plugin,
                                 GError **error)
{
        if (loader->plugins->len >= LOADER_MAX_PLUGINS)
                return loader_refuse(error, LOADER_ERROR_TAKEN,
                                     "is one too many: there are %d plugins already",
                                     LOADER_MAX_PLUGINS);

        for (unsigned i = 0; i < loader->plugins->len; i++) {
                const LoadedPlugin *other = loader->plugins->pdata[i];

                if (strcmp(other->plugin->name, plugin->name) == 0)
                        return loader_refuse(error, LOADER_ERROR_TAKEN,
                                             "is loaded already, from %s", other->path);
                if (!judge_modes("IP", plugin->ip_modes, other->plugin->ip_modes,
                                 other->plugin->name, error) ||
                    !judge_modes("SMS", plugin->sms_modes, other->plugin->sms_modes,
                                 other->plugin->name, error))
                        return FALSE;
        }
        return TRUE;
}

static const LwmSecurityPlugin *open_plugin(const char *path, GError **error)
{
        const LwmSecurityPlugin *plugin;
        void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);

        if (!handle) {
                loader_refuse(error, LOADER_ERROR_FILE, "cannot be opened: %s", dlerror());
                return NULL;
        }
        plugin = dlsym(handle, SYMBOL);
        if (!plugin)
                loader_refuse(error, LOADER_ERROR_PLUGIN,
                              "does not export " SYMBOL ": it is not a plugin of this agent");
        return plugin;
}

static gboolean load_file(Loader *loader, const char *path, bool trusted, GError **error)
{
        g_autofree char *base = g_path_get_basename(path);
        g_autofree char *resolved = NULL;
        const LwmSecurityPlugin *plugin;
        LoadedPlugin *loaded;
        bool root_owned;

        if (!g_str_has_suffix(base, SUFFIX) || strlen(base) == strlen(SUFFIX))
                return loader_refuse(error, LOADER_ERROR_FILE, "is not named NAME" SUFFIX);
        base[strlen(base) - strlen(SUFFIX)] = '\0';

        if (!plugin_file_judge(path, &resolved, &root_owned, error))
                return FALSE;
        plugin = open_plugin(resolved, error);
        if (!plugin || !judge_plugin(plugin, base, error) ||
            !judge_duplicates(loader, plugin, error))
                return FALSE;

        loaded = g_new0(LoadedPlugin, 1);
        loaded->plugin = plugin;
        loaded->path = g_steal_pointer(&resolved);
        loaded->tainted = !trusted || !root_owned;
        g_ptr_array_add(loader->plugins, loaded);
        return TRUE;
}

gboolean loader_load_file(Loader *loader, const char *path, bool trusted, GError **error)
{
        if (load_file(loader, path, trusted, error))
                return TRUE;
        g_prefix_error(error, "plugin %s ", path);
        return FALSE;
}

static int select_plugins(const struct dirent *entry)
{
        return entry->d_name[0] != '.' && g_str_has_suffix(entry->d_name, SUFFIX);
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int load_named(Loader *loader, const char *directory, const char *name, bool trusted)
{
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_autoptr(GError) error = NULL;

        if (!loader_load_file(loader, path, trusted, &error)) {
                log_error(NULL, "%s", error->message);
                return 0;
        }
        return 1;
}

int loader_load_directory(Loader *loader, const char *directory, bool trusted)
{
        g_autoptr(GError) error = NULL;
        struct dirent **entries;
        int n, n_loaded = 0;

        n = scandir(directory, &entries, select_plugins, compare_names);
        if (n < 0)
                return -errno;

        if (!plugin_directory_judge(directory, NULL, &error)) {
                log_error(NULL, "plugin directory %s %s", directory, error->message);
                n_loaded = -EPERM;
        }
        for (int i = 0; i < n; i++) {
                if (n_loaded >= 0)
                        n_loaded += load_named(loader, directory, entries[i]->d_name, trusted);
                free(entries[i]);
        }
        free(entries);
        return n_loaded;
}

static bool plugin_serves(const LwmSecurityPlugin *plugin, LwmSecurityBearer bearer, uint8_t mode)
{
        uint32_t modes = bearer == LWM_SECURITY_BEARER_SMS ? plugin->sms_modes : plugin->ip_modes;

        if (mode < 32)
                return (modes & LWM_SECURITY_MODE(mode)) != 0;
        return bearer == LWM_SECURITY_BEARER_SMS && LWM_SECURITY_HAS(plugin, sms_proprietary) &&
               plugin->sms_proprietary == mode;
}

const LoadedPlugin *loader_find(const Loader *loader, LwmSecurityBearer bearer, uint8_t mode)
{
        for (unsigned i = 0; i < loader->plugins->len; i++) {
                const LoadedPlugin *loaded = loader->plugins->pdata[i];

                if (plugin_serves(loaded->plugin, bearer, mode))
                        return loaded;
        }
        return NULL;
}

size_t loader_len(const Loader *loader)
{
        return loader->plugins->len;
}

const LoadedPlugin *loader_get(const Loader *loader, size_t index)
{
        g_assert(index < loader->plugins->len);
        return loader->plugins->pdata[index];
}
