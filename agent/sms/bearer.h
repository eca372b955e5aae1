/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Short messages between a modem and the peers: TPDUs in, whole messages to whom they concern, and
 * back. Only known numbers are heard: those somebody listens to. A message is acknowledged to the
 * modem when its listeners have returned, whatever they thought of it: whether it was genuine must
 * not show outside.
 *
 * Known numbers are a filter against strangers, not more: a sender's number can be forged.
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "sms/budget.h"
#include "sms/counters.h"
#include "sms/message.h"
#include "sms/modem-ops.h"
#include "sms/outbox.h"

typedef struct Bearer Bearer;

/* Who wants to hear one number. */
typedef struct BearerListener BearerListener;

typedef struct BearerConfig {
        SmsNumbering numbering; /* copied */
        unsigned per_hour;      /* short messages that may be sent, 0: no limit */
        unsigned per_day;
        bool wide_reference; /* 16 bits in the concatenation element */
} BearerConfig;

/* The defaults are 100 an hour and 500 a day, "00" for '+'. */
BearerConfig bearer_config_default(void);

typedef struct BearerOps {
        /* What was sent reaches beyond what is stored. It is to be stored before the main loop runs
         * again. May be NULL. */
        void (*store_budget)(const BudgetState *state, void *user);

        /* The modem's status has changed. From the main loop. May be NULL. */
        void (*on_status)(void *user);
} BearerOps;

typedef struct BearerListenerOps {
        /* 0: heard, whatever became of it. -ENOMSG: not this kind of message; -EPERM: wrong class
         * or protocol identifier. May free this listener and others, and call bearer_send(). */
        int (*on_message)(const SmsMessage *message, void *user);

        /* A message sent for this listener was refused. From the main loop. May free it. */
        void (*on_send_failed)(int error, void *user);
} BearerListenerOps;

/* `clock`, `modem` and `user` are borrowed, `ops` is a constant; `budget`: as it was stored last,
 * or NULL. The bearer is the modem's handler until it is freed. */
Bearer *bearer_new(Clock *clock, Modem *modem, const BearerConfig *config,
                   const BudgetState *budget, const BearerOps *ops, void *user);

/* All listeners must be gone. Not from inside a callback. What waits to be sent is lost. Takes
 * NULL.
 */
void bearer_free(Bearer *bearer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bearer, bearer_free)

/* All who are to hear something listen. Before this nothing is heard or acknowledged; now, and
 * whenever a modem comes back, it announces again what it has kept. */
void bearer_start(Bearer *bearer);

/* `number`: as sms_address_from_text(). -EINVAL. Several may listen to one number; each hears all
 * its messages. Where nobody listened to it before, the modem announces again what it has kept,
 * once for all who begin before the loop runs. */
int bearer_listen(Bearer *bearer, const char *number, const BearerListenerOps *ops, void *user,
                  BearerListener **ret);

/* Nothing is called afterwards; what it has sent goes out. Takes NULL. */
void bearer_listener_free(BearerListener *listener);

/* A message from this address was genuine, so what is sent from here on goes to it as the network
 * wrote it: type and plan of a short code cannot be known otherwise. Only the listener's own digits
 * are taken; the type "unknown" takes nothing away from a number that is international. */
void bearer_listener_answer(BearerListener *listener, const SmsAddress *from);

/*
 * Sends to the listener's number; `request` says how, but for `to`, `wide` and `owner`. 0: queued.
 * -ENETDOWN: no modem that is ready; -EDQUOT: the budget is used up; -EMSGSIZE, -EAGAIN, -EINVAL as
 * outbox_push().
 */
int bearer_send(BearerListener *listener, const OutboxRequest *request, const void *data,
                size_t len);

/* When the budget has room for a message, of clock_now(): in the past where it has. */
gint64 bearer_room_at(const Bearer *bearer);

/* As budget_left(). */
void bearer_budget_left(const Bearer *bearer, unsigned *ret_hour, unsigned *ret_day);

/* The octets that a message of up to `segments` short messages carries. */
size_t bearer_capacity(const Bearer *bearer, PacketKind kind, unsigned segments);

guint64 bearer_counter(const Bearer *bearer, SmsCounter counter);

/* Borrowed, valid until the loop runs. */
const ModemStatus *bearer_status(const Bearer *bearer);
