/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/exchange.h"

#include "coap/block-client.h"
#include "coap/option.h"

#include <errno.h>

struct Exchanges {
        CoapContext *context;
        Retransmit *retransmit;
        GQueue all;
};

struct CoapExchange {
        GList link;
        Exchanges *exchanges;
        CoapType type;
        CoapToken token; /* of the message under way */
        uint16_t id;     /* of one that is not confirmable */
        BlockClient client;
        Transmission *transmission; /* NULL: acknowledged, or not confirmable */
        Timer *timer;               /* then: until the response is given up */
        int refused;                /* by the transport, when it was sent not confirmable */
        CoapResponseFunc done;
        void *user;
};

Exchanges *exchanges_new(CoapContext *context, Retransmit *retransmit)
{
        Exchanges *exchanges = g_new0(Exchanges, 1);

        exchanges->context = context;
        exchanges->retransmit = retransmit;
        return exchanges;
}

static void exchange_free(CoapExchange *exchange)
{
        g_queue_unlink(&exchange->exchanges->all, &exchange->link);
        if (exchange->transmission)
                transmission_cancel(exchange->transmission);
        timer_free(exchange->timer);
        block_client_clear(&exchange->client);
        g_free(exchange);
}

void exchanges_free(Exchanges *exchanges)
{
        if (!exchanges)
                return;

        while (exchanges->all.head)
                exchange_free(exchanges->all.head->data);
        g_free(exchanges);
}

void exchange_cancel(CoapExchange *exchange)
{
        exchange_free(exchange);
}

/* `response`, if any, may view what the exchange holds. */
static void exchange_finish(CoapExchange *exchange, int result, const CoapMessage *response)
{
        CoapResponseFunc done = exchange->done;
        void *user = exchange->user;
        BlockClient client = exchange->client;

        exchange->client = (BlockClient){0};
        exchange_free(exchange);
        done(result, result < 0 ? NULL : response, user);
        block_client_clear(&client);
}

/* ---- Sending --------------------------------------------------------------- */

static void exchange_on_transmitted(int result, const CoapMessage *acknowledgement, void *user);

static const TransmissionOps exchange_transmission_ops = {.done = exchange_on_transmitted};

static void exchange_wait(CoapExchange *exchange)
{
        const EndpointConfig *config = &exchange->exchanges->context->config;
        uint32_t wait = config->exchange_lifetime_ms;

        if (!config->reliable)
                wait = config->ack_timeout_ms;
        else if (exchange->type == COAP_NON)
                wait = config->non_lifetime_ms;
        timer_arm_in(exchange->timer, (gint64) wait * 1000);
}

static void exchange_new_token(CoapExchange *exchange)
{
        CoapToken token;

        do
                token = context_new_token();
        while (exchanges_find(exchange->exchanges, &token));
        exchange->token = token;
}

static void exchange_send(CoapExchange *exchange)
{
        CoapContext *context = exchange->exchanges->context;
        g_auto(EncodedMessage) encoded = {0};
        CoapMessage message;

        block_client_next(&exchange->client, &message);
        exchange_new_token(exchange);
        message.type = exchange->type;
        message.token = exchange->token;
        if (exchange->type == COAP_CON) {
                timer_disarm(exchange->timer);
                exchange->transmission =
                        retransmit_send(exchange->exchanges->retransmit, &message,
                                        TRANSMISSION_REQUEST, &exchange_transmission_ops, exchange);
                return;
        }
        message.id = exchange->id = context_take_id(context);
        encoded_init(&encoded, &message);
        exchange_wait(exchange);
        exchange->refused = context_send(context, encoded.data, encoded.len);
        if (exchange->refused < 0) /* which is told from the main loop */
                timer_arm_in(exchange->timer, 0);
}

static void exchange_on_timer(void *user)
{
        CoapExchange *exchange = user;

        if (exchange->refused < 0) {
                exchange_finish(exchange, exchange->refused, NULL);
                return;
        }
        exchange->exchanges->context->counters.timeouts++;
        exchange_finish(exchange, -ETIMEDOUT, NULL);
}

int exchanges_request(Exchanges *exchanges, const CoapMessage *request, CoapResponseFunc done,
                      void *user, CoapExchange **ret)
{
        CoapExchange *exchange;
        int r;

        if (!coap_code_is_request(request->code) ||
            (request->type != COAP_CON && request->type != COAP_NON))
                return -EINVAL;
        if (exchanges->all.length >= ENDPOINT_MAX_REQUESTS) {
                exchanges->context->counters.overflows++;
                return -ENOSPC;
        }

        exchange = g_new0(CoapExchange, 1);
        r = block_client_init(&exchange->client, exchanges->context, request);
        if (r < 0) {
                g_free(exchange);
                return r;
        }
        exchange->link.data = exchange;
        exchange->exchanges = exchanges;
        exchange->type = request->type;
        exchange->done = done;
        exchange->user = user;
        exchange->timer = timer_new(exchanges->context->clock, exchange_on_timer, exchange);
        g_queue_push_tail_link(&exchanges->all, &exchange->link);
        exchange_send(exchange);
        if (ret)
                *ret = exchange;
        return 0;
}

/* ---- Responses ------------------------------------------------------------- */

CoapExchange *exchanges_find(Exchanges *exchanges, const CoapToken *token)
{
        for (GList *link = exchanges->all.head; link; link = link->next) {
                CoapExchange *exchange = link->data;

                if (coap_token_equal(&exchange->token, token))
                        return exchange;
        }
        return NULL;
}

void exchange_on_response(CoapExchange *exchange, CoapMessage *response, int understood)
{
        int r;

        /* RFC 7252, 5.2.2: the response says that the request arrived. */
        g_clear_pointer(&exchange->transmission, transmission_cancel);
        r = understood < 0 ? -EBADMSG : block_client_on_response(&exchange->client, response);
        if (r > 0)
                exchange_send(exchange);
        else
                exchange_finish(exchange, r, response);
}

static void exchange_on_transmitted(int result, const CoapMessage *acknowledgement, void *user)
{
        CoapExchange *exchange = user;
        CoapMessage response;

        exchange->transmission = NULL;
        if (result < 0) {
                exchange_finish(exchange, result, NULL);
                return;
        }
        if (acknowledgement->code == COAP_EMPTY) {
                exchange_wait(exchange);
                return;
        }
        coap_message_copy(&response, acknowledgement);
        exchange_on_response(exchange, &response, options_check(&response));
}

static CoapExchange *exchanges_find_sent(const Exchanges *exchanges, uint16_t id)
{
        for (GList *link = exchanges->all.head; link; link = link->next) {
                CoapExchange *exchange = link->data;

                if (exchange->type == COAP_NON && exchange->id == id)
                        return exchange;
        }
        return NULL;
}

bool exchanges_on_reset(Exchanges *exchanges, uint16_t id)
{
        CoapExchange *exchange = exchanges_find_sent(exchanges, id);

        if (!exchange)
                return false;
        exchange_finish(exchange, -ECONNRESET, NULL);
        return true;
}

bool exchanges_expect_reset(const Exchanges *exchanges, uint16_t id)
{
        return exchanges_find_sent(exchanges, id) != NULL;
}

unsigned exchanges_waiting(const Exchanges *exchanges)
{
        unsigned waiting = 0;

        for (GList *link = exchanges->all.head; link; link = link->next) {
                const CoapExchange *exchange = link->data;

                waiting += exchange->transmission == NULL;
        }
        return waiting;
}
