/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/endpoint.h"

#include "base/log.h"
#include "coap/block.h"
#include "coap/context.h"
#include "coap/duplicate.h"
#include "coap/exchange.h"
#include "coap/incoming.h"
#include "coap/notifier.h"
#include "coap/option.h"
#include "coap/responder.h"
#include "coap/retransmit.h"
#include "coap/snapshot.h"

#include <errno.h>

/* RFC 7252, 4.1 */
#define EMPTY_SIZE 4

struct Endpoint {
        CoapContext context;
        Retransmit *retransmit;
        Duplicates *duplicates;
        Snapshots *snapshots;
        Notifier *notifier;
        IncomingTable *incoming;
        Responder *responder;
        Exchanges *exchanges;
};

EndpointConfig endpoint_config_default(void)
{
        /* RFC 7252, 4.8 and 4.6 */
        return (EndpointConfig){
                .reliable = true,
                .ack_timeout_ms = 2000,
                .ack_random_per_mille = 1500,
                .max_retransmit = 4,
                .nstart = 1,
                .exchange_lifetime_ms = 247000,
                .non_lifetime_ms = 145000,
                .separate_ms = 1000,
                .block_szx = BLOCK_SZX_MAX,
                .max_message = 1152,
                .max_body = 1024 * 1024,
        };
}

Endpoint *endpoint_new(Clock *clock, const EndpointConfig *config, const EndpointOps *ops,
                       const char *name, void *user)
{
        Endpoint *endpoint = g_new0(Endpoint, 1);
        CoapContext *context = &endpoint->context;

        context_init(context, clock, config, ops, name, user);
        endpoint->retransmit = retransmit_new(context);
        endpoint->duplicates = duplicates_new(context);
        endpoint->snapshots = snapshots_new(context);
        endpoint->notifier = notifier_new(context, endpoint->retransmit, endpoint->snapshots);
        endpoint->incoming = incoming_table_new(context, endpoint->retransmit, endpoint->duplicates,
                                                endpoint->notifier);
        endpoint->responder = responder_new(context, endpoint->incoming, endpoint->snapshots);
        endpoint->exchanges = exchanges_new(context, endpoint->retransmit);
        return endpoint;
}

void endpoint_free(Endpoint *endpoint)
{
        if (!endpoint)
                return;

        /* What waits for NSTART goes first, so that nothing starts when what it waits for goes. */
        retransmit_stop(endpoint->retransmit);
        exchanges_free(endpoint->exchanges);
        responder_free(endpoint->responder);
        incoming_table_free(endpoint->incoming);
        notifier_free(endpoint->notifier);
        snapshots_free(endpoint->snapshots);
        duplicates_free(endpoint->duplicates);
        retransmit_free(endpoint->retransmit);
        context_clear(&endpoint->context);
        g_free(endpoint);
}

/* ---- Messages that come in ------------------------------------------------- */

/* RFC 7252, 4.2: what is confirmable is rejected by RST; 4.3: the rest is ignored. */
static void on_malformed(Endpoint *endpoint, const CoapMessage *message, bool header)
{
        endpoint->context.counters.malformed++;
        log_debug(endpoint->context.name, "malformed message dropped");
        if (header && message->type == COAP_CON)
                context_reject(&endpoint->context, message->id);
}

/* RFC 7252, 4.2 and 5.3.2 */
static void on_acknowledgement(Endpoint *endpoint, const CoapMessage *message)
{
        if (message->code != COAP_EMPTY && !coap_code_is_response(message->code))
                on_malformed(endpoint, message, true);
        else if (!retransmit_on_message(endpoint->retransmit, message))
                endpoint->context.counters.unexpected++;
}

static void on_reset(Endpoint *endpoint, const CoapMessage *message)
{
        if (message->code != COAP_EMPTY) {
                on_malformed(endpoint, message, true);
                return;
        }
        endpoint->context.counters.resets_received++;
        if (!retransmit_on_message(endpoint->retransmit, message) &&
            !exchanges_on_reset(endpoint->exchanges, message->id) &&
            !notifier_on_reset(endpoint->notifier, message->id))
                endpoint->context.counters.unexpected++;
}

/* RFC 7252, 4.3: a CON is a ping, a NON is to be ignored. */
static void on_empty(Endpoint *endpoint, const CoapMessage *message)
{
        if (message->type == COAP_CON)
                context_send_empty(&endpoint->context, COAP_RST, message->id);
        else
                on_malformed(endpoint, message, true);
}

static void answer_empty(Endpoint *endpoint, CoapType type, uint16_t id)
{
        uint8_t octets[EMPTY_SIZE];
        ByteWriter writer = byte_writer(octets, sizeof(octets));

        coap_message_write(&(CoapMessage){.type = type, .id = id}, &writer);
        duplicates_set_answer(endpoint->duplicates, id, octets, sizeof(octets));
        if (type == COAP_RST)
                context_reject(&endpoint->context, id);
        else
                context_send_empty(&endpoint->context, type, id);
}

/* RFC 7252, 5.3.2, and 5.4.1 for what is not understood. */
static void on_response(Endpoint *endpoint, CoapMessage *message)
{
        CoapExchange *exchange = exchanges_find(endpoint->exchanges, &message->token);
        int understood = options_check(message);

        if (!exchange)
                endpoint->context.counters.unexpected++;
        if (message->type == COAP_CON)
                answer_empty(endpoint, exchange && understood == 0 ? COAP_ACK : COAP_RST,
                             message->id);
        if (exchange)
                exchange_on_response(exchange, message, understood);
}

/* RFC 7252, 4.5. Whether it was one. */
static bool on_duplicate(Endpoint *endpoint, const CoapMessage *message)
{
        const uint8_t *answer;
        size_t len;

        if (!duplicates_find(endpoint->duplicates, message->id, &answer, &len))
                return false;
        endpoint->context.counters.duplicates++;
        if (message->type == COAP_CON && len > 0)
                context_send(&endpoint->context, answer, len);
        return true;
}

static void on_request_or_response(Endpoint *endpoint, CoapMessage *message)
{
        if (message->code == COAP_EMPTY) {
                on_empty(endpoint, message);
                return;
        }
        if (!coap_code_is_request(message->code) && !coap_code_is_response(message->code)) {
                on_malformed(endpoint, message, true); /* RFC 7252, 4.2: a reserved class */
                return;
        }
        if (on_duplicate(endpoint, message))
                return;
        duplicates_add(endpoint->duplicates, message->id, message->type == COAP_CON);
        if (coap_code_is_request(message->code))
                responder_on_request(endpoint->responder, message);
        else
                on_response(endpoint, message);
}

void endpoint_on_message(Endpoint *endpoint, const void *data, size_t len)
{
        CoapMessage message;
        bool header;

        endpoint->context.counters.received++;
        if (coap_message_parse(data, len, &message, &header) < 0) {
                on_malformed(endpoint, &message, header);
                return;
        }
        switch (message.type) {
        case COAP_ACK:
                on_acknowledgement(endpoint, &message);
                break;
        case COAP_RST:
                on_reset(endpoint, &message);
                break;
        case COAP_CON:
        case COAP_NON:
                on_request_or_response(endpoint, &message);
                break;
        }
}

/* An answer that was acknowledged or rejected before: it is again. */
static bool is_repeated_answer(const Endpoint *endpoint, const CoapMessage *message)
{
        const uint8_t *answer;
        size_t len;

        return message->type == COAP_CON &&
               duplicates_find(endpoint->duplicates, message->id, &answer, &len) &&
               len == EMPTY_SIZE;
}

static bool expects_reset(const Endpoint *endpoint, const CoapMessage *message)
{
        return retransmit_expects(endpoint->retransmit, message) ||
               exchanges_expect_reset(endpoint->exchanges, message->id) ||
               notifier_expects_reset(endpoint->notifier, message->id);
}

bool endpoint_expects(const Endpoint *endpoint, const CoapMessage *message)
{
        switch (message->type) {
        case COAP_ACK:
                return retransmit_expects(endpoint->retransmit, message);
        case COAP_RST:
                return expects_reset(endpoint, message);
        case COAP_CON:
        case COAP_NON:
                break;
        }

        return !coap_code_is_response(message->code) ||
               exchanges_find(endpoint->exchanges, &message->token) ||
               is_repeated_answer(endpoint, message);
}

/* ---- What the user calls --------------------------------------------------- */

void endpoint_set_max_message(Endpoint *endpoint, size_t max_message)
{
        endpoint->context.config.max_message = max_message;
}

int endpoint_request(Endpoint *endpoint, const CoapMessage *request, CoapResponseFunc done,
                     void *user, CoapExchange **ret)
{
        return exchanges_request(endpoint->exchanges, request, done, user, ret);
}

void endpoint_reply(CoapIncoming *incoming, const CoapMessage *response)
{
        responder_reply(incoming, response);
}

void endpoint_ignore(CoapIncoming *incoming)
{
        incoming_free(incoming);
}

void coap_incoming_set_data(CoapIncoming *incoming, void *data)
{
        incoming->data = data;
}

void *coap_incoming_get_data(const CoapIncoming *incoming)
{
        return incoming->data;
}

int endpoint_notify(Endpoint *endpoint, const CoapToken *token, const CoapMessage *request_key,
                    const CoapMessage *notification, bool confirmable)
{
        return notifier_send(endpoint->notifier, token, request_key, notification, confirmable);
}

void endpoint_forget_notifications(Endpoint *endpoint, const CoapToken *token)
{
        notifier_forget(endpoint->notifier, token);
}

bool endpoint_is_reliable(const Endpoint *endpoint)
{
        return endpoint->context.config.reliable;
}

const EndpointCounters *endpoint_counters(const Endpoint *endpoint)
{
        return &endpoint->context.counters;
}

unsigned endpoint_pending(const Endpoint *endpoint)
{
        return retransmit_count(endpoint->retransmit) + exchanges_waiting(endpoint->exchanges);
}
