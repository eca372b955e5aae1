/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server asks of us, whichever way it came. */
#include <string.h>

#include "lwm2m/dispatch.h"
#include "lwm2m/server-impl.h"
#include "sms/peer.h"

/* Core 6.2.1: nothing is served before the server has answered the Register. Silence would cost the
 * server as much, in counters and messages, and leave it to wonder. A Register by SMS takes its
 * time, for which the default Max-Age of 60 s (RFC 7252, 5.10.5) is right. */
static void refuse_for_now(const Server *server, CoapIncoming *incoming)
{
        CoapMessage message = {.code = COAP_SERVICE_UNAVAILABLE};

        if (!server->over_sms)
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
                refuse_for_now(server, incoming);
                return;
        }
}

/* With /1/x/21, which 1.0 has not, short messages beside another transport are triggers and nothing
 * else (LwM2M Transport, 6.5). Without security what is more than a trigger could be anybody's. */
SmsHearing server_sms_hearing(const Server *server)
{
        bool has_trigger = !server->version_refused && strcmp(server->context->version, "1.0") != 0;
        bool by_sms = server->over_sms || server->probing;

        if (has_trigger && server->account.trigger && !by_sms)
                return SMS_HEARS_TRIGGERS;
        if (!by_sms && !account_has_sms(&server->account))
                return SMS_HEARS_NOTHING;
        return server->account.sms_mode == SMS_MODE_NOSEC ? SMS_HEARS_TRIGGERS : SMS_HEARS_ALL;
}

void server_on_sms_request(Server *server, CoapIncoming *incoming, const CoapMessage *request)
{
        bool by_sms = server->over_sms || server->probing;
        Reporter *reporter = by_sms ? server->reporter : server->sms.reporter;
        SmsHearing hearing = server_sms_hearing(server);

        if (request_is_of_client(request, &server->registration))
                hearing = SMS_HEARS_NOTHING;
        switch (hearing) {
        case SMS_HEARS_NOTHING:
                server->sms.ignored++;
                endpoint_ignore(incoming);
                return;
        case SMS_HEARS_TRIGGERS:
                server_on_trigger(server, request);
                endpoint_ignore(incoming);
                return;
        case SMS_HEARS_ALL:
                peer_trust_sender(transport_link(server->sms.transport));
                server_on_answered_trigger(server, request);
                if (server->probing) {
                        server->totals.requests_in++;
                        dispatch_request(&server->requester, reporter, server->pendings, incoming,
                                         request);
                } else {
                        server_serve(server, reporter, incoming, request);
                }
                return;
        }
}
