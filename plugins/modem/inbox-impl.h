/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What inbox.c and forget.c share. */

#include "base/rate-limit.h"
#include "inbox.h"

typedef struct Entry {
        guint64 id;
        gint64 key; /* of its place, once it is left */
        Place place;
        uint8_t *tpdu;
        size_t len;
        bool announced;
        bool acknowledged; /* by the agent; only the modem does not know yet */
        bool foreign;      /* … as one that is not the agent's */
        bool forgetting;   /* about to be told */
        bool seen;         /* in the list that is being made */
} Entry;

typedef struct Replay {
        InboxDone done;
        void *user;
} Replay;

struct Inbox {
        Backend *backend;
        Manager *manager;
        InboxAnnounce announce;
        void *user;
        char *device;       /* NULL: no modem */
        GPtrArray *entries; /* of Entry */
        guint64 last_id;
        GArray *replays; /* of Replay, waiting for the list that is being made */
        GArray *next;    /* … for the one after it */
        bool listing;
        bool list_again;
        bool missed; /* since it was begun */
        Timer *again;
        gint64 again_delay;  /* 0: nothing is missed */
        RateLimit overflows; /* said in the log */
        bool overflow;       /* more is stored than the table takes */
        GHashTable *left;    /* of Entry by key: not the agent's, and not in `entries` */
        bool making_room;    /* one of them is being deleted */
};

/* NULL where it has been forgotten meanwhile. */
Entry *inbox_find(Inbox *inbox, guint64 id);

/* Out of the table; what did not fit before may be taken up. */
void inbox_remove(Inbox *inbox, Entry *entry);

void entry_free(gpointer entry);

/* Whether its content is this. */
bool entry_is(const Entry *entry, const uint8_t *tpdu, size_t len);

/* ---- left.c: messages of others, which stay where they are stored */

/* A table for them. */
GHashTable *left_new(void);

/* Out of the table, and not announced again before the next replay. */
void inbox_leave(Inbox *inbox, Entry *entry);

/* Whether it is one of them. */
bool inbox_has_left(Inbox *inbox, const Place *place, const uint8_t *tpdu, size_t len);

/* Deletes the oldest one of a storage that is full, unless ModemManager has the modem. */
void inbox_make_room(Inbox *inbox);

/* ---- forget.c */

/* Starts what inbox_acknowledge() promises of an acknowledged entry. `done` may be NULL. */
void inbox_forget(Inbox *inbox, Entry *entry, InboxDone done, void *user);
