/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Requests of the peer that wait for their reply, at most ENDPOINT_MAX_INCOMING, and how a reply is
 * sent: piggybacked or separate (RFC 7252, 5.2). Blocks are cut above. Internal to coap/.
 */

#include "coap/block.h"
#include "coap/duplicate.h"
#include "coap/notifier.h"
#include "coap/retransmit.h"

typedef struct IncomingTable IncomingTable;

struct CoapIncoming {
        GList link;
        IncomingTable *table;
        CoapType type;
        uint16_t id;
        CoapToken token;
        bool acknowledged;     /* by an empty ACK: the reply will be separate */
        gint64 acknowledge_at; /* else */
        bool has_block1, has_block2, wants_size2;
        CoapBlock block1;     /* to be echoed (RFC 7959, 2.3) */
        CoapBlock block2;     /* what was asked for */
        ByteWriter key;       /* under which a long reply is kept */
        Snapshots *snapshots; /* and where */
        void *data;           /* the user's */
};

/* All of them must outlive it. */
IncomingTable *incoming_table_new(CoapContext *context, Retransmit *retransmit,
                                  Duplicates *duplicates, Notifier *notifier);

/* Tells the user of each request that is forgotten. */
void incoming_table_free(IncomingTable *table);

/* NULL: there are too many. Type, ID and token are those of the request, the rest is empty. */
CoapIncoming *incoming_new(IncomingTable *table, const CoapMessage *request);

/* After a request was handed up: where it was not replied to at once, sees to it that it is
 * acknowledged in time (separate_ms). */
void incoming_table_watch(IncomingTable *table);

/* Forgets it without a reply. */
void incoming_free(CoapIncoming *incoming);

/* Borrowed. */
CoapContext *incoming_context(const CoapIncoming *incoming);

/* Sends a response that fits into one message, its type, ID and token set here, and frees
 * `incoming`. */
void incoming_send(CoapIncoming *incoming, CoapMessage *response);

/* The same for a request that is not kept: answers it at once. */
void incoming_answer(IncomingTable *table, const CoapMessage *request, CoapMessage *response);
