/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inbox-impl.h"

GHashTable *left_new(void)
{
        return g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, entry_free);
}

static gint64 place_key(const Place *place)
{
        return (gint64) ((guint64) place->storage << 32 | place->number);
}

void inbox_leave(Inbox *inbox, Entry *entry)
{
        Entry *left;

        if (g_hash_table_size(inbox->left) < INBOX_MAX_LEFT) {
                left = g_memdup2(entry, sizeof(*entry));
                left->tpdu = g_steal_pointer(&entry->tpdu);
                left->key = place_key(&left->place);
                g_hash_table_replace(inbox->left, &left->key, left);
        }
        inbox_remove(inbox, entry);
}

bool inbox_has_left(Inbox *inbox, const Place *place, const uint8_t *tpdu, size_t len)
{
        const gint64 key = place_key(place);
        const Entry *left = g_hash_table_lookup(inbox->left, &key);

        return place->kind == PLACE_STORED && left && entry_is(left, tpdu, len);
}

static Entry *left_find_oldest(Inbox *inbox)
{
        Entry *oldest = NULL;
        Entry *left;
        GHashTableIter iter;

        g_hash_table_iter_init(&iter, inbox->left);
        while (g_hash_table_iter_next(&iter, NULL, (gpointer *) &left)) {
                if (backend_is_full(inbox->backend, &left->place) &&
                    (!oldest || left->id < oldest->id))
                        oldest = left;
        }
        return oldest;
}

void inbox_make_room(Inbox *inbox)
{
        Entry *entry = inbox->device && !inbox->making_room && inbox->entries->len < INBOX_MAX
                               ? left_find_oldest(inbox)
                               : NULL;

        if (!entry)
                return;
        g_hash_table_steal(inbox->left, &entry->key);
        entry->forgetting = false;
        g_ptr_array_add(inbox->entries, entry);
        inbox_forget(inbox, entry, NULL, NULL);
}
