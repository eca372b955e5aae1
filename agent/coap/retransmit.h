/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Confirmable messages of ours: sent NSTART at a time, repeated with back-off until acknowledged,
 * reset or given up (RFC 7252, 4.2, 4.7 and 4.8). Where the endpoint is not reliable each is sent
 * once and waited for. Internal to coap/.
 */

#include "coap/context.h"

typedef struct Retransmit Retransmit;
typedef struct Transmission Transmission;

/* What goes first when there is a place: what someone waits for goes before what only tells. */
typedef enum TransmissionRank {
        TRANSMISSION_REQUEST, /* and separate responses */
        TRANSMISSION_NOTIFICATION,
        TRANSMISSION_RANKS,
} TransmissionRank;

typedef struct TransmissionOps {
        /* How it ended: 0 and the acknowledgement, which may carry a response; -ECONNRESET;
         * -ETIMEDOUT; where nothing is repeated the error of a transport that did not take it. The
         * transmission is gone. */
        void (*done)(int result, const CoapMessage *acknowledgement, void *user);

        /* NULL, or called before each repetition; may call transmission_set_message(). */
        void (*before_repeat)(Transmission *transmission, void *user);
} TransmissionOps;

/* `context` must outlive it. */
Retransmit *retransmit_new(CoapContext *context);

/* From here on nothing that waits for its turn is sent: for when the endpoint is taken apart. */
void retransmit_stop(Retransmit *retransmit);

/* Forgets all transmissions; their `done` is not called. */
void retransmit_free(Retransmit *retransmit);

/* Sends a confirmable message at once or when it is its turn. Its number is bounded by what the
 * callers may have under way. Gives it a message ID when it is first sent. `done` is not called
 * before this returns. */
Transmission *retransmit_send(Retransmit *retransmit, const CoapMessage *message,
                              TransmissionRank rank, const TransmissionOps *ops, void *user);

/* Replaces the message (`data` is taken over). One that was sent before gets another ID and keeps
 * its count of repetitions and its timeout (RFC 7641, 4.5.2). */
void transmission_set_message(Transmission *transmission, uint8_t *data, size_t len);

/* Whether it has left the queue. */
bool transmission_sent(const Transmission *transmission);

/* The ID it was sent under last. */
uint16_t transmission_id(const Transmission *transmission);

/* Forgets it; `done` is not called. */
void transmission_cancel(Transmission *transmission);

/* An ACK or RST. Returns whether it belongs to a message that waits for it: by message ID (RFC
 * 7252, 4.2), and where it carries a response also by token (5.3.2). */
bool retransmit_on_message(Retransmit *retransmit, const CoapMessage *message);

/* Whether retransmit_on_message() would say yes. */
bool retransmit_expects(const Retransmit *retransmit, const CoapMessage *message);

/* Waiting for their turn or for an acknowledgement. */
unsigned retransmit_count(const Retransmit *retransmit);
