/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Messages on their way to the modem, one segment at a time and in order. */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "sms/address.h"
#include "sms/counters.h"
#include "sms/modem-ops.h"
#include "sms/split.h"

/* Messages that wait, each of up to SPLIT_MAX_SEGMENTS. */
#define OUTBOX_MAX_MESSAGES 16

/* A modem that is busy (-EBUSY) is asked so often, with so much time between: others' messages have
 * ended in two minutes. */
#define OUTBOX_MAX_TRIES 12
#define OUTBOX_BUSY_INTERVAL (10 * (gint64) G_USEC_PER_SEC)

typedef struct Outbox Outbox;

/* A plain value. */
typedef struct OutboxRequest {
        SmsAddress to;
        uint8_t pid, dcs;
        PacketKind kind;
        bool wide; /* 16-bit references, where it takes several segments */
        unsigned max_segments;
        unsigned validity; /* seconds, 0: as the network likes */
        bool report;       /* ask for status reports */
        void *owner;       /* whom a failure concerns, borrowed; may be NULL */
} OutboxRequest;

/* A message was refused; what was left of it is not sent. Called from the main loop. */
typedef void (*OutboxFunc)(void *owner, int error, void *user);

/* All borrowed. */
Outbox *outbox_new(Clock *clock, Modem *modem, SmsCounters *counters, OutboxFunc on_failed,
                   void *user);

/* What waits is lost. Takes NULL. */
void outbox_free(Outbox *outbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Outbox, outbox_free)

/* How many short messages it takes. -EMSGSIZE; -EINVAL: `request` makes no TPDU. */
int outbox_count(const OutboxRequest *request, size_t len);

/* Copies the message. -EAGAIN where the queue is full, and as outbox_count(). */
int outbox_push(Outbox *outbox, const OutboxRequest *request, const void *data, size_t len);

/* The modem has answered. -EBUSY: it is asked again later. */
void outbox_on_sent(Outbox *outbox, guint64 token, int result);

/* `owner` is not told of anything any more; its messages go out all the same. */
void outbox_disown(Outbox *outbox, const void *owner);

unsigned outbox_pending(const Outbox *outbox);
