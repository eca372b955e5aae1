/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "bus-client.h"
#include "ctl.h"
#include "errors.h"
#include "secret-file.h"

/* The settings of Credentials.AddServer besides "uri", and their types there. */
static const struct {
        const char *name;
        const char *type;
} settings_table[] = {
        {"ssid", "q"},       {"mode", "s"},         {"lifetime", "u"},    {"binding", "s"},
        {"pmin", "u"},       {"pmax", "u"},         {"identity", "s"},    {"trigger", "b"},
        {"sms-mode", "s"},   {"sms-number", "s"},   {"sms-options", "s"}, {"sms-coding", "s"},
        {"sms-strict", "b"}, {"sms-fallback", "b"}, {"send", "b"},
};

static const Field added_fields[] = {
        {"server", "SERVER"},
        {"path", "PATH"},
};

static const Field key_fields[] = {
        {"server", "SERVER"}, {"slot", "SLOT"},         {"serial", "SERIAL", SHOW_SERIAL},
        {"bytes", "BYTES"},   {"set", "SET", SHOW_AGO}, {"fingerprint", "FINGERPRINT"},
};

static const char *setting_type(const char *name)
{
        for (gsize i = 0; i < G_N_ELEMENTS(settings_table); i++) {
                if (g_str_equal(settings_table[i].name, name))
                        return settings_table[i].type;
        }
        return NULL;
}

static ExitCode add_switch(GVariantDict *settings, const char *name, const char *value)
{
        bool yes = g_str_equal(value, "yes") || g_str_equal(value, "1");

        if (!yes && !g_str_equal(value, "no") && !g_str_equal(value, "0"))
                return error_usage("server-add: %s=%s: neither 'yes' nor 'no'", name, value);
        g_variant_dict_insert(settings, name, "b", yes);
        return EXIT_DONE;
}

static ExitCode add_setting(GVariantDict *settings, const char *word)
{
        const char *equals = strchr(word, '=');
        g_autofree char *name = equals ? g_strndup(word, equals - word) : g_strdup(word);
        const char *type = setting_type(name);
        guint64 number;

        if (!equals || !type)
                return error_usage(
                        "server-add: '%s' is none of ssid=, mode=, lifetime=, binding=, "
                        "pmin=, pmax=, identity=, send=, trigger=, sms-mode=, sms-number=, "
                        "sms-options=, sms-coding=, sms-strict=, sms-fallback=",
                        word);
        if (g_str_equal(type, "s")) {
                g_variant_dict_insert(settings, name, "s", equals + 1);
                return EXIT_DONE;
        }
        if (g_str_equal(type, "b"))
                return add_switch(settings, name, equals + 1);
        if (!argument_number(equals + 1, 0, *type == 'q' ? G_MAXUINT16 : G_MAXUINT32, &number))
                return error_usage("server-add: %s: not a number in range", word);
        g_variant_dict_insert(settings, name, type, (guint32) number);
        return EXIT_DONE;
}

static ExitCode print_added(Ctl *ctl, guint16 ssid, const char *path)
{
        g_autoptr(GPtrArray) records =
                g_ptr_array_new_with_free_func((GDestroyNotify) g_variant_unref);
        g_auto(GVariantDict) record = G_VARIANT_DICT_INIT(NULL);

        if (ctl->output.format == OUTPUT_SCREEN) {
                printf("Server %u: added\n", ssid);
                return EXIT_DONE;
        }
        g_variant_dict_insert(&record, "server", "q", ssid);
        g_variant_dict_insert(&record, "path", "s", path);
        g_ptr_array_add(records, g_variant_ref_sink(g_variant_dict_end(&record)));
        output_table(&ctl->output, added_fields, G_N_ELEMENTS(added_fields), records);
        return EXIT_DONE;
}

ExitCode cmd_server_add(Ctl *ctl, char **args)
{
        g_auto(GVariantDict) settings = G_VARIANT_DICT_INIT(NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply = NULL;
        g_autoptr(GVariant) path = NULL;
        guint16 ssid = 0;

        if (!output_check_fields(&ctl->output, added_fields, G_N_ELEMENTS(added_fields)))
                return EXIT_USAGE;
        g_variant_dict_insert(&settings, "uri", "s", args[0]);
        for (char **word = args + 1; *word; word++) {
                ExitCode code = add_setting(&settings, *word);

                if (code != EXIT_DONE)
                        return code;
        }
        if (!g_variant_dict_lookup(&settings, "ssid", "q", &ssid))
                return error_usage("server-add: ssid= is needed, the Short Server ID, 1 to 65534");
        reply = bus_client_call(ctl->bus, AGENT_PATH, CREDENTIALS_INTERFACE, "AddServer",
                                g_variant_new("(@a{sv})", g_variant_dict_end(&settings)), &error);
        path = bus_client_get_only(reply, "o", &error);
        if (!path)
                return error_report("server-add", error);
        return ctl->quiet ? EXIT_DONE : print_added(ctl, ssid, g_variant_get_string(path, NULL));
}

ExitCode cmd_server_remove(Ctl *ctl, char **args)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply = NULL;
        g_autofree char *path = NULL;
        g_autofree char *what = g_strdup_printf("server %s", args[0]);
        guint16 ssid;

        if (!argument_ssid(args[0], &ssid))
                return EXIT_USAGE;
        path = bus_client_server_path(ssid);
        reply = bus_client_call(ctl->bus, AGENT_PATH, CREDENTIALS_INTERFACE, "RemoveServer",
                                g_variant_new("(o)", path), &error);
        return reply ? EXIT_DONE : error_report(what, error);
}

static ExitCode report_unreadable(const char *file, int r)
{
        const char *name = file && !g_str_equal(file, "-") ? file : "standard input";

        if (r == -ENOTTY)
                return error_usage("key-set: give a FILE, or the key through a pipe; "
                                   "it is not read from a terminal");
        if (r == -EMSGSIZE)
                fprintf(stderr, "lwm2mctl: %s: more than %d bytes\n", name, SECRET_MAX);
        else if (r == -ENODATA)
                fprintf(stderr, "lwm2mctl: %s: empty\n", name);
        else
                fprintf(stderr, "lwm2mctl: %s: %s\n", name, g_strerror(-r));
        return EXIT_FAILED;
}

static GVariant *send_key(Ctl *ctl, guint16 ssid, const char *slot, int fd, GError **error)
{
        g_autofree char *path = bus_client_server_path(ssid);
        g_autoptr(GUnixFDList) fds = g_unix_fd_list_new_from_array(&fd, 1); /* takes fd */
        g_auto(GVariantDict) options = G_VARIANT_DICT_INIT(NULL);

        if (ctl->encoding)
                g_variant_dict_insert(&options, "encoding", "s", ctl->encoding);
        return bus_client_call_with_fds(
                ctl->bus, AGENT_PATH, CREDENTIALS_INTERFACE, "SetKey",
                g_variant_new("(osh@a{sv})", path, slot, 0, g_variant_dict_end(&options)), fds,
                error);
}

/* `size` 0: not known. */
static void print_set(guint16 ssid, const char *slot, size_t size)
{
        g_autofree char *bytes = size > 0 ? g_strdup_printf(", %zu bytes", size) : g_strdup("");

        printf("Server %u: %s set%s. Used from the next %s on.\n", ssid, slot, bytes,
               g_str_has_prefix(slot, "sms-") ? "message" : "handshake");
}

ExitCode cmd_key_set(Ctl *ctl, char **args)
{
        bool raw = !ctl->encoding || g_str_equal(ctl->encoding, "raw");
        g_autofree char *what = g_strdup_printf("server %s, %s", args[0], args[1]);
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply = NULL;
        size_t size = 0;
        bool text_line = false;
        guint16 ssid;
        int fd;

        if (!argument_ssid(args[0], &ssid))
                return EXIT_USAGE;
        fd = secret_file_open(args[2], &size, &text_line);
        if (fd < 0)
                return report_unreadable(args[2], fd);
        reply = send_key(ctl, ssid, args[1], fd, &error);
        if (!reply)
                return error_report(what, error);
        if (raw && text_line)
                fprintf(stderr, "lwm2mctl: %s: note: the line break at the end was kept\n", what);
        if (ctl->quiet || ctl->output.format != OUTPUT_SCREEN)
                return EXIT_DONE;
        print_set(ssid, args[1], raw ? size : 0);
        return EXIT_DONE;
}

ExitCode cmd_key_clear(Ctl *ctl, char **args)
{
        g_autofree char *what = g_strdup_printf("server %s, %s", args[0], args[1]);
        g_autofree char *path = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply = NULL;
        guint16 ssid;

        if (!argument_ssid(args[0], &ssid))
                return EXIT_USAGE;
        path = bus_client_server_path(ssid);
        reply = bus_client_call(ctl->bus, AGENT_PATH, CREDENTIALS_INTERFACE, "ClearKey",
                                g_variant_new("(os)", path, args[1]), &error);
        return reply ? EXIT_DONE : error_report(what, error);
}

static GVariant *key_record(guint16 ssid, GVariant *key)
{
        g_auto(GVariantDict) record = G_VARIANT_DICT_INIT(NULL);
        const char *slot, *fingerprint;
        gint32 serial;
        guint32 bytes;
        gint64 set;

        g_variant_get(key, "(&siux&s)", &slot, &serial, &bytes, &set, &fingerprint);
        g_variant_dict_insert(&record, "server", "q", ssid);
        g_variant_dict_insert(&record, "slot", "s", slot);
        g_variant_dict_insert(&record, "serial", "i", serial);
        g_variant_dict_insert(&record, "bytes", "u", bytes);
        g_variant_dict_insert(&record, "set", "x", set);
        g_variant_dict_insert(&record, "fingerprint", "s", *fingerprint ? fingerprint : "secret");
        return g_variant_ref_sink(g_variant_dict_end(&record));
}

static ExitCode add_keys(Ctl *ctl, guint16 ssid, GPtrArray *records)
{
        g_autofree char *path = bus_client_server_path(ssid);
        g_autofree char *what = g_strdup_printf("server %u", ssid);
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply = bus_client_call(ctl->bus, AGENT_PATH, CREDENTIALS_INTERFACE,
                                                    "Describe", g_variant_new("(o)", path), &error);
        g_autoptr(GVariant) keys = bus_client_get_only(reply, "a(siuxs)", &error);

        if (!keys)
                return error_report(what, error);
        for (gsize i = 0; i < g_variant_n_children(keys); i++) {
                g_autoptr(GVariant) key = g_variant_get_child_value(keys, i);

                g_ptr_array_add(records, key_record(ssid, key));
        }
        return EXIT_DONE;
}

ExitCode cmd_keys(Ctl *ctl, char **args)
{
        g_autoptr(GPtrArray) records =
                g_ptr_array_new_with_free_func((GDestroyNotify) g_variant_unref);
        ExitCode code = EXIT_DONE;
        g_autoptr(GArray) ids = NULL;

        if (!output_check_fields(&ctl->output, key_fields, G_N_ELEMENTS(key_fields)))
                return EXIT_USAGE;
        ids = argument_servers(ctl, args, &code);
        for (guint i = 0; ids && i < ids->len; i++)
                code = exit_code_join(code, add_keys(ctl, g_array_index(ids, guint16, i), records));
        if (ids)
                output_table(&ctl->output, key_fields, G_N_ELEMENTS(key_fields), records);
        return code;
}
