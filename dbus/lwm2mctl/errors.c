/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "errors.h"

#include <stdio.h>
#include <string.h>

#include "value.h"

static const struct {
        const char *name;
        const char *words;
        ExitCode code;
} error_table[] = {
        {"org.lwm2md1.Error.NotFound", "not found", EXIT_NOT_FOUND},
        {"org.lwm2md1.Error.NotAllowed", "not allowed", EXIT_NOT_ALLOWED},
        {"org.lwm2md1.Error.NotAuthorized", "not authorized", EXIT_NOT_ALLOWED},
        {"org.lwm2md1.Error.BadValue", "bad value", EXIT_FAILED},
        {"org.lwm2md1.Error.NotSupported", "not supported", EXIT_FAILED},
        {"org.lwm2md1.Error.NotConfigured", "not configured", EXIT_FAILED},
        {"org.lwm2md1.Error.NotConnected", "not connected", EXIT_FAILED},
        {"org.lwm2md1.Error.Busy", "busy", EXIT_FAILED},
        {"org.lwm2md1.Error.Timeout", "timed out", EXIT_TIMED_OUT},
        {"org.lwm2md1.Error.Refused", "refused", EXIT_REFUSED},
        {"org.lwm2md1.Error.Muted", "muted", EXIT_REFUSED},
        {"org.lwm2md1.Error.Failed", "failed", EXIT_FAILED},
        {"org.freedesktop.DBus.Error.AccessDenied", "not authorized", EXIT_NOT_ALLOWED},
        {"org.freedesktop.DBus.Error.UnknownObject", "not found", EXIT_NOT_FOUND},
        {"org.freedesktop.DBus.Error.UnknownInterface", "not found", EXIT_NOT_FOUND},
        {"org.freedesktop.DBus.Error.UnknownMethod", "not found", EXIT_NOT_FOUND},
        {"org.freedesktop.DBus.Error.NoReply", "no answer", EXIT_NO_AGENT},
        {"org.freedesktop.DBus.Error.Timeout", "timed out", EXIT_TIMED_OUT},
};

const char *error_words(const char *dbus_name)
{
        const char *dot = strrchr(dbus_name, '.');

        for (size_t i = 0; i < G_N_ELEMENTS(error_table); i++) {
                if (g_str_equal(error_table[i].name, dbus_name))
                        return error_table[i].words;
        }
        return dot ? dot + 1 : dbus_name;
}

const char *error_detail(const char *dbus_name, const char *text)
{
        return g_str_equal(text, error_words(dbus_name)) ? "" : text;
}

static ExitCode exit_code_of(const char *dbus_name)
{
        for (size_t i = 0; i < G_N_ELEMENTS(error_table); i++) {
                if (g_str_equal(error_table[i].name, dbus_name))
                        return error_table[i].code;
        }
        return EXIT_FAILED;
}

/* The bus, or systemd for it, tried to start the agent. */
static bool is_failed_start(const char *name)
{
        return g_str_equal(name, "org.freedesktop.DBus.Error.TimedOut") ||
               g_str_has_prefix(name, "org.freedesktop.DBus.Error.Spawn.") ||
               g_str_has_prefix(name, "org.freedesktop.systemd1.");
}

bool error_is_no_agent(const GError *error)
{
        g_autofree char *name = g_dbus_error_get_remote_error(error);

        /* Without a remote name it is the connection that failed, or our own verdict. */
        if (!name)
                return !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) &&
                       !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
        return g_str_equal(name, "org.freedesktop.DBus.Error.ServiceUnknown") ||
               g_str_equal(name, "org.freedesktop.DBus.Error.NameHasNoOwner") ||
               is_failed_start(name);
}

/* A text "/3/0/1: why" names its path itself: that is `what` then. */
static void split_path(char *text, const char **what, const char **why)
{
        char *colon = strstr(text, ": ");

        *why = text;
        if (text[0] != '/' || !colon || strcspn(text, " ") < (size_t) (colon - text))
                return;
        *colon = '\0';
        *what = text;
        *why = colon + 2;
}

static ExitCode report_remote(const char *what, const char *name, const GError *error)
{
        g_autoptr(GError) stripped = g_error_copy(error);
        g_autofree char *text = NULL;
        const char *why;

        g_dbus_error_strip_remote_error(stripped);
        text = value_clean(stripped->message);
        split_path(text, &what, &why);
        why = error_detail(name, why);
        fprintf(stderr, "lwm2mctl: %s: %s%s%s\n", what, error_words(name), *why ? ": " : "", why);
        return exit_code_of(name);
}

/* Says why, unless it is only that nobody has the name. */
static ExitCode report_no_agent(const char *name, const GError *error)
{
        g_autoptr(GError) stripped = g_error_copy(error);
        g_autofree char *text = NULL;

        g_dbus_error_strip_remote_error(stripped);
        if (!name || is_failed_start(name))
                text = value_clean(stripped->message);
        fprintf(stderr, "lwm2mctl: lwm2md: not running%s%s\n", text ? ": " : "", text ?: "");
        return EXIT_NO_AGENT;
}

ExitCode error_report(const char *what, const GError *error)
{
        g_autofree char *name = g_dbus_error_get_remote_error(error);

        if (error_is_no_agent(error))
                return report_no_agent(name, error);
        if (name)
                return report_remote(what, name, error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) {
                fprintf(stderr, "lwm2mctl: %s: no answer in time\n", what);
                return EXIT_TIMED_OUT;
        }
        fprintf(stderr, "lwm2mctl: %s: %s\n", what, error->message);
        return EXIT_FAILED;
}

ExitCode error_usage(const char *format, ...)
{
        va_list list;

        fputs("lwm2mctl: ", stderr);
        va_start(list, format);
        vfprintf(stderr, format, list);
        va_end(list);
        fputc('\n', stderr);
        return EXIT_USAGE;
}

ExitCode exit_code_join(ExitCode first, ExitCode second)
{
        return first != EXIT_DONE ? first : second;
}
