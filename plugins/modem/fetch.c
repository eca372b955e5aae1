/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the messages that the modem tells of, some at a time. */
#include <errno.h>

#include "backend.h"

typedef struct Fetch {
        Backend *backend;
        Place place;
} Fetch;

bool backend_is_missed(int result)
{
        return result < 0 && result != -ENOENT && result != -EBADMSG;
}

void backend_tell_missed(Backend *backend)
{
        if (backend->handler)
                backend->handler->on_missed(backend->user);
}

static void backend_fetch_next(Backend *backend);

static void fetch_on_read(int result, const uint8_t *tpdu, size_t len, void *user)
{
        g_autofree Fetch *fetch = user;
        Backend *backend = fetch->backend;

        backend->fetching--;
        if (result < 0)
                backend_complain(backend, &fetch->place, g_strerror(-result));
        else if (backend->handler)
                backend->handler->on_message(&fetch->place, tpdu, len, backend->user);
        backend->missed |= backend_is_missed(result);
        if (result == -ENODEV)
                g_array_set_size(backend->fetches, 0);
        backend_fetch_next(backend);
}

static void backend_fetch_next(Backend *backend)
{
        while (backend->fetches->len > 0 && backend->fetching < BACKEND_MAX_FETCHING) {
                Fetch *fetch = g_new0(Fetch, 1);

                fetch->backend = backend;
                fetch->place = g_array_index(backend->fetches, Place, 0);
                g_array_remove_index(backend->fetches, 0);
                backend->fetching++;
                backend->ops->read(backend, &fetch->place, fetch_on_read, fetch);
        }
        if (backend->fetching > 0 || !backend->missed)
                return;
        backend->missed = false;
        backend_tell_missed(backend);
}

static bool is_waiting(const Backend *backend, const Place *place)
{
        for (guint i = 0; i < backend->fetches->len; i++) {
                const Place *other = &g_array_index(backend->fetches, Place, i);

                if (other->storage == place->storage && other->number == place->number)
                        return true;
        }
        return false;
}

void backend_fetch(Backend *backend, const Place *place)
{
        if (is_waiting(backend, place))
                return;
        if (backend->fetches->len < BACKEND_MAX_FETCHES)
                g_array_append_val(backend->fetches, *place);
        else
                backend->missed = true;
        backend_fetch_next(backend);
}
