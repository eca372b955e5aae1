/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/retransmit.h"

#include "base/random.h"

#include <errno.h>
#include <string.h>

struct Retransmit {
        CoapContext *context;
        GQueue active;                      /* sent, not acknowledged: at most NSTART */
        GQueue waiting[TRANSMISSION_RANKS]; /* for their turn */
        bool stopped,
                held; /* nothing that waits is sent, for good or until it is told what failed */
};

struct Transmission {
        GList link; /* in active or waiting */
        Retransmit *retransmit;
        TransmissionRank rank;
        const TransmissionOps *ops;
        void *user;
        uint8_t *data;
        size_t len;
        CoapToken token;
        uint16_t id;
        bool sent;
        int refused; /* by the transport, with that; 0: not */
        unsigned repeated;
        gint64 timeout;
        Timer *timer;
};

static void transmission_on_timer(void *user);

/* The message ID is the third and fourth octet (RFC 7252, 3). */
static void transmission_take_id(Transmission *transmission)
{
        ByteWriter writer = byte_writer(transmission->data + 2, 2);

        transmission->id = context_take_id(transmission->retransmit->context);
        byte_writer_u16(&writer, transmission->id);
}

static void transmission_send(Transmission *transmission)
{
        timer_arm_in(transmission->timer, transmission->timeout);
        transmission->refused = context_send(transmission->retransmit->context, transmission->data,
                                             transmission->len);
        if (transmission->refused < 0) /* which is told from the main loop */
                timer_arm_in(transmission->timer, 0);
}

/* RFC 7252, 4.2: from ACK_TIMEOUT to ACK_TIMEOUT times ACK_RANDOM_FACTOR. */
static gint64 first_timeout(const EndpointConfig *config)
{
        gint64 low = (gint64) config->ack_timeout_ms * 1000;
        gint64 high = (gint64) config->ack_timeout_ms * MAX(config->ack_random_per_mille, 1000);

        if (!config->reliable)
                return low;
        return random_between(low, high);
}

static void transmission_start(Transmission *transmission)
{
        Retransmit *retransmit = transmission->retransmit;

        g_queue_push_tail_link(&retransmit->active, &transmission->link);
        transmission->sent = true;
        transmission->timeout = first_timeout(&retransmit->context->config);
        transmission_take_id(transmission);
        transmission_send(transmission);
}

static GList *pop_waiting(Retransmit *retransmit)
{
        for (unsigned rank = 0; rank < TRANSMISSION_RANKS; rank++)
                if (retransmit->waiting[rank].length > 0)
                        return g_queue_pop_head_link(&retransmit->waiting[rank]);
        return NULL;
}

/* RFC 7252, 4.7 */
static void retransmit_start_waiting(Retransmit *retransmit)
{
        GList *link;

        while (!retransmit->stopped && !retransmit->held &&
               retransmit->active.length < retransmit->context->config.nstart &&
               (link = pop_waiting(retransmit)))
                transmission_start(link->data);
}

static void transmission_free(Transmission *transmission)
{
        timer_free(transmission->timer);
        g_free(transmission->data);
        g_free(transmission);
}

static void transmission_unlink(Transmission *transmission)
{
        Retransmit *retransmit = transmission->retransmit;

        g_queue_unlink(transmission->sent ? &retransmit->active
                                          : &retransmit->waiting[transmission->rank],
                       &transmission->link);
}

static void transmission_finish(Transmission *transmission, int result,
                                const CoapMessage *acknowledgement)
{
        const TransmissionOps *ops = transmission->ops;
        Retransmit *retransmit = transmission->retransmit;
        void *user = transmission->user;

        transmission_unlink(transmission);
        transmission_free(transmission);
        /* Who hears that one has failed may not want to send the others any more. */
        retransmit->held = result < 0 && result != -ECONNRESET;
        retransmit_start_waiting(retransmit);
        ops->done(result, acknowledgement, user);
        retransmit->held = false;
        retransmit_start_waiting(retransmit);
}

static void transmission_on_timer(void *user)
{
        Transmission *transmission = user;
        CoapContext *context = transmission->retransmit->context;

        if (transmission->refused < 0) {
                transmission_finish(transmission, transmission->refused, NULL);
                return;
        }
        if (!context->config.reliable || transmission->repeated >= context->config.max_retransmit) {
                context->counters.timeouts++;
                transmission_finish(transmission, -ETIMEDOUT, NULL);
                return;
        }

        transmission->repeated++;
        transmission->timeout *= 2;
        if (transmission->ops->before_repeat)
                transmission->ops->before_repeat(transmission, transmission->user);
        context->counters.retransmissions++;
        transmission_send(transmission);
}

Retransmit *retransmit_new(CoapContext *context)
{
        Retransmit *retransmit = g_new0(Retransmit, 1);

        retransmit->context = context;
        return retransmit;
}

void retransmit_stop(Retransmit *retransmit)
{
        retransmit->stopped = true;
}

static void queue_free_all(GQueue *queue)
{
        GList *link;

        while ((link = g_queue_pop_head_link(queue)))
                transmission_free(link->data);
}

void retransmit_free(Retransmit *retransmit)
{
        if (!retransmit)
                return;

        queue_free_all(&retransmit->active);
        for (unsigned rank = 0; rank < TRANSMISSION_RANKS; rank++)
                queue_free_all(&retransmit->waiting[rank]);
        g_free(retransmit);
}

Transmission *retransmit_send(Retransmit *retransmit, const CoapMessage *message,
                              TransmissionRank rank, const TransmissionOps *ops, void *user)
{
        Transmission *transmission = g_new0(Transmission, 1);

        transmission->link.data = transmission;
        transmission->retransmit = retransmit;
        transmission->rank = rank;
        transmission->ops = ops;
        transmission->user = user;
        transmission->token = message->token;
        transmission->data = encode_message(message, &transmission->len);
        transmission->timer =
                timer_new(retransmit->context->clock, transmission_on_timer, transmission);

        if (!retransmit->held && retransmit->active.length < retransmit->context->config.nstart)
                transmission_start(transmission);
        else
                g_queue_push_tail_link(&retransmit->waiting[rank], &transmission->link);
        return transmission;
}

void transmission_set_message(Transmission *transmission, uint8_t *data, size_t len)
{
        g_free(transmission->data);
        transmission->data = data;
        transmission->len = len;
        if (transmission->sent)
                transmission_take_id(transmission);
}

bool transmission_sent(const Transmission *transmission)
{
        return transmission->sent;
}

uint16_t transmission_id(const Transmission *transmission)
{
        return transmission->id;
}

void transmission_cancel(Transmission *transmission)
{
        Retransmit *retransmit = transmission->retransmit;

        transmission_unlink(transmission);
        transmission_free(transmission);
        retransmit_start_waiting(retransmit);
}

static bool transmission_matches(const Transmission *transmission, const CoapMessage *message)
{
        if (transmission->id != message->id)
                return false;
        return message->code == COAP_EMPTY ||
               coap_token_equal(&transmission->token, &message->token);
}

static Transmission *retransmit_find(const Retransmit *retransmit, const CoapMessage *message)
{
        for (GList *link = retransmit->active.head; link; link = link->next)
                if (transmission_matches(link->data, message))
                        return link->data;
        return NULL;
}

bool retransmit_on_message(Retransmit *retransmit, const CoapMessage *message)
{
        Transmission *transmission = retransmit_find(retransmit, message);

        if (!transmission)
                return false;
        if (message->type == COAP_RST)
                transmission_finish(transmission, -ECONNRESET, NULL);
        else
                transmission_finish(transmission, 0, message);
        return true;
}

bool retransmit_expects(const Retransmit *retransmit, const CoapMessage *message)
{
        return retransmit_find(retransmit, message) != NULL;
}

unsigned retransmit_count(const Retransmit *retransmit)
{
        unsigned count = retransmit->active.length;

        for (unsigned rank = 0; rank < TRANSMISSION_RANKS; rank++)
                count += retransmit->waiting[rank].length;
        return count;
}
