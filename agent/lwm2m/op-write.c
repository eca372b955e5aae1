/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Write: replace and partial update of an instance, a resource or a resource instance (Core 6.3.3).
 */
#include <errno.h>

#include "format/format.h"
#include "lwm2m/operation.h"
#include "lwm2m/status.h"

/* What can be said before the payload is looked at. */
static int write_check_target(Object *object, Path path)
{
        const ResourceDefinition *resource;
        int r;

        r = object_has(object, path_instance(path.id[0], path.id[1]));
        if (r < 0 || path.level == PATH_INSTANCE)
                return r;
        resource = definition_find_resource(object->definition, path.id[2]);
        if (!resource)
                return -ENOENT;
        if (!(resource->operations & OP_W))
                return -EPERM;
        if (path.level == PATH_RESOURCE)
                return 0;
        /* A resource instance is replaced where it exists, and not created by a Write (Core 6.3.3).
         */
        return resource->multiple ? object_has(object, path) : -EPERM;
}

/* Without Content-Format: what a single value without further marks would be read as. */
static int write_format(const Operation *operation, const ObjectDefinition *definition)
{
        int format;

        if (operation->format != FORMAT_NONE)
                return operation->format;
        format = format_default(operation->path, definition, operation->requester->lwm2m_version);
        return format == FORMAT_TEXT || format == FORMAT_OPAQUE ? format : -ENOTSUP;
}

static int write_decode(const Operation *operation, Object *object, Records **ret)
{
        int format = write_format(operation, object->definition);

        if (format < 0 || !format_can_decode(format))
                return -ENOTSUP;
        return format_decode(format, operation->path, object->definition,
                             operation->request->payload, operation->request->payload_len, ret);
}

void op_write(const Operation *operation, WriteMode mode)
{
        Object *object = tree_find(operation->requester->tree, operation->path.id[0]);
        g_autoptr(Transaction) transaction = NULL;
        Records *records;
        int r;

        r = object ? write_check_target(object, operation->path) : -ENOENT;
        if (r == 0)
                r = write_decode(operation, object, &records);
        if (r < 0) {
                operation_answer_result(operation->incoming, r);
                return;
        }
        transaction = transaction_new(operation->requester->tree, operation->requester->ssid);
        r = transaction_write(transaction, mode, operation->path, records);
        if (r < 0) {
                operation_answer_result(operation->incoming, r);
                return;
        }
        operation_commit(operation, g_steal_pointer(&transaction));
}
