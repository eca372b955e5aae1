/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/change.h"

typedef struct Listener {
        unsigned handle;
        ChangeFunc func; /* NULL: gone, swept when nobody is being told */
        void *user;
} Listener;

typedef struct Pending {
        Path path;
        ChangeKind kind;
        Origin origin;
} Pending;

struct Changes {
        Timer *timer;
        GArray *listeners;  /* of Listener, in order of joining */
        GPtrArray *pending; /* of Pending, in order of posting, owned */
        GHashTable *index;  /* the same, by path and kind */
        unsigned last_handle;
        bool telling;
};

static guint pending_hash(gconstpointer data)
{
        const Pending *pending = data;
        guint hash = pending->path.level * 8u + (guint) pending->kind;

        for (int i = 0; i < pending->path.level; i++)
                hash = hash * 31u + pending->path.id[i];
        return hash;
}

static gboolean pending_equal(gconstpointer a, gconstpointer b)
{
        const Pending *left = a, *right = b;

        return left->kind == right->kind && path_equal(left->path, right->path);
}

static void sweep_listeners(Changes *changes)
{
        for (guint i = changes->listeners->len; i > 0; i--) {
                if (!g_array_index(changes->listeners, Listener, i - 1).func)
                        g_array_remove_index(changes->listeners, i - 1);
        }
}

static void tell_all(Changes *changes, const Pending *pending)
{
        /* Who joins meanwhile is not told: the length is read once. By index: the array may move.
         */
        guint len = changes->listeners->len;

        for (guint i = 0; i < len; i++) {
                Listener listener = g_array_index(changes->listeners, Listener, i);

                if (listener.func)
                        listener.func(pending->path, pending->kind, pending->origin, listener.user);
        }
}

static void changes_on_turn(void *user)
{
        Changes *changes = user;
        g_autoptr(GPtrArray) turn = changes->pending;

        changes->pending = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_remove_all(changes->index);

        changes->telling = true;
        for (guint i = 0; i < turn->len; i++)
                tell_all(changes, g_ptr_array_index(turn, i));
        changes->telling = false;
        sweep_listeners(changes);
}

Changes *changes_new(Clock *clock)
{
        Changes *changes = g_new0(Changes, 1);

        changes->timer = timer_new(clock, changes_on_turn, changes);
        changes->listeners = g_array_new(FALSE, FALSE, sizeof(Listener));
        changes->pending = g_ptr_array_new_with_free_func(g_free);
        changes->index = g_hash_table_new(pending_hash, pending_equal);
        return changes;
}

void changes_free(Changes *changes)
{
        if (!changes)
                return;

        g_assert(!changes->telling);
        timer_free(changes->timer);
        g_array_unref(changes->listeners);
        g_hash_table_unref(changes->index);
        g_ptr_array_unref(changes->pending);
        g_free(changes);
}

/* Whether it took the place of one that is pending. */
static bool coalesce(Changes *changes, const Pending *pending)
{
        Pending *earlier = g_hash_table_lookup(changes->index, pending);

        if (!earlier)
                return false;
        earlier->origin = pending->origin;
        return true;
}

static void append(Changes *changes, Pending pending)
{
        Pending *copy;

        if (coalesce(changes, &pending))
                return;

        copy = g_memdup2(&pending, sizeof(pending));
        g_ptr_array_add(changes->pending, copy);
        g_hash_table_add(changes->index, copy);
}

static bool everything_changed(const Changes *changes)
{
        const Pending *first;

        if (changes->pending->len == 0)
                return false;
        first = g_ptr_array_index(changes->pending, 0);
        return first->path.level == PATH_ROOT;
}

static void post_everything(Changes *changes, Origin origin)
{
        g_hash_table_remove_all(changes->index);
        g_ptr_array_set_size(changes->pending, 0);
        append(changes, (Pending){path_root(), CHANGE_INSTANCES, origin});
        append(changes, (Pending){path_root(), CHANGE_VALUE, origin});
}

void change_post(Changes *changes, Path path, ChangeKind kind, Origin origin)
{
        Pending pending = {.path = path, .kind = kind, .origin = origin};

        timer_arm(changes->timer, 0);

        if (everything_changed(changes) || path.level == PATH_ROOT) {
                post_everything(changes, origin);
                return;
        }
        if (changes->pending->len >= CHANGE_MAX_PENDING && !coalesce(changes, &pending)) {
                post_everything(changes, origin);
                return;
        }
        append(changes, pending);
}

unsigned changes_listen(Changes *changes, ChangeFunc func, void *user)
{
        Listener listener = {.handle = ++changes->last_handle, .func = func, .user = user};

        g_array_append_val(changes->listeners, listener);
        return listener.handle;
}

void changes_unlisten(Changes *changes, unsigned handle)
{
        for (guint i = 0; i < changes->listeners->len; i++) {
                Listener *listener = &g_array_index(changes->listeners, Listener, i);

                if (listener->handle == handle)
                        listener->func = NULL;
        }
        if (!changes->telling)
                sweep_listeners(changes);
}
