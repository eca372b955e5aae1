/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Read (Core 6.3.1), Observe and Cancel Observation (Core 6.4.1, 6.4.3), and what they share with
 * those of several paths. */
#include <errno.h>

#include "format/format.h"
#include "lwm2m/operation.h"
#include "lwm2m/representation.h"
#include "lwm2m/status.h"

static void read_answer(const Operation *operation)
{
        CoapMessage response = {.code = COAP_CONTENT};
        uint32_t sequence;
        int format, r;

        r = observed_make(operation->requester, operation->path, operation->composite,
                          operation->accept, &format, &response.payload, &response.payload_len);
        if (r == -ENOTSUP) {
                operation_answer(operation->incoming, COAP_NOT_ACCEPTABLE, "not in this format");
                return;
        }
        if (r < 0) {
                operation_answer_result(operation->incoming, r);
                return;
        }
        /* Above the limit it is an answer like that to a plain Read (RFC 7641, 4.1). */
        if (operation->observe == OBSERVE_BEGIN &&
            reporter_observe(operation->reporter, &operation->token, operation->path,
                             operation->composite, operation->accept, response.payload,
                             response.payload_len, &sequence) == 0)
                coap_message_add_uint(&response, COAP_OPTION_OBSERVE, sequence);
        coap_message_add_uint(&response, COAP_OPTION_CONTENT_FORMAT, (uint32_t) format);
        endpoint_reply(operation->incoming, &response);
}

static void read_on_refreshed(const Operation *operation, int result)
{
        if (result < 0)
                operation_answer_result(operation->incoming, result);
        else
                read_answer(operation);
}

static void read_refreshed(const Operation *operation)
{
        Pending *pending = pending_new(operation, read_on_refreshed);
        int r;

        if (!pending) {
                operation_answer_result(operation->incoming, -EBUSY);
                return;
        }
        pending_set_composite(pending, composite_ref(operation->composite));
        r = observed_refresh(operation->requester, operation->path, operation->composite,
                             pending_done, pending);
        if (r == -EINPROGRESS)
                return;
        pending_free(pending);
        read_on_refreshed(operation, r);
}

void op_read(const Operation *operation)
{
        if (operation->observe == OBSERVE_END)
                reporter_cancel(operation->reporter, &operation->token, operation->path,
                                operation->composite);
        if (observed_is_stale(operation->requester, operation->path, operation->composite))
                read_refreshed(operation);
        else
                read_answer(operation);
}
