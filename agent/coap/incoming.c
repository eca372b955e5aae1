/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/incoming.h"

#include <errno.h>

#define KEY_LIMIT 16384

/* Separate responses not acknowledged. Above: not confirmable, which RFC 7252, 5.2.2, allows. */
#define MAX_SEPARATE ENDPOINT_MAX_INCOMING

struct IncomingTable {
        CoapContext *context;
        Retransmit *retransmit;
        Duplicates *duplicates;
        Notifier *notifier;
        GQueue pending;  /* in order of arrival */
        GQueue unused;   /* kept for the next request */
        GQueue separate; /* of Separate */
        Timer *timer;    /* until the next one is acknowledged */
};

/* A separate confirmable response under way. */
typedef struct Separate {
        GList link;
        IncomingTable *table;
        CoapToken token;
        bool observe;
} Separate;

static void incoming_table_on_timer(void *user);

IncomingTable *incoming_table_new(CoapContext *context, Retransmit *retransmit,
                                  Duplicates *duplicates, Notifier *notifier)
{
        IncomingTable *table = g_new0(IncomingTable, 1);

        table->context = context;
        table->retransmit = retransmit;
        table->duplicates = duplicates;
        table->notifier = notifier;
        table->timer = timer_new(context->clock, incoming_table_on_timer, table);
        return table;
}

void incoming_table_free(IncomingTable *table)
{
        GList *link;

        if (!table)
                return;

        while ((link = table->pending.head)) {
                if (table->context->ops->on_incoming_gone)
                        table->context->ops->on_incoming_gone(link->data, table->context->user);
                incoming_free(link->data);
        }
        while ((link = g_queue_pop_head_link(&table->unused))) {
                CoapIncoming *incoming = link->data;

                byte_writer_clear(&incoming->key);
                g_free(incoming);
        }
        while ((link = g_queue_pop_head_link(&table->separate)))
                g_free(link->data);
        timer_free(table->timer);
        g_free(table);
}

static CoapIncoming *incoming_allocate(IncomingTable *table)
{
        GList *link = g_queue_pop_head_link(&table->unused);
        CoapIncoming *incoming;

        if (link)
                return link->data;
        incoming = g_new0(CoapIncoming, 1);
        incoming->table = table;
        incoming->link.data = incoming;
        incoming->key = byte_writer_growing(KEY_LIMIT);
        return incoming;
}

CoapIncoming *incoming_new(IncomingTable *table, const CoapMessage *request)
{
        CoapIncoming *incoming;

        if (table->pending.length >= ENDPOINT_MAX_INCOMING) {
                table->context->counters.overflows++;
                return NULL;
        }
        incoming = incoming_allocate(table);
        incoming->type = request->type;
        incoming->id = request->id;
        incoming->token = request->token;
        incoming->acknowledged = false;
        incoming->acknowledge_at =
                context_deadline(table->context, table->context->config.separate_ms);
        incoming->has_block1 = incoming->has_block2 = incoming->wants_size2 = false;
        incoming->key.len = 0;
        incoming->key.failed = false;
        incoming->data = NULL;
        g_queue_push_tail_link(&table->pending, &incoming->link);
        return incoming;
}

void incoming_free(CoapIncoming *incoming)
{
        IncomingTable *table = incoming->table;

        g_queue_unlink(&table->pending, &incoming->link);
        g_queue_push_head_link(&table->unused, &incoming->link);
        if (table->pending.length == 0)
                timer_disarm(table->timer);
}

CoapContext *incoming_context(const CoapIncoming *incoming)
{
        return incoming->table->context;
}

/* ---- Acknowledging what takes long ----------------------------------------- */

/* RFC 7252, 5.2.2. Over SMS the reply itself is the acknowledgement: nothing is retransmitted
 * before it. */
static bool is_to_acknowledge(const CoapIncoming *incoming)
{
        return incoming->type == COAP_CON && !incoming->acknowledged &&
               incoming->table->context->config.reliable;
}

static void incoming_acknowledge(CoapIncoming *incoming)
{
        static const uint8_t first_octet = 0x60; /* version 1, ACK, no token */
        const uint8_t ack[4] = {first_octet, COAP_EMPTY, (uint8_t) (incoming->id >> 8),
                                (uint8_t) incoming->id};
        IncomingTable *table = incoming->table;

        incoming->acknowledged = true;
        duplicates_set_answer(table->duplicates, incoming->id, ack, sizeof(ack));
        context_send(table->context, ack, sizeof(ack));
}

/* All wait equally long: the first that is not acknowledged is the next. */
static void incoming_table_arm(IncomingTable *table)
{
        for (GList *link = table->pending.head; link; link = link->next) {
                CoapIncoming *incoming = link->data;

                if (!is_to_acknowledge(incoming))
                        continue;
                timer_arm(table->timer, incoming->acknowledge_at);
                return;
        }
}

static void incoming_table_on_timer(void *user)
{
        IncomingTable *table = user;
        gint64 now = clock_now(table->context->clock);

        for (GList *link = table->pending.head; link; link = link->next) {
                CoapIncoming *incoming = link->data;

                if (incoming->acknowledge_at > now)
                        break;
                if (is_to_acknowledge(incoming))
                        incoming_acknowledge(incoming);
        }
        incoming_table_arm(table);
}

void incoming_table_watch(IncomingTable *table)
{
        if (table->pending.length > 0 && !timer_armed(table->timer))
                incoming_table_arm(table);
}

/* ---- Replying -------------------------------------------------------------- */

static void separate_on_done(int result, const CoapMessage *acknowledgement, void *user)
{
        Separate *separate = user;
        IncomingTable *table = separate->table;
        CoapToken token = separate->token;
        bool cancelled = result == -ECONNRESET && separate->observe;

        g_queue_unlink(&table->separate, &separate->link);
        g_free(separate);
        if (cancelled)
                notifier_on_rejected(table->notifier, &token);
}

static void send_separate(IncomingTable *table, const CoapMessage *response, bool observe)
{
        static const TransmissionOps ops = {.done = separate_on_done};
        Separate *separate = g_new0(Separate, 1);

        separate->link.data = separate;
        separate->table = table;
        separate->token = response->token;
        separate->observe = observe;
        g_queue_push_tail_link(&table->separate, &separate->link);
        retransmit_send(table->retransmit, response, TRANSMISSION_REQUEST, &ops, separate);
}

static void send_once(IncomingTable *table, const CoapMessage *response, bool observe)
{
        g_auto(EncodedMessage) encoded;

        encoded_init(&encoded, response);
        if (response->type == COAP_ACK)
                duplicates_set_answer(table->duplicates, response->id, encoded.data, encoded.len);
        else if (observe)
                notifier_remember(table->notifier, response->id, &response->token);
        context_send(table->context, encoded.data, encoded.len);
}

static void send_response(IncomingTable *table, CoapType request_type, uint16_t request_id,
                          bool acknowledged, CoapMessage *response)
{
        size_t position = 0;
        bool observe = coap_message_next(response, COAP_OPTION_OBSERVE, &position);

        if (request_type == COAP_CON && !acknowledged) {
                response->type = COAP_ACK; /* RFC 7252, 5.2.1 */
                response->id = request_id;
                send_once(table, response, observe);
                return;
        }
        if (request_type == COAP_CON && table->separate.length < MAX_SEPARATE) {
                response->type = COAP_CON;
                send_separate(table, response, observe);
                return;
        }
        response->type = COAP_NON; /* RFC 7252, 5.2.3 */
        response->id = context_take_id(table->context);
        send_once(table, response, observe);
}

void incoming_send(CoapIncoming *incoming, CoapMessage *response)
{
        IncomingTable *table = incoming->table;

        response->token = incoming->token;
        send_response(table, incoming->type, incoming->id, incoming->acknowledged, response);
        incoming_free(incoming);
}

void incoming_answer(IncomingTable *table, const CoapMessage *request, CoapMessage *response)
{
        response->token = request->token;
        send_response(table, request->type, request->id, false, response);
}
