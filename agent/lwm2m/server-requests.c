/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server asks of us, whichever way it came. */
#include "lwm2m/dispatch.h"
#include "lwm2m/server-impl.h"

/* Core 6.2.1: nothing is served before the server has answered the Register. */
static void refuse_for_now(CoapIncoming *incoming)
{
        CoapMessage message = {.code = COAP_SERVICE_UNAVAILABLE};

        coap_message_add_uint(&message, COAP_OPTION_MAX_AGE, 1);
        endpoint_reply(incoming, &message);
}

void server_serve(Server *server, Reporter *reporter, CoapIncoming *incoming,
                  const CoapMessage *request)
{
        server->totals.requests_in++;
        switch (server->state) {
        case SERVER_REGISTERED:
        case SERVER_UPDATING:
                dispatch_request(&server->requester, reporter, server->pendings, incoming, request);
                return;
        case SERVER_IDLE:
        case SERVER_RESOLVING:
        case SERVER_CONNECTING:
        case SERVER_REGISTERING:
        case SERVER_DEREGISTERING:
        case SERVER_WAITING:
        case SERVER_FAILED:
                refuse_for_now(incoming);
                return;
        }
}
