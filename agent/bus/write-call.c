/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/write-call.h"

#include <errno.h>

#include "bus/variant.h"
#include "lwm2m/status.h"
#include "model/transaction.h"

typedef struct WriteCall {
        BusCall *call;
        Tree *tree;
        Transaction *transaction;
        Records *records; /* of all values, sorted: those of one instance stand together */
} WriteCall;

static void write_call_free(WriteCall *write)
{
        transaction_free(write->transaction);
        records_free(write->records);
        g_free(write);
}

static void write_call_end(int result, void *user)
{
        WriteCall *write = user;

        if (result < 0)
                bus_call_fail(write->call, result, "%s", status_to_text(result));
        else
                bus_call_return(write->call, NULL);
        write_call_free(write);
}

static void write_call_fail(WriteCall *write, const char *path, int error)
{
        bus_call_fail(write->call, error, "%s: %s", path, status_to_text(error));
        write_call_free(write);
}

static int collect_one(WriteCall *write, const char *text, GVariant *value)
{
        const ResourceDefinition *definition;
        Object *object;
        Path path;

        if (path_parse(text, &path) < 0 || path.level < PATH_RESOURCE)
                return -EINVAL;
        object = tree_find(write->tree, path.id[0]);
        if (!object || object_has(object, path_instance(path.id[0], path.id[1])) < 0)
                return -ENOENT;
        definition = definition_find_resource(object->definition, path.id[2]);
        if (!definition)
                return -ENOENT;
        if (!(definition->operations & OP_W))
                return -EPERM;
        return variant_to_records(path, value, definition, write->records);
}

/* FALSE: answered. */
static gboolean collect(WriteCall *write, GVariant *values)
{
        GVariantIter iter;
        const char *text;
        GVariant *value;

        g_variant_iter_init(&iter, values);
        while (g_variant_iter_next(&iter, "{&sv}", &text, &value)) {
                int r = collect_one(write, text, value);

                g_variant_unref(value);
                if (r < 0) {
                        write_call_fail(write, text, r);
                        return FALSE;
                }
        }
        if (records_sort(write->records) < 0) {
                bus_call_fail(write->call, -EINVAL, "two values for one path");
                write_call_free(write);
                return FALSE;
        }
        return TRUE;
}

/* The records from `from` on that are of the same instance; moves *from behind them. */
static Records *take_instance(const Records *all, size_t *from, Path *ret_instance)
{
        Path first = records_get(all, *from)->path;
        Path instance = path_instance(first.id[0], first.id[1]);
        Records *records = records_new();

        for (; *from < records_len(all) && path_within(records_get(all, *from)->path, instance);
             (*from)++) {
                const Record *record = records_get(all, *from);

                records_add(records, record->path, value_copy(&record->value));
        }
        *ret_instance = instance;
        return records;
}

void write_call_start(BusCall *call, Tree *tree, GVariant *values, gboolean replace)
{
        WriteMode mode = replace ? WRITE_REPLACE_INSTANCE : WRITE_REPLACE_RESOURCES;
        WriteCall *write = g_new0(WriteCall, 1);
        char text[PATH_TEXT_SIZE];
        int r;

        write->call = call;
        write->tree = tree;
        write->records = records_new();
        write->transaction = transaction_new(tree, ORIGIN_LOCAL);
        if (!collect(write, values))
                return;
        for (size_t from = 0; from < records_len(write->records);) {
                Path instance;
                Records *records = take_instance(write->records, &from, &instance);

                r = transaction_write(write->transaction, mode, instance, records);
                if (r < 0) {
                        write_call_fail(write, path_to_text(instance, text), r);
                        return;
                }
        }
        r = transaction_commit(write->transaction, write_call_end, write);
        if (r != -EINPROGRESS)
                write_call_end(r, write);
}
