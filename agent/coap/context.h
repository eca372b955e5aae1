/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the parts of one endpoint share: its parameters, its counters, the way out. Internal to
 * coap/. */

#include "base/rate-limit.h"
#include "coap/parameters.h"

typedef struct CoapContext {
        Clock *clock;
        EndpointConfig config;
        const EndpointOps *ops;
        void *user;
        char *name;
        EndpointCounters counters;
        uint16_t next_id;
        size_t transfer_octets; /* held by transfers, at most ENDPOINT_MAX_TRANSFER_OCTETS */

        /* Gives some of them back, or says that there is nothing to be spared. NULL: nothing. */
        bool (*spare_octets)(void *user);
        void *spare_octets_user;

        RateLimit rejections;
} CoapContext;

/* Copies `config`, within the limits, and `name`; `ops` and `clock` must outlive it. */
void context_init(CoapContext *context, Clock *clock, const EndpointConfig *config,
                  const EndpointOps *ops, const char *name, void *user);

/* Frees what context_init() copied. */
void context_clear(CoapContext *context);

/* `ms` milliseconds from now, in the clock's microseconds. */
gint64 context_deadline(const CoapContext *context, uint32_t ms);

/* The next message ID: from a random first one, one by one (RFC 7252, 4.4). */
uint16_t context_take_id(CoapContext *context);

/* Four random octets: no less, against responses forged by those who do not see the request (RFC
 * 7252, 5.3.1); no more, because a short message has few. */
CoapToken context_new_token(void);

/* Sends what is encoded. A failure of the transport is a lost datagram, and told only where nothing
 * is repeated: the transport's -errno, else 0. */
int context_send(CoapContext *context, const void *data, size_t len);

/* An Empty message: an acknowledgement, a Reset (RFC 7252, 4.1). */
void context_send_empty(CoapContext *context, CoapType type, uint16_t id);

/*
 * Rejects a message that no one asked for or understands with RST (RFC 7252, 4.2 and 4.3), at most
 * so many a second: the rest is ignored, so that junk costs the network no more than a little (RFC
 * 7252, 4.7).
 */
void context_reject(CoapContext *context, uint16_t id);

/* Books octets of a block-wise transfer, at the cost of what can be spared, and gives them back.
 * False: too many. */
bool context_take_octets(CoapContext *context, size_t octets);
void context_give_octets(CoapContext *context, size_t octets);

/* ---- A message encoded, without allocation where it is of common size ---- */

#define ENCODED_INLINE 1280

typedef struct EncodedMessage {
        uint8_t *data;
        size_t len;
        uint8_t inlined[ENCODED_INLINE];
} EncodedMessage;

/* Encodes; `encoded` was not in use. End with encoded_clear(). */
void encoded_init(EncodedMessage *encoded, const CoapMessage *message);

/* Frees memory that was needed for a long one. */
void encoded_clear(EncodedMessage *encoded);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(EncodedMessage, encoded_clear)

/* The encoding in memory of its own (g_free()). */
uint8_t *encode_message(const CoapMessage *message, size_t *ret_len);
