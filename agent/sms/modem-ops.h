/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the bearer asks of a modem and what it hears from it; whoever carries TPDUs implements this.
 * Embed `struct Modem` as the first member.
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Modem Modem;

typedef enum ModemState {
        MODEM_ABSENT,
        MODEM_LOCKED,    /* the SIM wants a PIN */
        MODEM_SEARCHING, /* not registered in a network */
        MODEM_READY,
} ModemState;

const char *modem_state_to_string(ModemState state);
int modem_state_from_string(const char *name);

typedef struct ModemStatus {
        ModemState state;
        const char *backend; /* "qmi", "mbim", "" */
        char *device;        /* "" where not known */
        char *own_number;    /* MSISDN without '+', or "" */
        bool storage_full;
} ModemStatus;

typedef struct ModemMessage {
        guint64 id;
        const uint8_t *tpdu; /* SMS-DELIVER or SMS-STATUS-REPORT without SMSC prefix */
        size_t len;
        bool stored; /* stays in the modem or card until it is acknowledged */
} ModemMessage;

/* Called from the main loop only, never from within a function of the modem. */
typedef struct ModemHandler {
        /* `message` is valid during the call. */
        void (*on_received)(const ModemMessage *message, void *user);

        /* The answer to modem_send(): 0 and the reference that status reports will bear, or -EIO
         * (refused), -ETIMEDOUT, -ENODEV (not there, or not ready), -EBUSY (as many as it can at
         * once are being sent), -EACCES. */
        void (*on_sent)(guint64 token, int result, unsigned reference, void *user);

        /* The status has changed. */
        void (*on_status)(void *user);

        /* A modem has come (back): the ids it had given out are void. It waits for modem_replay().
         */
        void (*on_connected)(void *user);
} ModemHandler;

typedef struct ModemOps {
        void (*send)(Modem *modem, const uint8_t *tpdu, size_t len, guint64 token);
        void (*acknowledge)(Modem *modem, guint64 id, bool foreign);
        void (*replay)(Modem *modem);
        void (*free)(Modem *modem);
} ModemOps;

struct Modem {
        const ModemOps *ops;
        const ModemHandler *handler;
        void *user;
        ModemStatus status;
};

/* For those who implement one. */
void modem_init(Modem *modem, const ModemOps *ops);

/* Takes NULL. Nothing is called afterwards. */
void modem_free(Modem *modem);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Modem, modem_free)

/* `handler` is a constant, `user` borrowed; NULL: what comes is dropped, unacknowledged. */
void modem_set_handler(Modem *modem, const ModemHandler *handler, void *user);

/* SMS-SUBMIT without SMSC prefix. on_sent answers in every case, later, with the same token. */
void modem_send(Modem *modem, const uint8_t *tpdu, size_t len, guint64 token);

/* The modem may acknowledge the message to the network and delete it. `foreign`: it is not for us,
 * and where it is stored it may be somebody else's. */
void modem_acknowledge(Modem *modem, guint64 id, bool foreign);

/* Announces again what is stored and not acknowledged. */
void modem_replay(Modem *modem);

/* Borrowed, valid until the loop runs. */
const ModemStatus *modem_status(const Modem *modem);
