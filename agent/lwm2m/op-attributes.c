/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Write-Attributes (Core 6.3.4). */
#include <errno.h>

#include "lwm2m/operation.h"
#include "lwm2m/status.h"

/* What is only executed has no value to notify of. */
static int attributes_check_target(const Operation *operation)
{
        Path path = operation->path;
        Object *object = tree_find(operation->requester->tree, path.id[0]);
        const ResourceDefinition *resource;
        int r;

        r = object ? object_has(object, path) : -ENOENT;
        if (r < 0 || path.level < PATH_RESOURCE)
                return r;
        resource = definition_find_resource(object->definition, path.id[2]);
        return resource && resource->operations & OP_R ? 0 : -EPERM;
}

static bool is_numeric(const ResourceDefinition *resource)
{
        return resource && (resource->type == VALUE_INTEGER || resource->type == VALUE_UNSIGNED ||
                            resource->type == VALUE_FLOAT);
}

int operation_check_attributes(const Operation *operation, uint32_t mask)
{
        Path path = operation->path;
        Object *object = tree_find(operation->requester->tree, path.id[0]);

        if ((mask & ATTRIBUTES_NUMERIC) == 0)
                return 0;
        if (!object)
                return -ENOENT;
        if (path.level < PATH_RESOURCE)
                return -EINVAL;
        return is_numeric(definition_find_resource(object->definition, path.id[2])) ? 0 : -EINVAL;
}

void op_write_attributes(const Operation *operation)
{
        AttributeChange change = {0};
        const CoapOption *option;
        size_t position = 0;
        int r;

        r = attributes_check_target(operation);
        while (r == 0 &&
               (option = coap_message_next(operation->request, COAP_OPTION_URI_QUERY, &position)))
                r = attribute_change_parse(&change, (const char *) option->value, option->len);
        if (r == 0)
                r = operation_check_attributes(operation, change.add.set | change.remove);
        if (r == 0)
                r = attributes_change(operation->requester->attributes, operation->path, &change);
        if (r == 0)
                reporter_attributes_changed(operation->reporter, operation->path);
        operation_answer_result(operation->incoming, r);
}
