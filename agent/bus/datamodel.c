/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/datamodel.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "bus/variant.h"
#include "bus/write-call.h"
#include "dbus/lwm2md-interfaces.h"
#include "lwm2m/operation.h"
#include "lwm2m/status.h"

struct BusDatamodel {
        Tree *tree;
        Export *export;
};

/* A Read whose objects bring their values up to date, one path after another. */
typedef struct ReadCall {
        BusCall *call;
        Tree *tree;
        Path *paths;
        size_t n, refreshed;
} ReadCall;

static void fail_path(BusCall *call, Path path, int error)
{
        char text[PATH_TEXT_SIZE];

        bus_call_fail(call, error, "%s: %s", path_to_text(path, text), status_to_text(error));
}

static void read_call_free(ReadCall *read)
{
        g_free(read->paths);
        g_free(read);
}

/* Whether an entry for that path comes with another path that was asked for. An instance of a
 * resource has an entry of its own. */
static bool is_covered(const ReadCall *read, size_t index)
{
        Path path = read->paths[index];

        for (size_t i = 0; i < read->n; i++) {
                bool same = path_compare(path, read->paths[i]) == 0;

                if (same ? i < index
                         : path.level <= PATH_RESOURCE && path_within(path, read->paths[i]))
                        return true;
        }
        return false;
}

static int read_one(const ReadCall *read, size_t index, GVariantBuilder *values)
{
        g_autoptr(Records) records = records_new();
        Path path = read->paths[index];
        Object *object = tree_find(read->tree, path.id[0]);
        int r = object ? object_read(object, path, NULL, NULL, records) : -ENOENT;

        if (r == 0 && !is_covered(read, index))
                variant_add_records(values, path, records);
        return r;
}

static void read_call_answer(ReadCall *read)
{
        GVariantBuilder values;

        g_variant_builder_init(&values, G_VARIANT_TYPE("a{sv}"));
        for (size_t i = 0; i < read->n; i++) {
                int r = read_one(read, i, &values);

                if (r < 0) {
                        g_variant_builder_clear(&values);
                        fail_path(read->call, read->paths[i], r);
                        read_call_free(read);
                        return;
                }
        }
        bus_call_return(read->call, g_variant_new("(a{sv})", &values));
        read_call_free(read);
}

static void read_call_on_refreshed(int result, void *user);

/* Asks the objects in turn; those whose values are always fresh are passed over. */
static void read_call_go_on(ReadCall *read)
{
        while (read->refreshed < read->n) {
                Path path = read->paths[read->refreshed++];
                Object *object = tree_find(read->tree, path.id[0]);
                int r = object && object->ops->refresh
                                ? object->ops->refresh(object, path, read_call_on_refreshed, read)
                                : 0;

                if (r == -EINPROGRESS)
                        return;
                if (r < 0) {
                        fail_path(read->call, path, r);
                        read_call_free(read);
                        return;
                }
        }
        read_call_answer(read);
}

static void read_call_on_refreshed(int result, void *user)
{
        ReadCall *read = user;

        if (result == 0) {
                read_call_go_on(read);
                return;
        }
        fail_path(read->call, read->paths[read->refreshed - 1], result);
        read_call_free(read);
}

/* FALSE: answered. `paths` has room for all of `texts`. */
static gboolean parse_paths(BusCall *call, const char *const *texts, Path *paths)
{
        for (size_t i = 0; texts[i]; i++) {
                if (path_parse(texts[i], &paths[i]) == 0 && paths[i].level != PATH_ROOT)
                        continue;
                bus_call_fail(call, -EINVAL, "\"%s\" is not a path such as /3, /3/0 or /3/0/9",
                              texts[i]);
                return FALSE;
        }
        return TRUE;
}

static void datamodel_read(BusCall *call, GVariant *parameters, void *user)
{
        BusDatamodel *datamodel = user;
        g_autoptr(GVariant) list = g_variant_get_child_value(parameters, 0);
        g_autoptr(GVariant) options = g_variant_get_child_value(parameters, 1);
        g_autofree const char **texts = NULL;
        size_t n = g_variant_n_children(list);
        ReadCall *read;

        if (!bus_call_check_options(call, options, ""))
                return;
        if (n == 0 || n > BUS_DATAMODEL_MAX_PATHS) {
                bus_call_fail(call, -EINVAL, "%zu paths; allowed: 1 to %d", n,
                              BUS_DATAMODEL_MAX_PATHS);
                return;
        }
        texts = g_variant_get_strv(list, NULL);
        read = g_new0(ReadCall, 1);
        read->call = call;
        read->tree = datamodel->tree;
        read->n = n;
        read->paths = g_new0(Path, n);
        if (parse_paths(call, texts, read->paths))
                read_call_go_on(read);
        else
                read_call_free(read);
}

static void datamodel_write(BusCall *call, GVariant *parameters, void *user)
{
        BusDatamodel *datamodel = user;
        g_autoptr(GVariant) options = g_variant_get_child_value(parameters, 1);
        g_autoptr(GVariant) values = g_variant_get_child_value(parameters, 0);
        gboolean replace = FALSE;

        if (!bus_call_check_options(call, options, "replace:b"))
                return;
        g_variant_lookup(options, "replace", "b", &replace);
        if (g_variant_n_children(values) == 0 ||
            g_variant_n_children(values) > BUS_DATAMODEL_MAX_PATHS) {
                bus_call_fail(call, -EINVAL, "%zu values; allowed: 1 to %d",
                              g_variant_n_children(values), BUS_DATAMODEL_MAX_PATHS);
                return;
        }
        write_call_start(call, datamodel->tree, values, replace);
}

static void execute_on_done(int result, void *user)
{
        if (result < 0)
                bus_call_fail(user, result, "%s", status_to_text(result));
        else
                bus_call_return(user, NULL);
}

static int execute(Object *object, Path path, const char *arguments, BusCall *call)
{
        const ResourceDefinition *definition;

        if (!object || object_has(object, path) < 0)
                return -ENOENT;
        definition = definition_find_resource(object->definition, path.id[2]);
        if (!definition || !(definition->operations & OP_E) || !object->ops->execute)
                return -EPERM;
        return object->ops->execute(object, ORIGIN_LOCAL, path.id[1], path.id[2], arguments,
                                    execute_on_done, call);
}

static void datamodel_execute(BusCall *call, GVariant *parameters, void *user)
{
        BusDatamodel *datamodel = user;
        g_autoptr(GVariant) options = g_variant_get_child_value(parameters, 2);
        const char *text, *arguments;
        Path path;
        int r;

        if (!bus_call_check_options(call, options, ""))
                return;
        g_variant_get(parameters, "(&s&s@a{sv})", &text, &arguments, NULL);
        if (path_parse(text, &path) < 0 || path.level != PATH_RESOURCE) {
                bus_call_fail(call, -EINVAL, "\"%s\" is not the path of a resource such as /3/0/4",
                              text);
                return;
        }
        if (!execute_arguments_valid(arguments, strlen(arguments))) {
                bus_call_fail(call, -EINVAL,
                              "%s: \"%s\" are no arguments; allowed: 0='text',1,2='more'", text,
                              arguments);
                return;
        }
        r = execute(tree_find(datamodel->tree, path.id[0]), path, arguments, call);
        if (r == 0)
                bus_call_return(call, NULL);
        else if (r != -EINPROGRESS)
                fail_path(call, path, r);
}

static const ExportMethod datamodel_methods[] = {
        {"Read", BUS_ACTION_READ, datamodel_read},
        {"Write", BUS_ACTION_WRITE, datamodel_write},
        {"Execute", BUS_ACTION_WRITE, datamodel_execute},
};

static const ExportTable datamodel_table = {
        &lwm2md_data_model_interface, datamodel_methods, G_N_ELEMENTS(datamodel_methods), NULL, 0,
};

BusDatamodel *bus_datamodel_new(GDBusConnection *connection, Authorizer *authorizer, Tree *tree)
{
        BusDatamodel *datamodel = g_new0(BusDatamodel, 1);

        datamodel->tree = tree;
        datamodel->export =
                export_new(connection, authorizer, "/org/lwm2md1", &datamodel_table, datamodel);
        return datamodel;
}

void bus_datamodel_free(BusDatamodel *datamodel)
{
        if (!datamodel)
                return;
        export_free(datamodel->export);
        g_free(datamodel);
}

Export *bus_datamodel_export(BusDatamodel *datamodel)
{
        return datamodel->export;
}
