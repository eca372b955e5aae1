/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Discover (Core 6.3.2). */
#include <errno.h>
#include <string.h>

#include "format/corelink.h"
#include "format/format.h"
#include "lwm2m/operation.h"
#include "lwm2m/representation.h"
#include "lwm2m/status.h"

/* "depth=1", of LwM2M 1.2. */
static int parse_depth(const CoapOption *option, int *ret)
{
        const char *text = (const char *) option->value;

        if (option->len != strlen("depth=0") || memcmp(text, "depth=", strlen("depth=")) != 0 ||
            !g_ascii_isdigit(text[option->len - 1]))
                return -EINVAL;
        *ret = text[option->len - 1] - '0';
        return 0;
}

static int parse_query(const CoapMessage *request, int *ret_depth)
{
        const CoapOption *option;
        size_t position = 0;
        int depth = -1, r;

        while ((option = coap_message_next(request, COAP_OPTION_URI_QUERY, &position))) {
                if (depth >= 0)
                        return -EINVAL;
                r = parse_depth(option, &depth);
                if (r < 0)
                        return r;
        }
        *ret_depth = depth;
        return 0;
}

static int check_target(const Requester *requester, Path path, Object **ret)
{
        Object *object;
        int r;

        if (path.level == PATH_ROOT)
                return -EINVAL;
        /* No right is needed, but nobody sees credentials (Core 6.3.2, E.1). */
        if (!corelink_lists(path.id[0]))
                return -EACCES;
        object = tree_find(requester->tree, path.id[0]);
        if (!object)
                return -ENOENT;
        r = object_has(object, path);
        if (r < 0)
                return r;
        if (path.level == PATH_RESOURCE_INSTANCE)
                return -EPERM;
        *ret = object;
        return 0;
}

void op_discover(const Operation *operation)
{
        Requester *requester = operation->requester;
        Discovery discovery = {
                .path = operation->path,
                .attributes = requester->attributes,
                .lwm2m_version = requester->lwm2m_version,
        };
        CoapMessage response = {.code = COAP_CONTENT};
        Object *object;
        int r;

        r = check_target(requester, operation->path, &object);
        if (r == 0)
                r = parse_query(operation->request, &discovery.depth);
        representation_restart(requester);
        if (r == 0)
                r = corelink_write_discovery(object, &discovery, &requester->payload);
        if (r < 0) {
                operation_answer_result(operation->incoming, r);
                return;
        }
        response.payload = requester->payload.data;
        response.payload_len = requester->payload.len;
        coap_message_add_uint(&response, COAP_OPTION_CONTENT_FORMAT, FORMAT_LINK);
        endpoint_reply(operation->incoming, &response);
}
