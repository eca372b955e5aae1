/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The LwM2M client: a Server for each account, what they share (data model, keys, plugins), and the
 * events that concern all of them. Independent of how the data model is filled and of D-Bus.
 */

#include "base/clock.h"
#include "lwm2m/link-factory.h"
#include "lwm2m/server.h"
#include "model/change.h"
#include "model/tree.h"
#include "objects/accounts.h"
#include "objects/hooks.h"
#include "security/keystore.h"
#include "security/loader.h"
#include "security/vault.h"
#include "sms/bearer.h"

typedef struct Client Client;

typedef struct ClientConfig {
        const char *endpoint;      /* endpoint client name, copied */
        const char *own_number;    /* our MSISDN, copied; NULL: as the modem says */
        uint32_t sms_timeout;      /* seconds until a request of ours by SMS has failed; 0: 180 */
        uint16_t sms_block_size;   /* octets of a CoAP block by SMS, 16 to 1024; 0: 64 */
        unsigned sms_max_segments; /* short messages of one message; 0: 4 */
        bool sms_reports;          /* the network is asked for delivery reports */
        const char *version;       /* the highest LwM2M version to offer: "1.1" or "1.0" */
        uint16_t local_port; /* UDP port to bind; 0: the kernel's choice. Several servers share it
                                only if 0 */
        uint32_t handshake_initial_ms, handshake_limit_ms;
        uint32_t ack_timeout_ms;   /* CoAP ACK_TIMEOUT */
        size_t max_body;           /* longest request body taken from a server */
        uint32_t max_observations; /* of one server; above it an Observe is answered without Observe
                                      option */
        bool deregister_on_stop;
} ClientConfig;

typedef struct ClientParts { /* all borrowed, outlive the client */
        Clock *clock;
        Tree *tree;
        Changes *changes;
        Accounts *accounts;
        Keystore *keystore;
        Vault *vault; /* may be NULL: no session is saved */
        Loader *loader;
        const LinkFactory *links; /* copied; NULL: link_factory_udp() */
} ClientParts;

typedef struct ClientOps {
        /* State, error, times or registration of a server changed; coalesced, from the main loop.
         */
        void (*on_server_changed)(Server *server, void *user);
        void (*on_server_added)(Server *server, void *user);
        void (*on_server_removed)(uint16_t ssid, void *user);
        /* It woke us by SMS, for an "update" or a "bootstrap". May be NULL. */
        void (*on_triggered)(uint16_t ssid, const char *what, void *user);
} ClientOps;

/* Takes over the accounts' and the keystore's listener. `config` and `parts` are copied; `ops` must
 * outlive the client. */
Client *client_new(const ClientConfig *config, const ClientParts *parts, const ClientOps *ops,
                   void *user);
void client_free(Client *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Client, client_free)

/* Makes the servers of all accounts and begins to register. */
void client_start(Client *client);

/*
 * De-registers everywhere, or (ClientConfig) saves the sessions and leaves the registrations to
 * expire or to be renewed after a restart. A server is waited for 5 s, and another 5 s where
 * anything came back meanwhile. Then calls `done`, once, from the main loop.
 * Accounts and keys have no effect any more.
 */
void client_stop(Client *client, void (*done)(void *user), void *user);

/* Links, addresses or routes changed: each server checks from which address it would be reached now
 * and, if that changed, reconnects; servers that wait for a network try at once. */
void client_network_changed(Client *client);

/* Short messages are carried by `bearer` from here on, NULL: by none. Borrowed until it is taken
 * away again or the client freed; then nobody listens to it any more. All who are to hear something
 * listen when this returns: bearer_start() is the caller's. Not from within a callback of the
 * bearer. */
void client_set_bearer(Client *client, Bearer *bearer);

/* The status of the bearer's modem changed: servers that wait for it try at once. */
void client_modem_changed(Client *client);

/* Effects asked for by objects (objects/hooks.h); `user` is the Client. */

/* /1/x/8: an Update within a second. -ENOENT: no such server; 0 also where it is not registered and
 * has no use for it. */
int client_hook_update(uint16_t ssid, void *user);

Server *client_find(const Client *client, uint16_t ssid);

/* In order of ssid; `after` 0: the first. NULL at the end. */
Server *client_next(const Client *client, uint16_t after);
const char *client_endpoint(const Client *client);
