/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Execute (Core 6.3.5). */
#include <errno.h>

#include "format/format.h"
#include "lwm2m/operation.h"
#include "lwm2m/status.h"

/* Core 6.3.5: a digit, and where it has a value, "='" value "'". */
static bool argument_parse(const char *text, size_t len, size_t *position, unsigned *seen)
{
        size_t i = *position;
        unsigned digit;

        if (i >= len || text[i] < '0' || text[i] > '9')
                return false;
        digit = 1u << (text[i++] - '0');
        if (*seen & digit)
                return false;
        *seen |= digit;
        if (i < len && text[i] == '=') {
                if (++i >= len || text[i++] != '\'')
                        return false;
                while (i < len && text[i] > ' ' && text[i] <= '~' && text[i] != '\'' &&
                       text[i] != '"' && text[i] != '\\')
                        i++;
                if (i >= len || text[i++] != '\'')
                        return false;
        }
        *position = i;
        return true;
}

bool execute_arguments_valid(const char *text, size_t len)
{
        unsigned seen = 0;
        size_t i = 0;

        if (len == 0)
                return true;
        while (argument_parse(text, len, &i, &seen)) {
                if (i == len)
                        return true;
                if (text[i++] != ',')
                        return false;
        }
        return false;
}

static void execute_on_done(const Operation *operation, int result)
{
        operation_answer_result(operation->incoming, result);
}

void op_execute(const Operation *operation)
{
        Object *object = tree_find(operation->requester->tree, operation->path.id[0]);
        const CoapMessage *request = operation->request;
        const char *payload = (const char *) request->payload;
        g_autofree char *arguments = NULL;
        Pending *pending;
        int r;

        if (operation->format != FORMAT_NONE && operation->format != FORMAT_TEXT) {
                operation_answer_result(operation->incoming, -ENOTSUP);
                return;
        }
        if (!execute_arguments_valid(payload, request->payload_len)) {
                operation_answer(operation->incoming, COAP_BAD_REQUEST, "malformed arguments");
                return;
        }
        if (!object->ops->execute) {
                operation_answer_result(operation->incoming, -EPERM);
                return;
        }
        pending = pending_new(operation, execute_on_done);
        if (!pending) {
                operation_answer_result(operation->incoming, -EBUSY);
                return;
        }
        arguments =
                request->payload_len > 0 ? g_strndup(payload, request->payload_len) : g_strdup("");
        r = object->ops->execute(object, operation->requester->ssid, operation->path.id[1],
                                 operation->path.id[2], arguments, pending_done, pending);
        if (r == -EINPROGRESS)
                return;
        pending_free(pending);
        operation_answer_result(operation->incoming, r);
}
