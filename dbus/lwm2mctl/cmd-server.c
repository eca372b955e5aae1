/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "arguments.h"
#include "bus-client.h"
#include "ctl.h"
#include "errors.h"

/* What register, update, deregister and send differ in. */
typedef struct {
        const char *method;
        const char *done;  /* when the server has answered */
        const char *asked; /* with --no-wait */
} Action;

/* One action at several servers at once. */
typedef struct {
        Ctl *ctl;
        const Action *action;
        char **paths; /* of send, else NULL */
        unsigned pending;
        ExitCode code;
        GPtrArray *records;
} Batch;

typedef struct {
        Batch *batch;
        guint16 ssid;
} Call;

static const Field result_fields[] = {
        {"server", "SERVER"},
        {"result", "RESULT"},
};

static void batch_add(Batch *batch, guint16 ssid, const char *result)
{
        g_auto(GVariantDict) record = G_VARIANT_DICT_INIT(NULL);

        g_variant_dict_insert(&record, "server", "q", ssid);
        g_variant_dict_insert(&record, "result", "s", result);
        g_ptr_array_add(batch->records, g_variant_ref_sink(g_variant_dict_end(&record)));
}

static void batch_on_error(Batch *batch, guint16 ssid, const GError *error)
{
        g_autofree char *what = g_strdup_printf("server %u", ssid);
        g_autofree char *name = g_dbus_error_get_remote_error(error);

        batch->code = exit_code_join(batch->code, error_report(what, error));
        batch_add(batch, ssid, name ? error_words(name) : "no answer");
}

static void call_on_reply(GObject *source, GAsyncResult *result, gpointer user_data)
{
        g_autofree Call *call = user_data;
        Batch *batch = call->batch;
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
        const char *words = batch->ctl->wait ? batch->action->done : batch->action->asked;

        batch->pending--;
        if (!reply) {
                batch_on_error(batch, call->ssid, error);
                return;
        }
        batch_add(batch, call->ssid, words);
        if (batch->ctl->output.format == OUTPUT_SCREEN && !batch->ctl->quiet)
                printf("Server %u: %s\n", call->ssid, words);
}

static GVariant *action_parameters(const Ctl *ctl, char **paths)
{
        g_auto(GVariantDict) options = G_VARIANT_DICT_INIT(NULL);

        g_variant_dict_insert(&options, "wait", "b", ctl->wait);
        if (ctl->objects)
                g_variant_dict_insert(&options, "objects", "b", TRUE);
        if (paths)
                return g_variant_new("(^as@a{sv})", paths, g_variant_dict_end(&options));
        return g_variant_new("(@a{sv})", g_variant_dict_end(&options));
}

static void batch_start(Batch *batch, guint16 ssid)
{
        g_autofree char *path = bus_client_server_path(ssid);
        g_autoptr(GError) error = NULL;
        Call *call = g_new0(Call, 1);

        call->batch = batch;
        call->ssid = ssid;
        if (bus_client_call_long(batch->ctl->bus, path, SERVER_INTERFACE, batch->action->method,
                                 action_parameters(batch->ctl, batch->paths), call_on_reply, call,
                                 &error)) {
                batch->pending++;
                return;
        }
        batch_on_error(batch, ssid, error);
        g_free(call);
}

static ExitCode run_action(Ctl *ctl, char **args, char **paths, const Action *action)
{
        g_autoptr(GPtrArray) records =
                g_ptr_array_new_with_free_func((GDestroyNotify) g_variant_unref);
        Batch batch = {.ctl = ctl, .action = action, .paths = paths, .records = records};
        g_autoptr(GArray) ids = NULL;

        if (!output_check_fields(&ctl->output, result_fields, G_N_ELEMENTS(result_fields)))
                return EXIT_USAGE;
        ids = argument_servers(ctl, args, &batch.code);
        for (guint i = 0; ids && i < ids->len; i++)
                batch_start(&batch, g_array_index(ids, guint16, i));
        while (batch.pending > 0)
                g_main_context_iteration(NULL, TRUE);
        if (ids && ctl->output.format != OUTPUT_SCREEN && !ctl->quiet)
                output_table(&ctl->output, result_fields, G_N_ELEMENTS(result_fields), records);
        return batch.code;
}

ExitCode cmd_register(Ctl *ctl, char **args)
{
        static const Action action = {"Register", "registered", "registration asked for"};

        return run_action(ctl, args, NULL, &action);
}

ExitCode cmd_update(Ctl *ctl, char **args)
{
        static const Action action = {"Update", "updated", "update asked for"};

        return run_action(ctl, args, NULL, &action);
}

ExitCode cmd_deregister(Ctl *ctl, char **args)
{
        static const Action action = {"Deregister", "deregistered", "deregistration asked for"};

        return run_action(ctl, args, NULL, &action);
}

/* Servers first, paths behind them. */
ExitCode cmd_send(Ctl *ctl, char **args)
{
        static const Action action = {"Send", "sent", "sending asked for"};
        g_autoptr(GPtrArray) ids = g_ptr_array_new();

        while (*args && **args != '/')
                g_ptr_array_add(ids, *args++);
        g_ptr_array_add(ids, NULL);
        if (!*args)
                return error_usage("send: no path such as /3/0/9");
        return run_action(ctl, (char **) ids->pdata, args, &action);
}

static const Field observation_fields[] = {
        {"server", "SERVER"}, {"paths", "PATH"}, {"token", "TOKEN", SHOW_TOKEN},
        {"pmin", "PMIN"},     {"pmax", "PMAX"},  {"notifications", "NOTIFICATIONS"},
};

static GVariant *observation_record(guint16 ssid, GVariant *observation)
{
        g_autoptr(GVariant) paths = g_variant_get_child_value(observation, 0);
        g_autoptr(GVariant) token = g_variant_get_child_value(observation, 1);
        g_autoptr(GVariant) attributes = g_variant_get_child_value(observation, 2);
        g_autoptr(GVariant) sent = g_variant_get_child_value(observation, 3);
        g_auto(GVariantDict) record = G_VARIANT_DICT_INIT(attributes);

        g_variant_dict_insert(&record, "server", "q", ssid);
        g_variant_dict_insert_value(&record, "paths", paths);
        g_variant_dict_insert_value(&record, "token", token);
        g_variant_dict_insert_value(&record, "notifications", sent);
        return g_variant_ref_sink(g_variant_dict_end(&record));
}

static ExitCode add_observations(Ctl *ctl, guint16 ssid, GPtrArray *records)
{
        g_autofree char *path = bus_client_server_path(ssid);
        g_autofree char *what = g_strdup_printf("server %u", ssid);
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply =
                bus_client_call(ctl->bus, path, SERVER_INTERFACE, "ListObservations", NULL, &error);
        g_autoptr(GVariant) list = bus_client_get_only(reply, "a(asaya{sv}u)", &error);

        if (!list)
                return error_report(what, error);
        for (gsize i = 0; i < g_variant_n_children(list); i++) {
                g_autoptr(GVariant) observation = g_variant_get_child_value(list, i);

                g_ptr_array_add(records, observation_record(ssid, observation));
        }
        return EXIT_DONE;
}

ExitCode cmd_observations(Ctl *ctl, char **args)
{
        g_autoptr(GPtrArray) records =
                g_ptr_array_new_with_free_func((GDestroyNotify) g_variant_unref);
        ExitCode code = EXIT_DONE;
        g_autoptr(GArray) ids = NULL;

        if (!output_check_fields(&ctl->output, observation_fields,
                                 G_N_ELEMENTS(observation_fields)))
                return EXIT_USAGE;
        ids = argument_servers(ctl, args, &code);
        for (guint i = 0; ids && i < ids->len; i++)
                code = exit_code_join(
                        code, add_observations(ctl, g_array_index(ids, guint16, i), records));
        if (ids)
                output_table(&ctl->output, observation_fields, G_N_ELEMENTS(observation_fields),
                             records);
        return code;
}
