/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lwm2md-modem: carries raw short messages between a modem and the agent. */
#include <errno.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/service.h"
#include "base/log.h"
#include "config.h"
#include "privilege.h"
#include "service.h"

/* sysexits(3): wrong arguments. */
#define EXIT_USAGE 64

static char *arg_device;
static char *arg_backend;
static char *arg_proxy;
static char *arg_level;
static int arg_check = CARRIER_CHECK_S;
static gboolean arg_session;
static gboolean arg_version;

static const GOptionEntry options[] = {
        {"device", 'd', 0, G_OPTION_ARG_FILENAME, &arg_device,
         "Control port of the modem (default: the first there is)", "PATH"},
        {"backend", 'b', 0, G_OPTION_ARG_STRING, &arg_backend,
         "Protocol it speaks: qmi, mbim, or auto (default)", "NAME"},
        {"proxy", 0, 0, G_OPTION_ARG_STRING, &arg_proxy,
         "Abstract socket of the proxy, QMI only (default: qmi-proxy)", "NAME"},
        {"check", 0, 0, G_OPTION_ARG_INT, &arg_check,
         "Ask the modem this often whether it is there (default: 300)", "SECONDS"},
        {"log-level", 0, 0, G_OPTION_ARG_STRING, &arg_level,
         "error, warning, notice, info (default) or debug", "LEVEL"},
        {"session", 0, 0, G_OPTION_ARG_NONE, &arg_session, "Use the session bus", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &arg_version, "Show the version and exit", NULL},
        {0},
};

typedef struct Run {
        GMainLoop *loop;
        Service *service;
        bool stopping;
        int code;
} Run;

static void run_on_stopped(void *user)
{
        Run *run = user;

        g_main_loop_quit(run->loop);
}

static void run_stop(Run *run, int code)
{
        if (run->stopping)
                return;
        run->stopping = true;
        run->code = code;
        service_stopping();
        service_stop(run->service);
}

static void run_on_name_lost(void *user)
{
        run_stop(user, EXIT_FAILURE);
}

static const ServiceOps run_ops = {
        .on_name_lost = run_on_name_lost,
        .on_stopped = run_on_stopped,
};

/* The second signal does not wait for the modem any more. */
static gboolean run_on_signal(gpointer user)
{
        Run *run = user;

        if (run->stopping)
                g_main_loop_quit(run->loop);
        run_stop(run, EXIT_SUCCESS);
        return G_SOURCE_CONTINUE;
}

static void run_on_bus_closed(GDBusConnection *connection, gboolean remote, GError *error,
                              gpointer user)
{
        log_error(NULL, "the bus is gone");
        run_stop(user, EXIT_FAILURE);
}

static gboolean run_on_watchdog(gpointer user)
{
        service_watchdog();
        return G_SOURCE_CONTINUE;
}

static int run_loop(Run *run)
{
        gint64 interval = service_watchdog_interval();

        if (interval > 0)
                g_timeout_add((guint) (interval / G_TIME_SPAN_MILLISECOND), run_on_watchdog, NULL);
        g_unix_signal_add(SIGTERM, run_on_signal, run);
        g_unix_signal_add(SIGINT, run_on_signal, run);
        run->loop = g_main_loop_new(NULL, FALSE);
        service_ready();
        g_main_loop_run(run->loop);
        g_main_loop_unref(run->loop);
        return run->code;
}

static int run_service(const CarrierConfig *config)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GDBusConnection) connection =
                g_bus_get_sync(arg_session ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, NULL, &error);
        g_autoptr(Clock) clock = clock_new(NULL);
        Run run = {0};
        int code;

        if (!connection) {
                log_error(NULL, "no bus: %s", error->message);
                return EXIT_FAILURE;
        }
        g_dbus_connection_set_exit_on_close(connection, FALSE);
        g_signal_connect(connection, "closed", G_CALLBACK(run_on_bus_closed), &run);
        if (service_new(connection, clock, config, &run_ops, &run, &run.service) < 0) {
                log_error(NULL, "%s is not built in", config->protocol);
                return EXIT_USAGE;
        }
        code = run_loop(&run);
        g_signal_handlers_disconnect_by_data(connection, &run);
        service_free(run.service);
        g_dbus_connection_flush_sync(connection, NULL, NULL);
        return code;
}

static int usage(const char *text)
{
        g_printerr("lwm2md-modem: %s\n", text);
        return EXIT_USAGE;
}

int main(int argc, char **argv)
{
        g_autoptr(GOptionContext) context = g_option_context_new("– raw short messages for lwm2md");
        g_autoptr(GError) error = NULL;
        CarrierConfig config = {0};
        int level;

        privilege_drop();
        g_option_context_add_main_entries(context, options, NULL);
        if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1)
                return usage(error ? error->message : "too many arguments");
        if (arg_version) {
                g_print("lwm2md-modem %s\n", LWM2MD_VERSION);
                return EXIT_SUCCESS;
        }
        level = arg_level ? log_level_from_string(arg_level) : LOG_LEVEL_INFO;
        if (level < 0)
                return usage("no such log level");
        log_set_level((LogLevel) level);
        if (!arg_backend || strcmp(arg_backend, "auto") == 0)
                config.protocol = NULL;
        else if (strcmp(arg_backend, "qmi") == 0 || strcmp(arg_backend, "mbim") == 0)
                config.protocol = arg_backend;
        else
                return usage("no such backend");
        config.device = arg_device;
        config.proxy = arg_proxy;
        if (arg_check < 1 || arg_check > 86400)
                return usage("check: 1 to 86400 seconds");
        config.check_s = (unsigned) arg_check;
        if (geteuid() != 0)
                log_warning(NULL, "not root: the proxies may refuse");
        return run_service(&config);
}
