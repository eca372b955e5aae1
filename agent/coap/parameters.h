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
/* Message IDs of the peer remembered with the replies given (oldest forgotten first). */
#define ENDPOINT_MAX_DUPLICATES 256
/* Octets of replies remembered for duplicates. */
#define ENDPOINT_MAX_DUPLICATE_OCTETS (256 * 1024)
/* Block-wise transfers at once, each direction, and the octets they may hold together. */
#define ENDPOINT_MAX_TRANSFERS 8
#define ENDPOINT_MAX_TRANSFER_OCTETS (2 * 1024 * 1024)
/* Notifications not acknowledged, or sent NON within NON_LIFETIME and still open to a Reset. */
#define ENDPOINT_MAX_NOTIFICATIONS 1024

typedef struct CoapIncoming CoapIncoming; /* a request of the peer, until it is replied to */
typedef struct CoapExchange CoapExchange; /* a request of ours, until it is answered */

typedef struct EndpointConfig {
        bool reliable; /* false over SMS: CON and NON are sent once, nothing is retransmitted */
        uint32_t ack_timeout_ms;       /* ACK_TIMEOUT, 2000 */
        uint32_t ack_random_per_mille; /* ACK_RANDOM_FACTOR × 1000, 1500 */
        uint8_t max_retransmit;        /* MAX_RETRANSMIT, 4 */
        uint8_t nstart; /* NSTART, 1: CON messages of ours (requests, notifications, separate
                           responses) unanswered at once */
        uint32_t exchange_lifetime_ms; /* EXCHANGE_LIFETIME, 247000 */
        uint32_t non_lifetime_ms;      /* NON_LIFETIME, 145000 */
        uint32_t separate_ms; /* a CON request not replied to for this long is acknowledged empty,
                                 1000 */
        uint8_t block_szx;    /* the largest block we send or ask for: 0 (16 octets) to 6 (1024) */
        size_t max_message;   /* what the transport takes */
        size_t max_body; /* the longest request or response body we take: above 4.13 with Size1 */
} EndpointConfig;

/* RFC 7252's default transmission parameters, blocks of 1024, bodies up to 1 MiB. */
EndpointConfig endpoint_config_default(void);

typedef struct EndpointOps {
        /* Sends one message. 0 or -errno; a failure counts as a lost datagram. */
        int (*send)(const void *data, size_t len, void *user);

        /*
         * A whole request, its payload complete, its known critical options all of those listed in
         * coap/code.h (others were answered 4.02 before). `request` is valid during the call only.
         * Exactly one endpoint_reply() or endpoint_ignore() per `incoming`, during the call or
         * later.
         */
        void (*on_request)(CoapIncoming *incoming, const CoapMessage *request, void *user);

        /* What became of a notification: 0 acknowledged, -ECONNRESET the peer answered RST (cancel,
         * RFC 7641, 3.6), -ETIMEDOUT no acknowledgement. NON: only -ECONNRESET, if at all. */
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
 * max_body. Then `response` is NULL. */
typedef void (*CoapResponseFunc)(int result, const CoapMessage *response, void *user);
