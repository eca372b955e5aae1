/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The messages that have come and may not be forgotten yet. Each has an id that stays its own until
 * it is acknowledged, also while the modem is away. At most INBOX_MAX: what is stored beyond that
 * stays in the modem and is taken up as others are acknowledged; what waits for an acknowledgement
 * to the network gets none, and comes again.
 */

#include <stdbool.h>

#include "backend.h"
#include "manager.h"

#define INBOX_MAX 256

/* Messages of others in the storage that are remembered as such, to be deleted where there is no
 * room otherwise; there is no more overflow to be taken up beyond. */
#define INBOX_MAX_LEFT 1024

/* Until the storage is looked through again after something in it could not be read: doubled as
 * long as that is so. */
#define INBOX_AGAIN_FIRST G_USEC_PER_SEC
#define INBOX_AGAIN_MAX (G_TIME_SPAN_HOUR)

/* Calls of inbox_replay() that wait for one list. */
#define INBOX_MAX_REPLAYS 8

typedef struct Inbox Inbox;

/* Tells the agent. FALSE: there is none, and the message waits for inbox_replay(). */
typedef bool (*InboxAnnounce)(guint64 id, const uint8_t *tpdu, size_t len, bool stored, void *user);

typedef void (*InboxDone)(int result, void *user);

/* All are borrowed. */
Inbox *inbox_new(Backend *backend, Manager *manager, Clock *clock, InboxAnnounce announce,
                 void *user);
void inbox_free(Inbox *inbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inbox, inbox_free)

/* The modem is open: what it stores is looked through. `device`: its port, borrowed until
 * inbox_stop(). Again, where more of the storage may have become readable. */
void inbox_start(Inbox *inbox, const char *device);

/* The modem is gone. What was not stored there is void. */
void inbox_stop(Inbox *inbox);

/* From the backend. Known ones keep their id and are not announced twice. */
void inbox_on_message(Inbox *inbox, const Place *place, const uint8_t *tpdu, size_t len);

/* From the backend: not all could be read. What is stored is looked through again. */
void inbox_on_missed(Inbox *inbox);

/* Announces what is not acknowledged, then what else is stored. `done`, later: -ENODEV, -EBUSY (too
 * many at once), or what the modem said. */
void inbox_replay(Inbox *inbox, InboxDone done, void *user);

/*
 * The message may be forgotten: it is acknowledged to the network, or deleted where it is stored,
 * through ModemManager where that has the modem. `foreign`: it is not the agent's, and stays stored
 * until its storage is full and nobody else would make room; then they go one by one. `done`,
 * later, where it is not at once with -ENOENT: no such message. Other errors: it could not be done,
 * and is tried again by inbox_retry() and when the modem is next looked through.
 */
int inbox_acknowledge(Inbox *inbox, guint64 id, bool foreign, InboxDone done, void *user);

/* Tries again what could not be forgotten, and makes room. To be called now and then while the
 * modem is there. */
void inbox_retry(Inbox *inbox);

/* backend->status has changed: a storage may be full. */
void inbox_on_status(Inbox *inbox);
