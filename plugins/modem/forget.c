/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Forgetting one message. Where it is stored it is read once more before it is deleted: its place
 * may have been given to another message since. Where ModemManager has the modem, it deletes, since
 * it would not take up a later message in a place that was emptied behind its back; and it is the
 * one that acknowledges to the network, since two acknowledgements would be one too many.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "inbox-impl.h"

#define OBJECT "inbox"

typedef struct Forget {
        Inbox *inbox;
        guint64 id;
        char *modem; /* ModemManager's object, NULL: it has not got this modem */
        bool tried;  /* to delete it */
        bool makes_room;
        guint32 transaction; /* the one that is being acknowledged */
        InboxDone done;
        void *user;
} Forget;

static void forget_free(Forget *forget)
{
        g_free(forget->modem);
        g_free(forget);
}

static void forget_end(Forget *forget, int result, bool remove)
{
        Entry *entry = inbox_find(forget->inbox, forget->id);

        if (entry)
                entry->forgetting = false;
        if (entry && remove)
                inbox_remove(forget->inbox, entry);
        if (result < 0)
                log_debug(OBJECT, "message %" G_GUINT64_FORMAT " not done with: %s", forget->id,
                          g_strerror(-result));
        if (forget->makes_room)
                forget->inbox->making_room = false;

        /* It was not there any more: the next one, then. */
        if (forget->makes_room && remove && !forget->tried)
                inbox_make_room(forget->inbox);
        if (forget->done)
                forget->done(result, forget->user);
        forget_free(forget);
}

/* ---- Stored -------------------------------------------------------------------------- */

static void forget_read(Forget *forget);

static void forget_on_deleted(int result, void *user)
{
        Forget *forget = user;

        /* ModemManager may have deleted it with another segment of the same message. */
        if (result == -ENOENT && forget->modem)
                forget_read(forget);
        else
                forget_end(forget, result == -ENOENT ? 0 : result,
                           result == 0 || result == -ENOENT);
}

static void forget_delete(Forget *forget, const Entry *entry)
{
        Backend *backend = forget->inbox->backend;

        if (forget->tried) {
                log_warning(OBJECT, "ModemManager does not know a message that is stored at %u",
                            entry->place.number);
                forget_end(forget, -EIO, false);
                return;
        }
        forget->tried = true;
        if (forget->modem)
                manager_delete(forget->inbox->manager, forget->modem, entry->tpdu, entry->len,
                               forget_on_deleted, forget);
        else
                backend->ops->delete (backend, &entry->place, forget_on_deleted, forget);
}

static void forget_on_read(int result, const uint8_t *tpdu, size_t len, void *user)
{
        Forget *forget = user;
        const Entry *entry = inbox_find(forget->inbox, forget->id);

        if (!entry || result == -ENOENT || result == -EBADMSG)
                forget_end(forget, 0, true);
        else if (result < 0)
                forget_end(forget, result, false);
        else if (len != entry->len || memcmp(tpdu, entry->tpdu, len) != 0)
                forget_end(forget, 0, true);
        else
                forget_delete(forget, entry);
}

static void forget_read(Forget *forget)
{
        Backend *backend = forget->inbox->backend;
        const Entry *entry = inbox_find(forget->inbox, forget->id);

        if (entry)
                backend->ops->read(backend, &entry->place, forget_on_read, forget);
        else
                forget_end(forget, 0, false);
}

/* ---- Whatever it is ------------------------------------------------------------------ */

static void forget_on_acknowledged(int result, void *user);

static void forget_acknowledge(Forget *forget, const Entry *entry)
{
        Backend *backend = forget->inbox->backend;

        forget->transaction = entry->place.number;
        backend->ops->acknowledge(backend, &entry->place, forget_on_acknowledged, forget);
}

/* Whether or not the network took it: if not, it sends the message again. It may have done so
 * already, and waits for another acknowledgement. */
static void forget_on_acknowledged(int result, void *user)
{
        Forget *forget = user;
        const Entry *entry = inbox_find(forget->inbox, forget->id);

        if (entry && entry->place.number != forget->transaction)
                forget_acknowledge(forget, entry);
        else
                forget_end(forget, 0, true);
}

/* Somebody else's stays, unless nobody else would ever make room. Then one at a time makes enough.
 */
static void forget_stored(Forget *forget, Entry *entry)
{
        Inbox *inbox = forget->inbox;

        if (!entry->foreign) {
                forget_read(forget);
        } else if (!forget->modem && !inbox->making_room &&
                   backend_is_full(inbox->backend, &entry->place)) {
                inbox->making_room = forget->makes_room = true;
                forget_read(forget);
        } else {
                inbox_leave(inbox, entry);
                forget_end(forget, 0, false);
        }
}

static void forget_on_owner(int result, const char *modem, void *user)
{
        Forget *forget = user;
        Entry *entry = inbox_find(forget->inbox, forget->id);

        if (!entry || result < 0) {
                forget_end(forget, entry ? result : 0, false);
                return;
        }
        forget->modem = g_strdup(modem);
        if (entry->place.kind == PLACE_STORED)
                forget_stored(forget, entry);
        else if (modem)
                forget_end(forget, 0, true);
        else
                forget_acknowledge(forget, entry);
}

/* There is no modem, or it has nothing to do with it. */
static gboolean forget_on_nobody(gpointer user)
{
        Forget *forget = user;
        const Entry *entry = inbox_find(forget->inbox, forget->id);

        if (entry && entry->place.kind != PLACE_STORED)
                forget_end(forget, 0, true);
        else
                forget_end(forget, -ENODEV, false);
        return G_SOURCE_REMOVE;
}

void inbox_forget(Inbox *inbox, Entry *entry, InboxDone done, void *user)
{
        Forget *forget;

        if (entry->forgetting)
                return;
        forget = g_new0(Forget, 1);
        forget->inbox = inbox;
        forget->id = entry->id;
        forget->done = done;
        forget->user = user;
        entry->forgetting = true;
        if (inbox->device && entry->place.kind != PLACE_PASSED)
                manager_ask(inbox->manager, inbox->device, forget_on_owner, forget);
        else
                g_idle_add(forget_on_nobody, forget);
}
