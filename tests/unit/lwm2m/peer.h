/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A server that the test plays: what it gets and what it sends. */

#include <glib.h>

#include "coap/message.h"
#include "link/link.h"

typedef struct World World;

/* One server, as the network sees it. */
typedef struct Peer {
        uint16_t port;
        Link *link;           /* the last one made to it, NULL before */
        unsigned n_links;     /* made so far */
        int make_error;       /* making one fails */
        uint32_t address;     /* where the last link leads to, IPv4 */
        uint32_t unreachable; /* there is no way to this one */
        uint16_t next_id;
        GBytes *taken; /* what `message` points to */
        CoapMessage message;
} Peer;

/* The next message of ours to that server, valid until the next one is taken. NULL: there is none.
 */
const CoapMessage *peer_take(Peer *peer);

/* The next datagram as text, for handshakes. The caller's; NULL: there is none. */
char *peer_take_text(Peer *peer);

/* An order to the scripted plugin, and the loop turns. */
void peer_order(World *world, Peer *peer, const char *order);

/* The next message, which must be there and have that code. */
const CoapMessage *peer_expect(Peer *peer, uint8_t code);

/* "rd/5a3f" and "lwm2m=1.1&ep=…": options of a number joined. The caller's. */
char *message_join(const CoapMessage *message, uint16_t number, const char *separator);
char *message_payload(const CoapMessage *message);

/* Must have that path ("rd/5a3f") and those query parameters ("lt=60&b=U", in this order). */
void message_assert_query(const CoapMessage *message, const char *path, const char *query);
bool message_has(const CoapMessage *message, uint16_t number);

/* The server sends a message, and the loop turns. */
void peer_send(World *world, Peer *peer, const CoapMessage *message);

/* Piggybacked. `location` NULL: without. `request` is one of peer_take(). */
void peer_answer(World *world, Peer *peer, const CoapMessage *request, uint8_t code,
                 const char *location);

/* A CON request with a token of one octet; `path` as "1000/0/1". The answer, which must be there at
 * once. */
typedef struct Request {
        uint8_t code;
        const char *path;
        const char *query;           /* "pmin=1&pmax=2" */
        int observe, accept, format; /* OPTION(value), 0: without */
        const char *payload;
        size_t len; /* of the payload; 0: as text */
        uint8_t token;
} Request;
#define OPTION(value) ((value) + 1)
#define REQUEST(...) ((Request){__VA_ARGS__})
void peer_ask(World *world, Peer *peer, Request request);
const CoapMessage *peer_request(World *world, Peer *peer, Request request);

/* Expects a Register and accepts it. */
void peer_register(World *world, Peer *peer, const char *location);
