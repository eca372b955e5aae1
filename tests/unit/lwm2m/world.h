/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A client without a network on a clock that stands still: its servers are played by the test, which sees every datagram
 * and answers it, or does not.
 */

#include "coap/message.h"
#include "lwm2m/client.h"
#include "memory-object.h"

/* Object 1000, multiple: 0 text R, 1 level RW 0 … 100, 2 set RW multiple, 3 run E, 4 word W, 5 blob RW opaque, 6 must RW mandatory. */
#define WORLD_OBJECT 1000

#define WORLD_SECOND ((gint64) G_USEC_PER_SEC)

/* One server, as the network sees it. */
typedef struct Peer {
        uint16_t port;
        Link *link;       /* the last one made to it, NULL before */
        unsigned n_links; /* made so far */
        int make_error;   /* making one fails */
        uint16_t next_id;
        GBytes *taken;    /* what `message` points to */
        CoapMessage message;
} Peer;

typedef struct WorldPromise {
        ObjectDone done;
        void *user;
} WorldPromise;

typedef struct World {
        Clock *clock;
        Tree *tree;
        Changes *changes;
        char *directory;
        Seal *seal;
        Accounts *accounts;
        Keystore *keystore;
        Loader *loader;
        LinkFactory links;
        Client *client;
        ClientConfig config;
        Object *server_object;
        MemoryObject *memory;
        ObjectOps memory_ops; /* with execute and refresh */
        GPtrArray *peers;     /* of Peer */
        GString *log;
        uint8_t host; /* last octet of our address */
        bool no_network;

        /* What the object was asked for, and what it says. */
        GString *executed;   /* "3/arguments from ssid" */
        int execute_result;
        bool refreshing;     /* refresh answers -EINPROGRESS */
        unsigned n_refreshes;
        GArray *promises; /* of WorldPromise: what it still has to answer */

        unsigned n_changed, n_added, n_removed;
        int result;      /* of a ServerDone */
        unsigned n_done;
} World;

/* Makes everything but accounts and the client. */
void world_open(World *world);
void world_close(World *world);

/* NoSec, port as given, lifetime 86400. */
Account world_account(uint16_t ssid, uint16_t port);
void world_add(World *world, Account account);
void world_change(World *world, Account account);

/* Mode PSK, with a key and an identity. */
Account world_psk_account(World *world, uint16_t ssid, uint16_t port);

/* The client, started, and a turn of the loop. */
void world_start(World *world);
Server *world_server(World *world, uint16_t ssid);
ServerInfo world_info(World *world, uint16_t ssid);
ServerState world_state(World *world, uint16_t ssid);

/* Time passes; 0: a turn of the loop. */
void world_advance(World *world, gint64 by);
void world_done(Server *server, int result, void *world);
uint64_t world_counter(World *world, uint16_t ssid, const char *name);

/* The value of a resource of object 1000 that exists changes, and the object tells of it. No turn of the loop. */
void world_set(World *world, Path path, Value value);

/* The object answers everything it was asked for, and a turn of the loop. */
void world_finish(World *world, int result);
Peer *world_peer(World *world, uint16_t port);

/* The next message of ours to that server, valid until the next one is taken. NULL: there is none. */
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
bool message_has(const CoapMessage *message, uint16_t number);

/* The server sends a message, and the loop turns. */
void peer_send(World *world, Peer *peer, const CoapMessage *message);

/* Piggybacked. `location` NULL: without. `request` is one of peer_take(). */
void peer_answer(World *world, Peer *peer, const CoapMessage *request, uint8_t code, const char *location);

/* A CON request with a token of one octet; `path` as "1000/0/1". The answer, which must be there at once. */
typedef struct Request {
        uint8_t code;
        const char *path;
        const char *query; /* "pmin=1&pmax=2" */
        int observe, accept, format; /* OPTION(value), 0: without */
        const char *payload;
        size_t len; /* of the payload; 0: as text */
        uint8_t token;
} Request;
#define OPTION(value) ((value) + 1)
#define REQUEST(...) ((Request){ __VA_ARGS__ })
void peer_ask(World *world, Peer *peer, Request request);
const CoapMessage *peer_request(World *world, Peer *peer, Request request);

/* Expects a Register and accepts it. */
void peer_register(World *world, Peer *peer, const char *location);
