/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an endpoint is configured with, what it calls, what it counts, and its limits. Part of
 * coap/endpoint.h, which others include; apart from it so that the files below coap/endpoint.c need
 * not see the endpoint. */

#include "base/clock.h"
#include "coap/message.h"

/* Requests from the peer that have no reply yet. Above: 5.03 with Max-Age 1. */
#define ENDPOINT_MAX_INCOMING 32
/* Requests of ours under way or waiting for NSTART. */
#define ENDPOINT_MAX_REQUESTS 32
/* Message IDs of the peer remembered with the replies given. The oldest is forgotten first, and is
 * then acted on again. */
#define ENDPOINT_MAX_DUPLICATES 256
/* Octets of replies remembered for duplicates. Beyond, the oldest reply is forgotten, not its ID: a
 * repetition is then ignored. */
#define ENDPOINT_MAX_DUPLICATE_OCTETS (256 * 1024)
/* Bodies of the peer being put together, and responses of ours kept for it, at once: the one not
 * heard of for longest makes room. And the octets that these and our own requests may hold. */
#define ENDPOINT_MAX_TRANSFERS 8
#define ENDPOINT_MAX_TRANSFER_OCTETS (2 * 1024 * 1024)
/* Notifications not acknowledged (above: -ENOSPC), and IDs of those sent NON within NON_LIFETIME
 * and still open to a Reset (above: the oldest is forgotten). */
#define ENDPOINT_MAX_NOTIFICATIONS 1024

typedef struct CoapIncoming CoapIncoming; /* a request of the peer, until it is replied to */
typedef struct CoapExchange CoapExchange; /* a request of ours, until it is answered */

typedef struct EndpointConfig {
        /* False over SMS: CON and NON are sent once, nothing is retransmitted, an answer is waited
         * for as long as ACK_TIMEOUT says, a reply is always piggybacked, however late, and a
         * request is cut into blocks only where the transport does not take it whole. What the
         * transport does not take has failed at once. Every notification is confirmable: with
         * NSTART 1 none overtakes another, and while one is under way those that follow wait, the
         * last of each token. The acknowledgement is one more message, of the peer; it is the only
         * way to know that a value arrived, and of many changes at once few are sent. */
        bool reliable;

        /* RFC 7252, 4.8 */
        uint32_t ack_timeout_ms;       /* ACK_TIMEOUT, 2000 */
        uint32_t ack_random_per_mille; /* ACK_RANDOM_FACTOR × 1000, 1500 */
        uint8_t max_retransmit;        /* MAX_RETRANSMIT, 4 */
        uint32_t exchange_lifetime_ms; /* EXCHANGE_LIFETIME, 247000 */
        uint32_t non_lifetime_ms;      /* NON_LIFETIME, 145000 */

        /* NSTART, 1: CON messages of ours unacknowledged at once. The others wait: first requests
         * and separate responses, then notifications. */
        uint8_t nstart;

        /* A CON request not replied to for this long is acknowledged empty, 1000. */
        uint32_t separate_ms;

        uint8_t block_szx;  /* the largest block we send or ask for: 0 (16 octets) to 6 (1024) */
        size_t max_message; /* what the transport takes */
        size_t max_body;    /* the longest body we take, at most ENDPOINT_MAX_TRANSFER_OCTETS */
} EndpointConfig;

/* RFC 7252's default transmission parameters, blocks of 1024, bodies up to 1 MiB. */
EndpointConfig endpoint_config_default(void);

typedef struct EndpointOps {
        /* Sends one message. 0 or -errno; a failure counts as a lost datagram, or where nothing is
         * repeated ends what the message was part of. Must not hand in a message
         * (endpoint_on_message()) before it returns. */
        int (*send)(const void *data, size_t len, void *user);

        /*
         * A whole request of any method, known or not (RFC 7252, 5.8: answer 4.05). Its payload is
         * complete, Block1 and Block2 are gone, its critical options are of those in coap/code.h
         * and occur as often as they may (others were answered before, 4.02 or RST). `request` is
         * valid during the call only. Exactly one endpoint_reply() or endpoint_ignore() per
         * `incoming`, during the call or later.
         */
        void (*on_request)(CoapIncoming *incoming, const CoapMessage *request, void *user);

        /* What became of a notification: 0 acknowledged, -ECONNRESET the peer answered RST (cancel,
         * RFC 7641, 3.6), -ETIMEDOUT no acknowledgement, of it or of another: all that are under
         * way are given up then; as well with the transport's -errno where nothing is repeated and
         * it did not take one. 0 comes after the last of several, each of which took the place of
         * the one before. NON: only -ECONNRESET, if at all. A response with Observe that was
         * rejected tells -ECONNRESET too. */
        void (*on_notification)(const CoapToken *token, int result, void *user);

        /* NULL, or told of each request not replied to when the endpoint is freed: forget
         * `incoming`. */
        void (*on_incoming_gone)(CoapIncoming *incoming, void *user);
} EndpointOps;

typedef struct EndpointCounters {
        uint64_t received, sent;  /* messages */
        uint64_t malformed;       /* dropped or answered RST */
        uint64_t duplicates;      /* repeated messages of the peer */
        uint64_t retransmissions; /* ours */
        uint64_t timeouts;        /* CON given up */
        uint64_t resets_received, resets_sent;
        uint64_t unexpected; /* responses and ACKs that match nothing */
        uint64_t overflows;  /* refused or forgotten because a limit above was reached */
} EndpointCounters;

/* `result` 0: `response` is whole and valid during the call. -ETIMEDOUT; -ECONNRESET: RST;
 * -EBADMSG: the response was not understood (critical option, broken blocks); -EMSGSIZE: above
 * max_body; -ENOSPC: above what all transfers may hold; where nothing is repeated what the
 * transport said when it did not take the request. Then `response` is NULL. */
typedef void (*CoapResponseFunc)(int result, const CoapMessage *response, void *user);
