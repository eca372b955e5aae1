/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/notifier.h"

#include "coap/block.h"

#include <errno.h>
#include <string.h>

#define KEY_LIMIT 16384
#define SENT_FIRST 16

/* A confirmable notification under way. */
typedef struct Notification {
        CoapToken token;
        Notifier *notifier;
        Transmission *transmission;
        uint8_t *next; /* what takes its place, encoded as CON; NULL: nothing */
        size_t next_len;
        bool next_confirmable;
} Notification;

/* One that is open to a Reset. */
typedef struct Sent {
        CoapToken token;
        uint16_t id;
        gint64 expires; /* 0: forgotten */
} Sent;

struct Notifier {
        CoapContext *context;
        Retransmit *retransmit;
        Snapshots *snapshots;
        GHashTable *active; /* of Notification, by its token */
        Sent *sent;         /* a ring of sent_size, the oldest at sent_head */
        unsigned sent_size, sent_head, sent_count;
};

static guint token_hash(gconstpointer key)
{
        const CoapToken *token = key;
        guint hash = token->len;

        for (unsigned i = 0; i < token->len; i++)
                hash = hash * 31 + token->data[i];
        return hash;
}

static gboolean token_equal(gconstpointer a, gconstpointer b)
{
        return coap_token_equal(a, b);
}

static void notification_free(void *data)
{
        Notification *notification = data;

        g_free(notification->next);
        g_free(notification);
}

Notifier *notifier_new(CoapContext *context, Retransmit *retransmit, Snapshots *snapshots)
{
        Notifier *notifier = g_new0(Notifier, 1);

        notifier->context = context;
        notifier->retransmit = retransmit;
        notifier->snapshots = snapshots;
        notifier->active = g_hash_table_new_full(token_hash, token_equal, NULL, notification_free);
        return notifier;
}

void notifier_free(Notifier *notifier)
{
        GHashTableIter iter;
        Notification *notification;

        if (!notifier)
                return;

        g_hash_table_iter_init(&iter, notifier->active);
        while (g_hash_table_iter_next(&iter, NULL, (void **) &notification))
                transmission_cancel(notification->transmission);
        g_hash_table_unref(notifier->active);
        g_free(notifier->sent);
        g_free(notifier);
}

/* ---- Open to a Reset ------------------------------------------------------- */

static Sent *sent_at(const Notifier *notifier, unsigned index)
{
        return &notifier->sent[(notifier->sent_head + index) % notifier->sent_size];
}

static void sent_grow(Notifier *notifier)
{
        unsigned size = notifier->sent_size == 0
                                ? SENT_FIRST
                                : MIN(notifier->sent_size * 2, ENDPOINT_MAX_NOTIFICATIONS);
        Sent *sent = g_new0(Sent, size);

        for (unsigned i = 0; i < notifier->sent_count; i++)
                sent[i] = *sent_at(notifier, i);
        g_free(notifier->sent);
        notifier->sent = sent;
        notifier->sent_size = size;
        notifier->sent_head = 0;
}

static void sent_drop_oldest(Notifier *notifier)
{
        notifier->sent_head = (notifier->sent_head + 1) % notifier->sent_size;
        notifier->sent_count--;
}

static void sent_make_room(Notifier *notifier)
{
        gint64 now = clock_now(notifier->context->clock);

        while (notifier->sent_count > 0 && sent_at(notifier, 0)->expires <= now)
                sent_drop_oldest(notifier);
        if (notifier->sent_count < notifier->sent_size)
                return;
        if (notifier->sent_size < ENDPOINT_MAX_NOTIFICATIONS) {
                sent_grow(notifier);
                return;
        }
        notifier->context->counters.overflows++;
        sent_drop_oldest(notifier);
}

void notifier_remember(Notifier *notifier, uint16_t id, const CoapToken *token)
{
        sent_make_room(notifier);
        *sent_at(notifier, notifier->sent_count++) = (Sent){
                .token = *token,
                .id = id,
                .expires = context_deadline(notifier->context,
                                            notifier->context->config.non_lifetime_ms),
        };
}

static void sent_forget(Notifier *notifier, const CoapToken *token)
{
        for (unsigned i = 0; i < notifier->sent_count; i++)
                if (coap_token_equal(&sent_at(notifier, i)->token, token))
                        sent_at(notifier, i)->expires = 0;
}

/* ---- Confirmable ones ------------------------------------------------------ */

static void notification_on_done(int result, const CoapMessage *acknowledgement, void *user);
static void notification_before_repeat(Transmission *transmission, void *user);

static const TransmissionOps notification_ops = {
        .done = notification_on_done,
        .before_repeat = notification_before_repeat,
};

static void send_confirmable(Notifier *notifier, const CoapMessage *message)
{
        Notification *notification = g_new0(Notification, 1);

        notification->token = message->token;
        notification->notifier = notifier;
        notification->transmission =
                retransmit_send(notifier->retransmit, message, TRANSMISSION_NOTIFICATION,
                                &notification_ops, notification);
        g_hash_table_insert(notifier->active, &notification->token, notification);
}

static void send_unconfirmed(Notifier *notifier, CoapMessage *message)
{
        g_auto(EncodedMessage) encoded;

        message->type = COAP_NON;
        message->id = context_take_id(notifier->context);
        encoded_init(&encoded, message);
        notifier_remember(notifier, message->id, &message->token);
        context_send(notifier->context, encoded.data, encoded.len);
}

/* RFC 7641, 4.5.2: the retransmission of the old is given up for the new, whose count and timeout
 * go on from there. */
static void notification_before_repeat(Transmission *transmission, void *user)
{
        Notification *notification = user;

        if (!notification->next)
                return;
        notifier_remember(notification->notifier, transmission_id(transmission),
                          &notification->token);
        transmission_set_message(transmission, g_steal_pointer(&notification->next),
                                 notification->next_len);
}

/* What was to take the place of one that has been acknowledged is a notification in its own right.
 */
static void send_next(Notifier *notifier, const Notification *ended)
{
        CoapMessage message;
        int r;

        r = coap_message_parse(ended->next, ended->next_len, &message, NULL);
        g_assert(r == 0);
        if (ended->next_confirmable)
                send_confirmable(notifier, &message);
        else
                send_unconfirmed(notifier, &message);
}

static void give_up(Notifier *notifier, const CoapToken *token, int result)
{
        Notification *active = g_hash_table_lookup(notifier->active, token);

        if (!active)
                return;
        if (transmission_sent(active->transmission))
                notifier_remember(notifier, transmission_id(active->transmission), token);
        transmission_cancel(active->transmission);
        g_hash_table_remove(notifier->active, &active->token);
        notifier->context->ops->on_notification(token, result, notifier->context->user);
}

static void give_up_each(Notifier *notifier, bool sent, int result)
{
        g_autoptr(GArray) tokens = g_array_new(FALSE, FALSE, sizeof(CoapToken));
        GHashTableIter iter;
        const Notification *active;

        g_hash_table_iter_init(&iter, notifier->active);
        while (g_hash_table_iter_next(&iter, NULL, (void **) &active))
                if (transmission_sent(active->transmission) == sent)
                        g_array_append_val(tokens, active->token);
        for (guint i = 0; i < tokens->len; i++)
                give_up(notifier, &g_array_index(tokens, CoapToken, i), result);
}

/* Who does not acknowledge one does not acknowledge the others: each would take as long again (RFC
 * 7252, 4.8.2), one after the other with NSTART 1. A transport that does not take one does not take
 * the others. Those that wait go first, or they would be sent. */
static void give_up_all(Notifier *notifier, int result)
{
        give_up_each(notifier, false, result);
        give_up_each(notifier, true, result);
}

static void notification_on_done(int result, const CoapMessage *acknowledgement, void *user)
{
        Notification *notification = user;
        Notifier *notifier = notification->notifier;
        CoapToken token = notification->token;
        bool goes_on = result == 0 && notification->next;

        g_hash_table_steal(notifier->active, &token);
        if (result == -ECONNRESET)
                sent_forget(notifier, &token);
        if (goes_on)
                send_next(notifier, notification);
        goes_on = goes_on && notification->next_confirmable;
        notification_free(notification);
        if (goes_on) /* and ends with that one */
                return;
        notifier->context->ops->on_notification(&token, result, notifier->context->user);
        if (result < 0 && result != -ECONNRESET)
                give_up_all(notifier, result);
}

static void notification_replace(Notification *notification, const CoapMessage *message,
                                 bool confirmable)
{
        size_t len;
        uint8_t *data = encode_message(message, &len);

        if (!transmission_sent(notification->transmission)) {
                transmission_set_message(notification->transmission, data, len);
                return;
        }
        g_free(notification->next);
        notification->next = data;
        notification->next_len = len;
        notification->next_confirmable = confirmable;
}

/* ---- Sending --------------------------------------------------------------- */

/* RFC 7959, 2.6: a notification is one block, the first; the rest is asked for. */
static int shorten(Notifier *notifier, const CoapMessage *request_key, CoapMessage *message,
                   uint8_t etag[static 8])
{
        const EndpointConfig *config = &notifier->context->config;
        ByteWriter key = byte_writer_growing(KEY_LIMIT);
        size_t overhead = coap_message_size(message) - message->payload_len;
        int r, szx;

        if (message->payload_len <= block_size(config->block_szx) &&
            coap_message_size(message) <= config->max_message)
                return 0;
        szx = block_fit(overhead + BLOCK_OVERHEAD, config->max_message, config->block_szx);
        if (szx < 0)
                return szx;

        snapshot_add_etag(message, etag);
        block_key_write(request_key, false, &key);
        r = byte_writer_result(&key);
        if (r == 0)
                r = snapshots_put(notifier->snapshots, key.data, key.len, message);
        byte_writer_clear(&key);
        if (r < 0)
                return r;
        return block_cut(message, &(CoapBlock){.szx = (uint8_t) szx}, (uint8_t) szx);
}

int notifier_send(Notifier *notifier, const CoapToken *token, const CoapMessage *request_key,
                  const CoapMessage *notification, bool confirmable)
{
        Notification *active = g_hash_table_lookup(notifier->active, token);
        CoapMessage message;
        uint8_t etag[8];
        int r;

        confirmable |= !notifier->context->config.reliable;
        if (confirmable && !active &&
            g_hash_table_size(notifier->active) >= ENDPOINT_MAX_NOTIFICATIONS) {
                notifier->context->counters.overflows++;
                return -ENOSPC;
        }
        coap_message_copy(&message, notification);
        message.type = COAP_CON;
        message.token = *token;
        r = shorten(notifier, request_key, &message, etag);
        if (r < 0)
                return r;

        if (active)
                notification_replace(active, &message, confirmable);
        else if (confirmable)
                send_confirmable(notifier, &message);
        else
                send_unconfirmed(notifier, &message);
        return 0;
}

void notifier_forget(Notifier *notifier, const CoapToken *token)
{
        Notification *active = g_hash_table_lookup(notifier->active, token);

        sent_forget(notifier, token);
        if (!active)
                return;
        transmission_cancel(active->transmission);
        g_hash_table_remove(notifier->active, &active->token);
}

void notifier_on_rejected(Notifier *notifier, const CoapToken *token)
{
        CoapToken copy = *token;

        notifier_forget(notifier, &copy);
        notifier->context->ops->on_notification(&copy, -ECONNRESET, notifier->context->user);
}

static const Sent *sent_find(const Notifier *notifier, uint16_t id)
{
        gint64 now = clock_now(notifier->context->clock);

        /* The newest first: an ID comes round again. */
        for (unsigned i = notifier->sent_count; i > 0; i--) {
                const Sent *sent = sent_at(notifier, i - 1);

                if (sent->id == id && sent->expires > now)
                        return sent;
        }
        return NULL;
}

bool notifier_on_reset(Notifier *notifier, uint16_t id)
{
        const Sent *sent = sent_find(notifier, id);

        if (!sent)
                return false;
        notifier_on_rejected(notifier, &sent->token);
        return true;
}

bool notifier_expects_reset(const Notifier *notifier, uint16_t id)
{
        return sent_find(notifier, id) != NULL;
}
