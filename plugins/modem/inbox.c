/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "inbox-impl.h"

#define OBJECT "inbox"

void entry_free(gpointer data)
{
        Entry *entry = data;

        g_free(entry->tpdu);
        g_free(entry);
}

static void inbox_on_again(void *user);

Inbox *inbox_new(Backend *backend, Manager *manager, Clock *clock, InboxAnnounce announce,
                 void *user)
{
        Inbox *inbox = g_new0(Inbox, 1);

        inbox->overflows = RATE_LIMIT(60 * G_USEC_PER_SEC, 1);
        inbox->backend = backend;
        inbox->manager = manager;
        inbox->announce = announce;
        inbox->user = user;
        inbox->entries = g_ptr_array_new_with_free_func(entry_free);
        inbox->replays = g_array_new(FALSE, FALSE, sizeof(Replay));
        inbox->next = g_array_new(FALSE, FALSE, sizeof(Replay));
        inbox->left = left_new();
        inbox->again = timer_new(clock, inbox_on_again, inbox);
        return inbox;
}

void inbox_free(Inbox *inbox)
{
        if (!inbox)
                return;
        timer_free(inbox->again);
        g_ptr_array_unref(inbox->entries);
        g_array_unref(inbox->replays);
        g_array_unref(inbox->next);
        g_hash_table_unref(inbox->left);
        g_free(inbox->device);
        g_free(inbox);
}

Entry *inbox_find(Inbox *inbox, guint64 id)
{
        for (guint i = 0; i < inbox->entries->len; i++) {
                Entry *entry = g_ptr_array_index(inbox->entries, i);

                if (entry->id == id)
                        return entry;
        }
        return NULL;
}

bool entry_is(const Entry *entry, const uint8_t *tpdu, size_t len)
{
        return entry->len == len && memcmp(entry->tpdu, tpdu, len) == 0;
}

/* A stored message by where it is; one that the network sends again by what it is. */
static Entry *inbox_find_place(Inbox *inbox, const Place *place, const uint8_t *tpdu, size_t len)
{
        for (guint i = 0; i < inbox->entries->len; i++) {
                Entry *entry = g_ptr_array_index(inbox->entries, i);

                if (entry->place.kind != place->kind)
                        continue;
                if (place->kind == PLACE_ROUTED && entry_is(entry, tpdu, len))
                        return entry;
                if (place->kind == PLACE_STORED && entry->place.storage == place->storage &&
                    entry->place.number == place->number)
                        return entry;
        }
        return NULL;
}

/* ---- The table ----------------------------------------------------------------------- */

static void inbox_list(Inbox *inbox);

void inbox_remove(Inbox *inbox, Entry *entry)
{
        g_ptr_array_remove(inbox->entries, entry);
        if (inbox->overflow && inbox->device && inbox->entries->len <= INBOX_MAX / 2 &&
            g_hash_table_size(inbox->left) < INBOX_MAX_LEFT)
                inbox_list(inbox);
}

static void inbox_announce(Inbox *inbox, Entry *entry)
{
        entry->announced = inbox->announce(entry->id, entry->tpdu, entry->len,
                                           entry->place.kind == PLACE_STORED, inbox->user);
}

static void inbox_add(Inbox *inbox, const Place *place, const uint8_t *tpdu, size_t len)
{
        Entry *entry;

        if (inbox->entries->len >= INBOX_MAX) {
                inbox->overflow |= place->kind == PLACE_STORED;
                if (rate_limit_pass(&inbox->overflows, g_get_monotonic_time(), NULL))
                        log_warning(OBJECT, "%u messages are not acknowledged, others %s",
                                    inbox->entries->len,
                                    place->kind == PLACE_STORED ? "stay in the modem"
                                                                : "are dropped");
                return;
        }
        entry = g_new0(Entry, 1);
        entry->id = ++inbox->last_id;
        entry->place = *place;
        entry->tpdu = g_memdup2(tpdu, len);
        entry->len = len;
        entry->seen = true;
        g_ptr_array_add(inbox->entries, entry);
        inbox_announce(inbox, entry);
}

void inbox_on_message(Inbox *inbox, const Place *place, const uint8_t *tpdu, size_t len)
{
        Entry *entry = inbox_find_place(inbox, place, tpdu, len);

        /* Somebody else deleted the old one. */
        if (entry && !entry_is(entry, tpdu, len)) {
                g_ptr_array_remove(inbox->entries, entry);
                entry = NULL;
        }
        if (!entry && inbox_has_left(inbox, place, tpdu, len))
                return;
        if (!entry) {
                inbox_add(inbox, place, tpdu, len);
                return;
        }

        entry->seen = true;
        if (place->kind == PLACE_ROUTED) {
                entry->place = *place; /* the transaction that is open now */
                entry->announced = false;
        }
        if (entry->acknowledged)
                inbox_forget(inbox, entry, NULL, NULL);
        else if (!entry->announced)
                inbox_announce(inbox, entry);
}

/* ---- Looking through the storage ----------------------------------------------------- */

static void replays_done(GArray *replays, int result)
{
        for (guint i = 0; i < replays->len; i++) {
                const Replay *replay = &g_array_index(replays, Replay, i);

                replay->done(result, replay->user);
        }
        g_array_set_size(replays, 0);
}

/* What a storage that was read to its end has no more: deleted by somebody else, or on another
 * card.
 */
static void inbox_drop_unseen(Inbox *inbox, uint32_t whole)
{
        for (guint i = inbox->entries->len; i > 0; i--) {
                const Entry *entry = g_ptr_array_index(inbox->entries, i - 1);

                if (entry->place.kind == PLACE_STORED && !entry->seen && !entry->forgetting &&
                    whole & backend_storage_bit(entry->place.storage))
                        g_ptr_array_remove_index(inbox->entries, i - 1);
        }
}

void inbox_on_missed(Inbox *inbox)
{
        inbox->missed = true;
        if (!inbox->device || timer_armed(inbox->again))
                return;
        inbox->again_delay = CLAMP(2 * inbox->again_delay, INBOX_AGAIN_FIRST, INBOX_AGAIN_MAX);
        timer_arm_in(inbox->again, inbox->again_delay);
}

static void inbox_on_again(void *user)
{
        inbox_list(user);
}

static void inbox_on_listed(int result, uint32_t whole, void *user)
{
        Inbox *inbox = user;

        inbox->listing = false;
        inbox_drop_unseen(inbox, whole);
        if (result < 0)
                inbox_on_missed(inbox);
        else if (!inbox->missed)
                inbox->again_delay = 0;
        replays_done(inbox->replays, result);
        if (inbox->list_again && inbox->device)
                inbox_list(inbox);
        else
                replays_done(inbox->next, -ENODEV);
}

static void inbox_list(Inbox *inbox)
{
        inbox->list_again = inbox->listing;
        if (inbox->listing)
                return;

        inbox->listing = true;
        inbox->missed = false;
        inbox->overflow = false;
        timer_disarm(inbox->again);
        g_array_append_vals(inbox->replays, inbox->next->data, inbox->next->len);
        g_array_set_size(inbox->next, 0);
        for (guint i = 0; i < inbox->entries->len; i++) {
                Entry *entry = g_ptr_array_index(inbox->entries, i);

                entry->seen = false;
        }
        inbox->backend->ops->list(inbox->backend, inbox_on_listed, inbox);
}

void inbox_start(Inbox *inbox, const char *device)
{
        g_free(inbox->device);
        inbox->device = g_strdup(device);
        inbox->again_delay = 0;
        inbox_list(inbox);
}

void inbox_stop(Inbox *inbox)
{
        g_clear_pointer(&inbox->device, g_free);
        inbox->list_again = false;
        timer_disarm(inbox->again);
        for (guint i = inbox->entries->len; i > 0; i--) {
                const Entry *entry = g_ptr_array_index(inbox->entries, i - 1);

                if (entry->place.kind == PLACE_ROUTED)
                        g_ptr_array_remove_index(inbox->entries, i - 1);
        }
}

/* ---- What the agent wants ------------------------------------------------------------ */

typedef struct Refusal {
        InboxDone done;
        void *user;
        int error;
} Refusal;

static gboolean refusal_on_idle(gpointer user)
{
        g_autofree Refusal *refusal = user;

        refusal->done(refusal->error, refusal->user);
        return G_SOURCE_REMOVE;
}

static void refuse_later(int error, InboxDone done, void *user)
{
        Refusal *refusal = g_new0(Refusal, 1);

        *refusal = (Refusal){done, user, error};
        g_idle_add(refusal_on_idle, refusal);
}

void inbox_replay(Inbox *inbox, InboxDone done, void *user)
{
        const Replay replay = {done, user};

        g_hash_table_remove_all(inbox->left);
        for (guint i = 0; i < inbox->entries->len; i++) {
                Entry *entry = g_ptr_array_index(inbox->entries, i);

                if (entry->acknowledged && !entry->foreign)
                        continue;
                entry->acknowledged = false;
                entry->announced = false;
                if (inbox->device)
                        inbox_announce(inbox, entry);
        }
        if (!inbox->device || inbox->next->len >= INBOX_MAX_REPLAYS) {
                refuse_later(inbox->device ? -EBUSY : -ENODEV, done, user);
                return;
        }
        g_array_append_val(inbox->next, replay);
        inbox_list(inbox);
}

int inbox_acknowledge(Inbox *inbox, guint64 id, bool foreign, InboxDone done, void *user)
{
        Entry *entry = inbox_find(inbox, id);

        if (!entry)
                return -ENOENT;
        if (entry->forgetting) {
                refuse_later(-EBUSY, done, user);
                return 0;
        }
        entry->acknowledged = true;
        entry->foreign = foreign;
        inbox_forget(inbox, entry, done, user);
        return 0;
}

void inbox_retry(Inbox *inbox)
{
        for (guint i = 0; inbox->device && i < inbox->entries->len; i++) {
                Entry *entry = g_ptr_array_index(inbox->entries, i);

                if (entry->acknowledged && !entry->forgetting)
                        inbox_forget(inbox, entry, NULL, NULL);
        }
        inbox_make_room(inbox);
}

void inbox_on_status(Inbox *inbox)
{
        inbox_make_room(inbox);
}
