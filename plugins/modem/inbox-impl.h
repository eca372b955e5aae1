/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What inbox.c and forget.c share. */

#include "inbox.h"

typedef struct Entry {
        guint64 id;
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
        bool overflow;    /* more is stored than the table takes */
        GHashTable *left; /* places of messages that are not the agent's → a hash of them */
};

/* NULL where it has been forgotten meanwhile. */
Entry *inbox_find(Inbox *inbox, guint64 id);

/* Out of the table; what did not fit before may be taken up. */
void inbox_remove(Inbox *inbox, Entry *entry);

/* Out of the table, and not announced again before the next replay. */
void inbox_leave(Inbox *inbox, Entry *entry);

/* Starts what inbox_acknowledge() promises of an acknowledged entry. `done` may be NULL. */
void inbox_forget(Inbox *inbox, Entry *entry, InboxDone done, void *user);
