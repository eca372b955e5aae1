/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/dispatch.h"

#include <errno.h>
#include <string.h>

#include "format/format.h"
#include "lwm2m/status.h"

/* RFC 7252, 5.9.2.6. */
#define COAP_PROXYING_NOT_SUPPORTED COAP_CODE(5, 5)

/* 0, or the code of the answer. */
static uint8_t parse_path(const CoapMessage *request, Path *ret)
{
        const CoapOption *option;
        size_t position = 0;
        Path path = path_root();
        uint16_t id;
        int r;

        while ((option = coap_message_next(request, COAP_OPTION_URI_PATH, &position))) {
                if (path.level == PATH_RESOURCE_INSTANCE)
                        return COAP_BAD_OPTION;
                r = path_parse_id((const char *) option->value, option->len, &id);
                /* 65535 is reserved (Core 7.1); whatever else is no ID names nothing. */
                if (r == -ERANGE && option->len == 5 && memcmp(option->value, "65535", 5) == 0)
                        return COAP_BAD_REQUEST;
                if (r < 0)
                        return COAP_NOT_FOUND;
                path = path_child(path, id);
        }
        *ret = path;
        return 0;
}

/* -1: there is none. An elective option of wrong length counts as absent (RFC 7252, 5.4.3). */
static int get_format(const CoapMessage *request, uint16_t number)
{
        uint32_t format;

        return coap_message_get_uint(request, number, 2, &format) == 0 ? (int) format : FORMAT_NONE;
}

static uint32_t get_observe(const CoapMessage *request)
{
        uint32_t observe;

        if (coap_message_get_uint(request, COAP_OPTION_OBSERVE, 3, &observe) < 0)
                return OBSERVE_NOT;
        return observe == OBSERVE_BEGIN || observe == OBSERVE_END ? observe : OBSERVE_NOT;
}

static bool has_option(const CoapMessage *request, uint16_t number)
{
        size_t position = 0;

        return coap_message_next(request, number, &position) != NULL;
}

/* Critical options that are known and not for us. 0, or the code of the answer. */
static uint8_t check_options(const CoapMessage *request)
{
        const CoapOption *option;
        size_t position = 0;
        uint32_t accept;

        /* RFC 7252, 5.10.2 */
        if (has_option(request, COAP_OPTION_PROXY_URI) ||
            has_option(request, COAP_OPTION_PROXY_SCHEME))
                return COAP_PROXYING_NOT_SUPPORTED;
        if (coap_message_get_uint(request, COAP_OPTION_ACCEPT, 2, &accept) == -EBADMSG)
                return COAP_BAD_OPTION;
        /* Nodes have no entity tags, so no condition but "exists" can hold (RFC 7252, 5.10.8). */
        if (has_option(request, COAP_OPTION_IF_NONE_MATCH))
                return COAP_PRECONDITION_FAILED;
        option = coap_message_next(request, COAP_OPTION_IF_MATCH, &position);
        return option && option->len > 0 ? COAP_PRECONDITION_FAILED : 0;
}

static bool check_access(const Operation *operation, AccessRight right)
{
        if (operation->path.level == PATH_ROOT) {
                operation_answer(operation->incoming, COAP_BAD_REQUEST, "no path");
                return false;
        }
        if (requester_may(operation->requester, operation->path, right) < 0) {
                operation_answer_result(operation->incoming, -EACCES);
                return false;
        }
        return true;
}

static bool check_no_query(const Operation *operation)
{
        if (!has_option(operation->request, COAP_OPTION_URI_QUERY))
                return true;
        operation_answer(operation->incoming, COAP_BAD_REQUEST, "unknown query");
        return false;
}

/* False: it is answered 4.04. */
static bool check_exists(const Operation *operation, Path path)
{
        Object *object = tree_find(operation->requester->tree, path.id[0]);

        if (object && object_has(object, path) == 0)
                return true;
        operation_answer_result(operation->incoming, -ENOENT);
        return false;
}

static void on_get(const Operation *operation)
{
        if (check_access(operation, ACCESS_READ) && check_no_query(operation))
                op_read(operation);
}

static bool is_write_attributes(const Operation *operation)
{
        return operation->request->payload_len == 0 && operation->format == FORMAT_NONE &&
               has_option(operation->request, COAP_OPTION_URI_QUERY);
}

static void on_put(const Operation *operation)
{
        if (is_write_attributes(operation)) {
                if (check_access(operation, ACCESS_READ))
                        op_write_attributes(operation);
                return;
        }
        if (!check_access(operation, ACCESS_WRITE) || !check_no_query(operation))
                return;
        switch ((PathLevel) operation->path.level) {
        case PATH_ROOT:
        case PATH_OBJECT:
                /* Only a Bootstrap-Server writes objects (Core 6.1.7.2). */
                if (check_exists(operation, operation->path))
                        operation_answer_result(operation->incoming, -EPERM);
                return;
        case PATH_INSTANCE:
                op_write(operation, WRITE_REPLACE_INSTANCE);
                return;
        case PATH_RESOURCE:
                op_write(operation, WRITE_REPLACE_RESOURCES);
                return;
        case PATH_RESOURCE_INSTANCE:
                op_write(operation, WRITE_UPDATE);
                return;
        }
}

static const ResourceDefinition *find_resource(const Operation *operation)
{
        Object *object = tree_find(operation->requester->tree, operation->path.id[0]);

        return object ? definition_find_resource(object->definition, operation->path.id[2]) : NULL;
}

static AccessRight post_right(const Operation *operation)
{
        const ResourceDefinition *resource;

        if (operation->path.level == PATH_OBJECT)
                return ACCESS_CREATE;
        if (operation->path.level != PATH_RESOURCE)
                return ACCESS_WRITE;
        resource = find_resource(operation);
        return resource && resource->operations & OP_E ? ACCESS_EXECUTE : ACCESS_WRITE;
}

static void execute_existing(const Operation *operation)
{
        if (check_exists(operation, operation->path))
                op_execute(operation);
}

/* The kind of the resource decides, never what the payload looks like: Execute, or an update of a
 * set. */
static void on_post_resource(const Operation *operation)
{
        const ResourceDefinition *resource = find_resource(operation);

        if (!check_exists(operation, path_parent(operation->path)))
                return;
        if (!resource)
                operation_answer_result(operation->incoming, -ENOENT);
        else if (resource->operations & OP_E)
                execute_existing(operation);
        else if (resource->multiple)
                op_write(operation, WRITE_UPDATE);
        else
                operation_answer_result(operation->incoming, -EPERM);
}

static void on_post(const Operation *operation)
{
        if (!check_access(operation, post_right(operation)) || !check_no_query(operation))
                return;
        switch ((PathLevel) operation->path.level) {
        case PATH_INSTANCE:
                op_write(operation, WRITE_UPDATE);
                return;
        case PATH_RESOURCE:
                on_post_resource(operation);
                return;
        case PATH_ROOT:
        case PATH_OBJECT:
        case PATH_RESOURCE_INSTANCE:
                if (check_exists(operation, operation->path))
                        operation_answer_result(operation->incoming, -EPERM);
                return;
        }
}

/* Those of several paths (LwM2M Transport, 6.4.3): LwM2M 1.0 has none of them, and their paths are
 * in the payload. */
static void on_composite(const Operation *operation, void (*op)(const Operation *operation))
{
        if (operation->path.level != PATH_ROOT ||
            strcmp(operation->requester->lwm2m_version, "1.0") == 0)
                operation_answer_result(operation->incoming, -EPERM);
        else if (check_no_query(operation))
                op(operation);
}

static void on_delete(const Operation *operation)
{
        if (check_access(operation, ACCESS_DELETE) && check_no_query(operation) &&
            check_exists(operation, operation->path))
                operation_answer_result(operation->incoming, -EPERM);
}

static void on_method(const Operation *operation)
{
        switch (operation->request->code) {
        case COAP_GET:
                on_get(operation);
                return;
        case COAP_PUT:
                on_put(operation);
                return;
        case COAP_POST:
                on_post(operation);
                return;
        case COAP_DELETE:
                on_delete(operation);
                return;
        case COAP_FETCH:
                on_composite(operation, op_read_composite);
                return;
        case COAP_IPATCH:
                on_composite(operation, op_write_composite);
                return;
        default:
                operation_answer_result(operation->incoming, -EPERM);
        }
}

void dispatch_request(Requester *requester, Reporter *reporter, Pendings *pendings,
                      CoapIncoming *incoming, const CoapMessage *request)
{
        Operation operation = {
                .requester = requester,
                .reporter = reporter,
                .pendings = pendings,
                .incoming = incoming,
                .request = request,
                .token = request->token,
                .observe = get_observe(request),
                .accept = get_format(request, COAP_OPTION_ACCEPT),
                .format = get_format(request, COAP_OPTION_CONTENT_FORMAT),
        };
        uint8_t code = check_options(request);

        if (code == 0)
                code = parse_path(request, &operation.path);
        if (code != 0)
                operation_answer(incoming, code, NULL);
        else
                on_method(&operation);
}
