/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One modem behind its control protocol: what lwm2md-modem asks of it and hears from it. QMI and
 * MBIM implement this. A backend lives as long as the process; the device behind it is opened and
 * closed as it comes and goes. Embed `struct Backend` as the first member.
 *
 * Nothing is called back from within a function of the backend, but from the main loop. Each
 * function that takes a `done` answers exactly once with 0 or a negative errno: -ENODEV where the
 * device is closed or went away, -ETIMEDOUT, -ECONNREFUSED (the modem or the network refused),
 * -ENOENT (no such message).
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rate-limit.h"
#include "sms/modem.h"

/* SMSC address and TPDU: what is longer is neither. */
#define PDU_MAX_OCTETS 267

/* Refusals of the question for the network, with nothing else known, after which the modem is taken
 * for one that does not tell: then it is left to refuse what it cannot send. */
#define BACKEND_MAX_REFUSALS 3

/* Messages told of: read at a time, and waiting for it; what is beyond is listed. */
#define BACKEND_MAX_FETCHING 16
#define BACKEND_MAX_FETCHES 256

/* Requests in a row that the modem may leave unanswered. */
#define BACKEND_MAX_TIMEOUTS 3

typedef struct Backend Backend;

typedef enum PlaceKind {
        PLACE_STORED, /* in the modem or on the card, until it is deleted */
        PLACE_ROUTED, /* the network waits for an acknowledgement */
        PLACE_PASSED, /* only here, and acknowledged by the modem */
} PlaceKind;

/* Where a message is. A plain value. */
typedef struct Place {
        PlaceKind kind;
        uint8_t storage; /* PLACE_STORED: the protocol's number of the storage */
        uint32_t number; /* its index there; PLACE_ROUTED: the transaction */
} Place;

typedef void (*BackendDone)(int result, void *user);

/* `whole`: a bit for each storage of which every message was handed up. */
typedef void (*BackendListed)(int result, uint32_t whole, void *user);

/* `reference` on success; `text` says why not, for a person, and is valid during the call. */
typedef void (*BackendSent)(int result, unsigned reference, const char *text, void *user);

/* `tpdu` without SMSC address, valid during the call. */
typedef void (*BackendRead)(int result, const uint8_t *tpdu, size_t len, void *user);

typedef struct BackendHandler {
        /* A message that has come, or is found by list(). `tpdu` without SMSC address, at least one
         * octet, valid during the call. */
        void (*on_message)(const Place *place, const uint8_t *tpdu, size_t len, void *user);

        /* A stored message could not be read: list() is to be called again, sooner or later. */
        void (*on_missed)(void *user);

        /* What backend->status says has changed. */
        void (*on_status)(void *user);

        /* The device or the proxy went away; the backend is to be closed. */
        void (*on_gone)(void *user);

        /* A request has had no answer in time: check() tells what that means. */
        void (*on_silent)(void *user);
} BackendHandler;

typedef struct BackendStatus {
        ModemState state;
        char *own_number;  /* digits without '+', or "" */
        bool storage_full; /* any of them */
        uint32_t full;     /* a bit for each storage, by its number */
} BackendStatus;

typedef struct BackendOps {
        const char *name;     /* "qmi" */
        const char *bus_name; /* what the service is called on D-Bus */
        const char *proxy;    /* abstract socket of the proxy */

        /* `device`: a path. Once opened it has to be closed, also when this fails. */
        void (*open)(Backend *backend, const char *device, BackendDone done, void *user);

        /* Gives back what the modem or the proxy holds for us. Also from half-open. */
        void (*close)(Backend *backend, BackendDone done, void *user);

        /* `pdu`: SMSC address and SMS-SUBMIT. */
        void (*send)(Backend *backend, const uint8_t *pdu, size_t len, BackendSent done,
                     void *user);

        /* Calls on_message for each stored message that came from the network, on_missed where it
         * is not for each. */
        void (*list)(Backend *backend, BackendListed done, void *user);

        void (*read)(Backend *backend, const Place *place, BackendRead done, void *user);
        void (*delete)(Backend *backend, const Place *place, BackendDone done, void *user);

        /* To the network, of PLACE_ROUTED. */
        void (*acknowledge)(Backend *backend, const Place *place, BackendDone done, void *user);

        /* Asks whether the storage is full, and so whether anybody answers at all: after
         * BACKEND_MAX_TIMEOUTS requests in a row without an answer comes on_gone. */
        void (*check)(Backend *backend);

        /* Closed before. */
        void (*free)(Backend *backend);
} BackendOps;

struct Backend {
        const BackendOps *ops;
        const BackendHandler *handler;
        void *user;
        BackendStatus status;
        RateLimit complaints; /* about messages */
        GArray *fetches;      /* of Place, told of and not read yet */
        unsigned fetching;    /* that are being read */
        bool missed;          /* one of them could not be, or there were too many */
};

/* `proxy` NULL: as usual; else another abstract name. Both are NULL where
 * the backend is not built. */
Backend *qmi_backend_new(const char *proxy);
Backend *mbim_backend_new(void);

/* For those who implement one. */
void backend_init(Backend *backend, const BackendOps *ops);
void backend_set_state(Backend *backend, ModemState state);

/* Of one storage. What the modem says of one that has no bit is passed over. */
void backend_set_storage_full(Backend *backend, uint8_t storage, bool full);

/* Whether the storage of a PLACE_STORED is full, as far as the modem has said. */
bool backend_is_full(const Backend *backend, const Place *place);

/* The modem is gone, and what it said of its storages is void. */
void backend_forget_storages(Backend *backend);

/* Takes what libraries give: "+49 151 …", NULL. */
void backend_set_own_number(Backend *backend, const char *number);

/* The modem has told of a message: reads it and hands it up, in the order of the calls. */
void backend_fetch(Backend *backend, const Place *place);

/* Whether an error of a read leaves the message to be read later: it is neither gone nor none. */
bool backend_is_missed(int result);

void backend_tell_missed(Backend *backend);

/* A bit for the storage, 0 for those that have none. */
uint32_t backend_storage_bit(uint8_t storage);

/* A warning about one message: a few a minute. `text` names what is wrong with it. */
void backend_complain(Backend *backend, const Place *place, const char *text);

/* A PDU with SMSC address from the modem. FALSE where it is none; it is logged. */
bool backend_take_pdu(Backend *backend, const Place *place, const uint8_t *pdu, size_t len);

/* Takes NULL. */
void backend_free(Backend *backend);
