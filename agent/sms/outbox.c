/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/outbox.h"

#include <errno.h>
#include <string.h>

#include "base/random.h"
#include "sms/coding.h"
#include "sms/tpdu.h"

typedef struct Message {
        OutboxRequest request;
        SplitConfig split;
        unsigned count;
        unsigned next;  /* segment */
        unsigned tries; /* that the modem was too busy for this segment */
        size_t len;
        uint8_t data[];
} Message;

struct Outbox {
        Clock *clock;
        Timer *turn;
        Modem *modem;
        SmsCounters *counters;
        OutboxFunc on_failed;
        void *user;
        GQueue messages;
        guint64 token; /* of the segment the modem has, else of the last one */
        bool waiting;  /* for the modem */
        uint16_t reference;
};

/* TS 23.040, 9.2.2.2. TP-MR is the modem's business. Fails where a field does not fit. */
static int submit_write(const Message *message, unsigned index, ByteWriter *writer)
{
        const OutboxRequest *request = &message->request;
        uint8_t user_data[TPDU_MAX_USER_DATA];
        ByteWriter content = byte_writer(user_data, sizeof(user_data));
        Tpdu tpdu = {
                .type = TPDU_SUBMIT,
                .report = request->report,
                .address = request->to,
                .pid = request->pid,
                .dcs = request->dcs,
        };

        if (request->validity > 0) {
                tpdu.validity_format = TPDU_VALIDITY_RELATIVE;
                tpdu.validity[0] = validity_from_seconds(request->validity);
        }
        tpdu.header = split_write(&message->split, message->data, message->len, index,
                                  message->count, &content);
        tpdu.data = user_data;
        tpdu.len = content.len;
        tpdu_write(&tpdu, writer);
        return byte_writer_result(writer);
}

static void outbox_on_turn(void *user)
{
        Outbox *outbox = user;
        const Message *message = g_queue_peek_head(&outbox->messages);
        uint8_t tpdu[TPDU_MAX_OCTETS];
        ByteWriter writer = byte_writer(tpdu, sizeof(tpdu));

        if (!message || outbox->waiting)
                return;

        outbox->waiting = true;
        outbox->token++;
        if (submit_write(message, message->next, &writer) < 0)
                g_assert_not_reached(); /* outbox_push() has seen to it */
        modem_send(outbox->modem, tpdu, writer.len, outbox->token);
}

Outbox *outbox_new(Clock *clock, Modem *modem, SmsCounters *counters, OutboxFunc on_failed,
                   void *user)
{
        Outbox *outbox = g_new0(Outbox, 1);

        outbox->clock = clock;
        outbox->modem = modem;
        outbox->counters = counters;
        outbox->on_failed = on_failed;
        outbox->user = user;
        outbox->turn = timer_new(clock, outbox_on_turn, outbox);
        /* So that a restart does not repeat the numbers of messages that are still under way. */
        outbox->reference = (uint16_t) random_u32();
        g_queue_init(&outbox->messages);
        return outbox;
}

void outbox_free(Outbox *outbox)
{
        if (!outbox)
                return;

        timer_free(outbox->turn);
        g_queue_clear_full(&outbox->messages, g_free);
        g_free(outbox);
}

static SplitConfig split_of(const OutboxRequest *request)
{
        return (SplitConfig){
                .kind = request->kind,
                .wide = request->wide,
                .max_segments = request->max_segments,
        };
}

int outbox_count(const OutboxRequest *request, size_t len)
{
        uint8_t address[TPDU_MAX_OCTETS];
        ByteWriter writer = byte_writer(address, sizeof(address));
        SplitConfig split = split_of(request);

        sms_address_write(&request->to, &writer);
        if (byte_writer_result(&writer) < 0 || !dcs_is_data(request->dcs))
                return -EINVAL;
        return split_count(&split, len);
}

int outbox_push(Outbox *outbox, const OutboxRequest *request, const void *data, size_t len)
{
        int count = outbox_count(request, len);
        Message *message;

        if (count < 0)
                return count;
        if (g_queue_get_length(&outbox->messages) >= OUTBOX_MAX_MESSAGES)
                return -EAGAIN;

        message = g_malloc(sizeof(Message) + len);
        *message = (Message){.request = *request,
                             .split = split_of(request),
                             .count = (unsigned) count,
                             .len = len};
        message->split.reference = outbox->reference;
        if (count > 1)
                outbox->reference++;
        if (len > 0)
                memcpy(message->data, data, len);
        g_queue_push_tail(&outbox->messages, message);
        if (g_queue_get_length(&outbox->messages) == 1) /* else it is its turn later */
                timer_arm_in(outbox->turn, 0);
        return 0;
}

void outbox_on_sent(Outbox *outbox, guint64 token, int result)
{
        Message *message = g_queue_peek_head(&outbox->messages);
        void *owner;

        if (!outbox->waiting || token != outbox->token)
                return;
        g_assert(message);
        outbox->waiting = false;
        if (result == -EBUSY && ++message->tries < OUTBOX_MAX_TRIES) {
                timer_arm_in(outbox->turn, OUTBOX_BUSY_INTERVAL);
                return;
        }

        timer_arm_in(outbox->turn, 0);
        if (result >= 0) {
                message->tries = 0;
                outbox->counters->value[SMS_SEGMENTS_SENT]++;
                if (++message->next < message->count)
                        return;
                outbox->counters->value[SMS_MESSAGES_SENT]++;
        } else {
                outbox->counters->value[SMS_SEND_FAILED]++;
        }

        owner = message->request.owner;
        g_free(g_queue_pop_head(&outbox->messages));
        if (result < 0 && owner)
                outbox->on_failed(owner, result, outbox->user);
}

void outbox_disown(Outbox *outbox, const void *owner)
{
        for (GList *l = outbox->messages.head; l; l = l->next) {
                Message *message = l->data;

                if (message->request.owner == owner)
                        message->request.owner = NULL;
        }
}

unsigned outbox_pending(const Outbox *outbox)
{
        return outbox->messages.length;
}
