/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib-unix.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/kernel-key.h"
#include "base/log-events.h"
#include "base/log.h"
#include "config.h"
#include "daemon.h"
#include "provision.h"

/* sysexits(3): the configuration is wrong. */
#define EXIT_CONFIGURATION 78

static char *arg_config;
static char *arg_servers;
static char *arg_state;
static char *arg_plugins;
static char *arg_root;
static gboolean arg_check;
static gboolean arg_session;
static gboolean arg_version;

static const GOptionEntry options[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &arg_config, "Configuration file", "FILE"},
        {"servers", 0, 0, G_OPTION_ARG_FILENAME, &arg_servers, "Directory of server accounts",
         "DIRECTORY"},
        {"state", 0, 0, G_OPTION_ARG_FILENAME, &arg_state, "State directory", "DIRECTORY"},
        {"plugins", 0, 0, G_OPTION_ARG_FILENAME, &arg_plugins, "Directory of security plugins",
         "DIRECTORY"},
        {"machine-root", 0, 0, G_OPTION_ARG_FILENAME, &arg_root,
         "Read facts about the machine below this directory", "DIRECTORY"},
        {"check", 0, 0, G_OPTION_ARG_NONE, &arg_check, "Check the configuration and exit", NULL},
        {"session", 0, 0, G_OPTION_ARG_NONE, &arg_session, "Use the session bus", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &arg_version, "Show the version and exit", NULL},
        {0},
};

static void set_default(char **arg, const char *environment, const char *fallback)
{
        const char *value = environment ? g_getenv(environment) : NULL;

        if (!*arg)
                *arg = g_strdup(value ? value : fallback);
}

static int fail(int code, const GError *error)
{
        g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);

        for (char **line = lines; *line; line++)
                log_error(NULL, "%s", *line);
        return code;
}

/* Secrets must not end up in a core file, nor be read by a debugger of the same user. */
static void protect_memory(void)
{
        const struct rlimit none = {0, 0};

        setrlimit(RLIMIT_CORE, &none);
        prctl(PR_SET_DUMPABLE, 0);
}

typedef struct Run {
        GMainLoop *loop;
        Daemon *daemon;
        gboolean stopping;
} Run;

static void run_on_stopped(void *user)
{
        Run *run = user;

        g_main_loop_quit(run->loop);
}

/* The second signal does not wait for the servers any more. */
static gboolean run_on_signal(gpointer user)
{
        Run *run = user;

        if (run->stopping) {
                g_main_loop_quit(run->loop);
                return G_SOURCE_CONTINUE;
        }
        run->stopping = TRUE;
        daemon_stop(run->daemon, run_on_stopped, run);
        return G_SOURCE_CONTINUE;
}

static void open_key_store(gboolean in_process)
{
        kernel_key_init(in_process);
        if (!in_process && kernel_key_store() == KERNEL_KEY_STORE_PROCESS)
                log_event(LOG_LEVEL_WARNING, LOG_EVENT_KEY_STORE_STAND_IN, NULL,
                          "the kernel takes no keys, this process keeps them: %s",
                          kernel_key_store_reason());
}

static int run_daemon(const Settings *settings)
{
        const DaemonPaths paths = {
                .servers = arg_servers,
                .state = arg_state,
                .plugins = arg_plugins,
                .credentials = g_getenv("CREDENTIALS_DIRECTORY"),
                .root = arg_root,
        };
        g_autoptr(GError) error = NULL;
        Run run = {0};

        open_key_store(g_str_equal(settings->key_store, "process"));
        run.daemon = daemon_new(&paths, settings,
                                arg_session ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, &error);
        if (!run.daemon) {
                kernel_key_shutdown();
                return fail(EXIT_FAILURE, error);
        }
        run.loop = g_main_loop_new(NULL, FALSE);
        g_unix_signal_add(SIGTERM, run_on_signal, &run);
        g_unix_signal_add(SIGINT, run_on_signal, &run);
        g_main_loop_run(run.loop);
        daemon_free(run.daemon);
        g_main_loop_unref(run.loop);
        kernel_key_shutdown();
        return EXIT_SUCCESS;
}

static int check(const Settings *settings)
{
        g_autoptr(Loader) loader = loader_new();
        int errors = daemon_load_plugins(loader, arg_plugins, settings);

        kernel_key_init(true); /* keys are tried, none is left in the kernel */
        errors += provision_check(arg_servers, g_getenv("CREDENTIALS_DIRECTORY"), loader);
        kernel_key_shutdown();
        if (errors == 0)
                g_print("%s and %s: no errors\n", arg_config, arg_servers);
        return errors == 0 ? EXIT_SUCCESS : EXIT_CONFIGURATION;
}

int main(int argc, char **argv)
{
        g_autoptr(GOptionContext) context = g_option_context_new("– LwM2M device agent");
        g_autoptr(GError) error = NULL;
        gboolean config_given;
        Settings settings;
        int code;

        setlocale(LC_ALL, "");
        protect_memory();
        g_option_context_add_main_entries(context, options, NULL);
        if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1) {
                g_printerr("lwm2md: %s\n", error ? error->message : "too many arguments");
                return 2;
        }
        if (arg_version) {
                g_print("lwm2md %s\n", LWM2MD_VERSION);
                return EXIT_SUCCESS;
        }
        config_given = arg_config != NULL;
        set_default(&arg_config, NULL, LWM2MD_CONF_DIR "/lwm2md.conf");
        set_default(&arg_servers, NULL, LWM2MD_CONF_DIR "/servers.d");
        set_default(&arg_state, "STATE_DIRECTORY", LWM2MD_STATE_DIR);
        set_default(&arg_plugins, NULL, LWM2MD_PLUGIN_DIR);
        set_default(&arg_root, NULL, "");
        if (config_given && !g_file_test(arg_config, G_FILE_TEST_EXISTS)) {
                log_error(NULL, "%s: there is no such file", arg_config);
                return EXIT_CONFIGURATION;
        }
        if (!settings_read(arg_config, &settings, &error))
                return fail(EXIT_CONFIGURATION, error);
        log_set_level((LogLevel) log_level_from_string(settings.log_level));
        log_set_show_personal(settings.show_personal);
        code = arg_check ? check(&settings) : run_daemon(&settings);
        settings_free(&settings);
        return code;
}
