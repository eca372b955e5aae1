/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An endpoint on a manual clock: octets go in, octets come out, and what it tells its user is
 * written down. */

#include "coap/endpoint.h"

#include <glib.h>

#define SECONDS(n) ((gint64) (n) *G_USEC_PER_SEC)

typedef struct Bench Bench;
typedef void (*BenchRequestFunc)(Bench *bench, CoapIncoming *incoming, const CoapMessage *request);

struct Bench {
        Clock *clock;
        Endpoint *endpoint;
        GQueue sent;    /* of GBytes, what the transport was given */
        GBytes *taken;  /* what bench_take() returned views of */
        int send_error; /* what the transport returns */

        /* What the peer asked. Without a function of its own a request is left pending. */
        BenchRequestFunc on_request;
        unsigned requests, gone;
        CoapIncoming *incoming; /* the last one */
        uint8_t request_code;
        bool request_observe, request_block;
        GByteArray *request_body;
        CoapMessage reply; /* for bench_reply_now() */

        /* What became of our requests, and of our notifications. */
        unsigned responses, notifications;
        int result, notification_result;
        uint8_t response_code;
        GByteArray *response_body;
        CoapToken notification_token;
};

/* `config` NULL: the defaults, but a back-off without chance (ACK_RANDOM_FACTOR 1). */
Bench *bench_new(const EndpointConfig *config);
void bench_free(Bench *bench);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bench, bench_free)

EndpointConfig bench_config(void);

/* Answers each request with the first `len` octets of the pattern. */
Bench *bench_replying(size_t len);

/* Message IDs for what the peer sends. */
uint16_t bench_next_id(void);

/* Hands the endpoint a message, in hexadecimal digits with any spaces or as a struct. */
void bench_receive(Bench *bench, const char *hex);
void bench_receive_message(Bench *bench, const CoapMessage *message);

/* The next message sent: is this, or what it is, or there is none. */
void bench_expect(Bench *bench, const char *hex);
void bench_expect_nothing(Bench *bench);
CoapMessage bench_take(Bench *bench);

/* The value of an integer option that must be there. */
uint32_t bench_uint(const CoapMessage *message, uint16_t number);

/* A Block option's value, and that a message has this one. */
#define BLOCK(num, more, szx) ((uint32_t) (num) << 4 | ((more) ? 8u : 0u) | (szx))
void bench_assert_block(const CoapMessage *message, uint16_t number, uint32_t expected);
bool bench_has(const CoapMessage *message, uint16_t number);

/* `len` octets that differ from block to block; a constant buffer of 64 KiB. */
const uint8_t *bench_pattern(void);

/* For on_request: sends bench->reply at once. */
void bench_reply_now(Bench *bench, CoapIncoming *incoming, const CoapMessage *request);

/* For endpoint_request(), with the bench as user. */
void bench_on_response(int result, const CoapMessage *response, void *user);

/* A confirmable request of ours to /rd, with `len` octets of the pattern as Content-Format 40. */
void bench_ask(Bench *bench, uint8_t code, size_t len);

/* The piggybacked response to a request of ours. */
CoapMessage bench_response_to(const CoapMessage *request, CoapType type, uint8_t code);
