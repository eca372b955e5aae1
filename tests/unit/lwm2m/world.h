/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A client without a network on a clock that stands still: its servers are played by the test,
 * which sees every datagram and answers it, or does not.
 */

#include "lwm2m/client.h"
#include "memory-object.h"
#include "peer.h"

/* Object 1000, multiple: 0 text R, 1 level RW 0 … 100, 2 set RW multiple, 3 run E, 4 word W, 5 blob
 * RW opaque, 6 must RW mandatory. */
#define WORLD_OBJECT 1000

#define WORLD_SECOND ((gint64) G_USEC_PER_SEC)

typedef struct WorldPromise {
        ObjectDone done;
        void *user;
} WorldPromise;

struct World {
        Clock *clock;
        Tree *tree;
        Changes *changes;
        char *directory;
        Seal *seal;
        Accounts *accounts;
        Keystore *keystore;
        Loader *loader;
        Vault *vault; /* NULL unless the test makes one */
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
        GString *executed; /* "3/arguments from ssid" */
        int execute_result;
        bool refreshing; /* refresh answers -EINPROGRESS */
        unsigned n_refreshes;
        GArray *promises; /* of WorldPromise: what it still has to answer */

        unsigned n_changed, n_added, n_removed;
        int result; /* of a ServerDone */
        unsigned n_done;
};

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

/* It waits so long for the next attempt, and jitter; the last one may be two seconds ago. */
void world_assert_waits(World *world, uint16_t ssid, gint64 seconds);

/* Time passes; 0: a turn of the loop. */
void world_advance(World *world, gint64 by);
void world_done(Server *server, int result, void *world);
uint64_t world_counter(World *world, uint16_t ssid, const char *name);

/* The value of a resource of object 1000 that exists changes, and the object tells of it. No turn
 * of the loop. */
void world_set(World *world, Path path, Value value);

/* The object answers everything it was asked for, and a turn of the loop. */
void world_finish(World *world, int result);
Peer *world_peer(World *world, uint16_t port);
