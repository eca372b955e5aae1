/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Read-Composite and Write-Composite (Core 6.3.8, 6.3.9), Observe-Composite and its end (Core
 * 6.4.4, 6.4.5). */
#include <errno.h>

#include "format/format.h"
#include "lwm2m/operation.h"
#include "lwm2m/status.h"

static bool is_etch(int format)
{
        return format == FORMAT_SENML_ETCH_JSON || format == FORMAT_SENML_ETCH_CBOR;
}

/* ---- Reading -------------------------------------------------------------------- */

/* Without Accept the answer is in the format of the request. */
static int answer_format(const Operation *operation)
{
        int format = operation->accept == FORMAT_NONE ? operation->format : operation->accept;

        return format_can_composite(format) && !is_etch(format) ? format : -ENOTSUP;
}

void op_read_composite(const Operation *operation)
{
        const CoapMessage *request = operation->request;
        g_autoptr(Composite) composite = NULL;
        g_autoptr(PathList) paths = NULL;
        Operation read = *operation;
        int format, r;

        r = is_etch(operation->format) ? -ENOTSUP
                                       : format_decode_paths(operation->format, request->payload,
                                                             request->payload_len, &paths);
        if (r == 0 && path_list_len(paths) == 0)
                r = -EINVAL;
        if (r < 0) {
                operation_answer_result(operation->incoming, r);
                return;
        }
        format = answer_format(operation);
        if (format < 0) {
                operation_answer(operation->incoming, COAP_NOT_ACCEPTABLE, "not in this format");
                return;
        }
        composite = composite_new(paths, format, request->payload, request->payload_len);
        read.composite = composite;
        op_read(&read);
}

/* ---- Writing -------------------------------------------------------------------- */

/* One Write-Composite while it is put together. */
typedef struct Writing {
        const Operation *operation;
        Transaction *transaction;
        const Records *given; /* sorted: those of one instance stand together */
} Writing;

static const ObjectDefinition *find_definition(uint16_t id, void *user)
{
        Object *object = tree_find(user, id);

        return object ? object->definition : NULL;
}

/* What is said of the path itself, as of one that a Write names. */
static int check_path(const Operation *operation, Path path)
{
        const ResourceDefinition *resource;
        Object *object;
        int r;

        r = requester_may(operation->requester, path, ACCESS_WRITE);
        if (r < 0)
                return r;
        object = tree_find(operation->requester->tree, path.id[0]);
        r = object ? object_has(object, path_instance(path.id[0], path.id[1])) : -ENOENT;
        if (r < 0 || path.level < PATH_RESOURCE)
                return r;
        resource = definition_find_resource(object->definition, path.id[2]);
        if (!resource)
                return -ENOENT;
        return resource->operations & OP_W ? 0 : -EPERM;
}

static int check_paths(const Writing *writing)
{
        for (size_t i = 0; i < records_len(writing->given); i++) {
                int r = check_path(writing->operation, records_get(writing->given, i)->path);

                if (r < 0)
                        return r;
        }
        return 0;
}

static bool is_deletion(const Record *record)
{
        return record->path.level == PATH_RESOURCE_INSTANCE && record->value.type == VALUE_NONE;
}

/* The end of those at or below `path`. */
static size_t run_end(const Records *records, size_t from, Path path)
{
        while (from < records_len(records) && path_within(records_get(records, from)->path, path))
                from++;
        return from;
}

static bool is_given(const Records *given, size_t from, size_t end, Path path)
{
        for (size_t i = from; i < end; i++)
                if (path_equal(records_get(given, i)->path, path))
                        return true;
        return false;
}

/* A multiple resource is replaced by what it will have: of what it has, what is not given. */
static int keep_siblings(Object *object, const Records *given, size_t from, size_t end,
                         Records *records)
{
        g_autoptr(Records) present = records_new();
        Path resource = path_parent(records_get(given, from)->path);
        int r;

        r = object->ops->read(object, resource.id[1], resource.id[2], present);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (size_t i = 0; r == 0 && i < records_len(present); i++) {
                Path path = records_get(present, i)->path;

                if (path.level == PATH_RESOURCE_INSTANCE && !is_given(given, from, end, path))
                        r = records_add(records, path, records_take(present, i));
        }
        return r;
}

/* The records of one resource, as a Write that replaces it has them. */
static int add_resource(Object *object, const Records *given, size_t from, size_t end,
                        Records *records)
{
        Path first = records_get(given, from)->path;
        size_t before = records_len(records);
        int r = 0;

        if (first.level == PATH_RESOURCE_INSTANCE)
                r = keep_siblings(object, given, from, end, records);
        for (size_t i = from; r == 0 && i < end; i++) {
                const Record *record = records_get(given, i);

                if (!is_deletion(record))
                        r = records_add(records, record->path, value_copy(&record->value));
        }
        if (r == 0 && records_len(records) == before) /* the last one is deleted */
                r = records_add(records, path_parent(first), (Value){.type = VALUE_NONE});
        return r;
}

/* A resource instance of a single resource is nothing that could be kept or deleted. */
static int check_form(const Object *object, Path path)
{
        const ResourceDefinition *resource =
                definition_find_resource(object->definition, path.id[2]);

        return path.level == PATH_RESOURCE_INSTANCE && !resource->multiple ? -EINVAL : 0;
}

/* Those from *from on that are of one instance; moves *from behind them. */
static int write_instance(const Writing *writing, size_t *from)
{
        Path first = records_get(writing->given, *from)->path;
        Path instance = path_instance(first.id[0], first.id[1]);
        Object *object = tree_find(writing->operation->requester->tree, first.id[0]);
        size_t end = run_end(writing->given, *from, instance);
        Records *records = records_new();
        int r = 0;

        while (r == 0 && *from < end) {
                Path path = records_get(writing->given, *from)->path;
                size_t next = *from + 1;

                if (path.level >= PATH_RESOURCE) {
                        next = run_end(writing->given, *from,
                                       path_resource(path.id[0], path.id[1], path.id[2]));
                        r = check_form(object, path);
                        if (r == 0)
                                r = add_resource(object, writing->given, *from, next, records);
                }
                *from = next;
        }
        if (r < 0 || records_len(records) == 0) {
                records_free(records);
                return r;
        }
        r = transaction_write(writing->transaction, WRITE_REPLACE_RESOURCES, instance, records);
        return r == -ENOSPC ? -E2BIG : r;
}

static int write_all(const Writing *writing)
{
        size_t from = 0;
        int r = check_paths(writing);

        while (r == 0 && from < records_len(writing->given))
                r = write_instance(writing, &from);
        return r;
}

void op_write_composite(const Operation *operation)
{
        const CoapMessage *request = operation->request;
        Tree *tree = operation->requester->tree;
        g_autoptr(Transaction) transaction = NULL;
        g_autoptr(Records) given = NULL;
        Writing writing = {.operation = operation};
        int r;

        r = format_decode_composite(operation->format, find_definition, tree, request->payload,
                                    request->payload_len, &given);
        if (r == 0 && records_len(given) == 0)
                r = -EINVAL;
        if (r == 0) {
                transaction = transaction_new(tree, operation->requester->ssid);
                writing.transaction = transaction;
                writing.given = given;
                r = write_all(&writing);
        }
        if (r < 0)
                operation_answer_result(operation->incoming, r);
        else
                operation_commit(operation, g_steal_pointer(&transaction));
}
