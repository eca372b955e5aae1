/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What mbim.c and the other mbim-*.c share. */

#include <libmbim-glib.h>

#include "backend.h"

#define MBIM_NAME "mbim"

/* There is one storage, without a number. */
#define MBIM_STORAGE 0

/* Seconds that the modem has to answer. */
#define MBIM_TIMEOUT_S 10

/* The network's answer to a message sent comes behind retries of the radio. */
#define MBIM_SEND_TIMEOUT_S 100

typedef struct MbimBackend {
        Backend backend; /* first */
        MbimDevice *device;
        bool open;
        bool gone; /* no use asking it for anything any more */

        GCancellable *opening;  /* NULL: not opening */
        GCancellable *commands; /* all that are under way; NULL: closed */
        BackendDone open_done;
        void *open_user;
        BackendDone close_done;
        void *close_user;

        bool card_locked;
        bool registered;
        bool network_known; /* it has told */
        unsigned refusals;  /* of the question for the network */
        bool store_pending; /* it was asked whether the storage is full */
        bool store_again;   /* that may have changed since */
} MbimBackend;

/* A request with its asker. Freed by its callback. */
typedef struct MbimRequest {
        MbimBackend *mbim;
        Place place;
        union {
                BackendDone done;
                BackendListed listed;
                BackendSent sent;
                BackendRead read;
        };
        void *user;
} MbimRequest;

/* A device that takes requests. */
static inline bool mbim_is_open(const MbimBackend *mbim)
{
        return mbim->open && !mbim->gone && !mbim->close_done;
}

/* Sends a command; takes `message`. The callback's source is the device. */
void mbim_ask(MbimBackend *mbim, MbimMessage *message, guint timeout_s, GAsyncReadyCallback func,
              gpointer user);

/* The response to it, where it is one and its status is good; else NULL and `error`. */
MbimMessage *mbim_answer(GObject *source, GAsyncResult *result, GError **error);

/* libmbim's error as errno, and the modem taken for gone where it is. */
int mbim_failed(MbimBackend *mbim, const GError *error);

/* As mbim_failed(), of a request whose one parameter is a place: one that the modem does not take
 * is -ENOENT. */
int mbim_place_failed(MbimBackend *mbim, const GError *error);

/* ---- mbim-raw.c: of responses and notifications as a device hands them on */

/* Whether it is long enough for the (offset, length) pairs that it claims to have: their number is
 * at `at`, and libmbim allocates by it. */
bool mbim_count_is_sane(const MbimMessage *message, guint32 at);

/* The status of the card and its first number, the caller's, or NULL: it has none. FALSE where it
 * is malformed: libmbim would then free pointers that were never set. */
bool mbim_raw_card(const MbimMessage *message, MbimSubscriberReadyState *ret_state,
                   char **ret_number);

/* ---- mbim-message.c */

void mbim_send(Backend *backend, const uint8_t *pdu, size_t len, BackendSent done, void *user);
void mbim_list(Backend *backend, BackendListed done, void *user);
void mbim_read(Backend *backend, const Place *place, BackendRead done, void *user);
void mbim_delete(Backend *backend, const Place *place, BackendDone done, void *user);

/* The modem acknowledges by itself: there is nothing to do. */
void mbim_acknowledge(Backend *backend, const Place *place, BackendDone done, void *user);

/* Hands up the message that has been stored at an index. */
void mbim_fetch(MbimBackend *mbim, guint32 index);

/* Hands up messages that are not stored (class 0), from a notification. */
void mbim_take_passed(MbimBackend *mbim, const MbimMessage *notification);

/* ---- mbim-status.c */

/* Asks for card, network, and storage. */
void mbim_status_start(MbimBackend *mbim);

/* Asks whether the storage is full, and what it would not tell before. */
void mbim_status_check(MbimBackend *mbim);

/* Asks whether the storage is full. */
void mbim_ask_store(MbimBackend *mbim);

void mbim_on_notification(MbimDevice *device, MbimMessage *notification, gpointer user);
