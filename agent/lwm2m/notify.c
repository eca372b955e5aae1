/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/notify.h"

#include <errno.h>

#include "base/log.h"
#include "format/format.h"
#include "lwm2m/notification.h"
#include "lwm2m/observation.h"
#include "lwm2m/representation.h"
#include "lwm2m/status.h"

/* Deadlines lie on this grid, those of pmin at or after the exact time, those of pmax at or before it. */
#define GRID (G_USEC_PER_SEC / 10)
/* RFC 7641, 4.5: a client that only gets NON must get a CON at least every 24 hours. */
#define CONFIRM_AFTER (24 * 3600 * (gint64) G_USEC_PER_SEC)
/* When the endpoint had no room. */
#define ROOM_AFTER G_USEC_PER_SEC

typedef enum Cause {
        CAUSE_CHANGE, /* something at the path may have changed */
        CAUSE_DUE,    /* pmax has passed, or pmin since a change */
} Cause;

struct Notifier {
        NotifierParts parts;
        void (*on_unanswered)(void *user);
        void *user;
        Endpoint *endpoint; /* borrowed */
        Observations *observations;
        Timer *timer;
        unsigned listener;
        uint32_t sequence;
        GPtrArray *touched; /* reused */
        NotifierCounters counters;
};

/* Values under way. Outlives its observation, and the notifier too: an owner cannot be told to forget it. */
struct Refresh {
        Notifier *notifier;
        Observation *observation; /* NULL: gone */
        Cause cause;
};

static gint64 seconds(uint32_t value)
{
        return (gint64) value * G_USEC_PER_SEC;
}

static gint64 grid_up(gint64 time)
{
        return (time + GRID - 1) / GRID * GRID;
}

static gint64 grid_down(gint64 time)
{
        return time / GRID * GRID;
}

static void notifier_rearm(Notifier *notifier)
{
        Observation *first = observations_first_due(notifier->observations);

        timer_arm(notifier->timer, notifier->endpoint && first ? first->due : CLOCK_NEVER);
}

static void schedule(Notifier *notifier, Observation *observation)
{
        gint64 earliest = observation->sent_at + seconds(observation->pmin);
        gint64 due = CLOCK_NEVER;

        if (observation->changed)
                due = grid_up(earliest);
        else if (observation->pmax > 0)
                due = MAX(earliest, grid_down(observation->sent_at + seconds(observation->pmax)));
        observations_set_due(notifier->observations, observation, due);
        notifier_rearm(notifier);
}

static void take_attributes(Notifier *notifier, Observation *observation)
{
        const Requester *requester = notifier->parts.requester;
        AttributeSet set = attributes_effective(requester->attributes, observation->path,
                                                &requester->defaults);

        observation->pmin = set.set & ATTRIBUTE_PMIN ? set.pmin : 0;
        observation->pmax = set.set & ATTRIBUTE_PMAX ? set.pmax : 0;
}

static void drop(Notifier *notifier, Observation *observation)
{
        if (observation->refresh)
                observation->refresh->observation = NULL;
        observations_remove(notifier->observations, observation);
        notifier_rearm(notifier);
}

static void forget(Notifier *notifier, Observation *observation)
{
        CoapToken token = observation->token;

        drop(notifier, observation);
        if (notifier->endpoint)
                endpoint_forget_notifications(notifier->endpoint, &token);
}

/* The node went, or may not be read any more: that is the last the server hears of it (RFC 7641, 4.2). */
static void finish_with_error(Notifier *notifier, Observation *observation, int error)
{
        CoapToken token = observation->token;
        Path path = observation->path;
        int accept = observation->accept;

        log_debug(notifier->parts.name, "observation ends: %s", status_to_text(error));
        drop(notifier, observation);
        if (notifier->endpoint &&
            notification_send_error(notifier->endpoint, &token, path, accept, status_to_coap(error)) < 0)
                notifier->counters.lost++;
}

static void try_again(Notifier *notifier, const CoapToken *token)
{
        Observation *observation = observations_find(notifier->observations, token);

        notifier->counters.lost++;
        if (!observation)
                return;
        observation->changed = true;
        observations_set_due(notifier->observations, observation,
                             grid_up(clock_now(notifier->parts.clock) + ROOM_AFTER));
        notifier_rearm(notifier);
}

/* Everything is noted before it is sent: the endpoint may call back. */
static void tell(Notifier *notifier, Observation *observation, Notification *notification)
{
        gint64 now = clock_now(notifier->parts.clock);
        gint64 due = observation->due;
        CoapToken token = observation->token;

        notification->confirmable = now - observation->confirmed_at >= CONFIRM_AFTER;
        notification->sequence = notifier->sequence = (notifier->sequence + 1) & 0xffffff;
        /* What goes out on time stays on the grid, or periods would grow by the time a wake-up takes. */
        observation->sent_at = due <= now && now - due < GRID ? due : now;
        if (notification->confirmable)
                observation->confirmed_at = now;
        observation->last = observation_digest(notification->data, notification->len);
        observation->changed = false;
        observation->notifications++;
        schedule(notifier, observation);
        if (notification_send(notifier->endpoint, &token, observation->path, observation->accept,
                              notification) < 0)
                try_again(notifier, &token);
        else
                notifier->counters.sent++;
}

static void decide(Notifier *notifier, Observation *observation, Cause cause)
{
        gint64 now = clock_now(notifier->parts.clock);
        Notification notification = { 0 };
        ObservationDigest digest;
        int r;

        r = representation_make(notifier->parts.requester, observation->path, observation->accept,
                                &notification.format, &notification.data, &notification.len);
        if (r == -ENOENT || r == -EACCES || r == -EPERM) {
                finish_with_error(notifier, observation, r);
                return;
        }
        if (r < 0) {
                log_debug(notifier->parts.name, "no notification: %s", status_to_text(r));
                observation->sent_at = now;
                schedule(notifier, observation);
                return;
        }
        if (cause == CAUSE_CHANGE) {
                digest = observation_digest(notification.data, notification.len);
                if (observation_digest_equal(&digest, &observation->last))
                        return;
        }
        if (!notifier->endpoint || now < observation->sent_at + seconds(observation->pmin)) {
                observation->changed = true;
                schedule(notifier, observation);
                return;
        }
        tell(notifier, observation, &notification);
}

static void notifier_on_refreshed(int result, void *user)
{
        g_autofree Refresh *refresh = user;
        Observation *observation = refresh->observation;

        if (!observation)
                return;
        observation->refresh = NULL;
        if (result < 0)
                log_debug(refresh->notifier->parts.name, "values not brought up to date: %s",
                          status_to_text(result));
        decide(refresh->notifier, observation, refresh->cause);
}

/* Fetches the values where that is needed, then decides. */
static void consider(Notifier *notifier, Observation *observation, Cause cause)
{
        Object *object = tree_find(notifier->parts.requester->tree, observation->path.id[0]);
        Refresh *refresh;
        int r;

        if (observation->refresh) {
                observation->refresh->cause = MAX(observation->refresh->cause, cause);
                return;
        }
        if (!object || !object->ops->refresh) {
                decide(notifier, observation, cause);
                return;
        }
        refresh = g_new0(Refresh, 1);
        *refresh = (Refresh){ notifier, observation, cause };
        r = representation_refresh(notifier->parts.requester, observation->path,
                                   notifier_on_refreshed, refresh);
        if (r == -EINPROGRESS) {
                observation->refresh = refresh;
                return;
        }
        g_free(refresh);
        decide(notifier, observation, cause);
}

static void notifier_on_change(Path path, ChangeKind kind, Origin origin, void *user)
{
        Notifier *notifier = user;

        g_ptr_array_set_size(notifier->touched, 0);
        observations_collect(notifier->observations, path, notifier->touched);
        for (guint i = 0; i < notifier->touched->len; i++) {
                Observation *observation = g_ptr_array_index(notifier->touched, i);

                /* One that waits for pmin is told of in any case (Core 7.3.2). But nodes may be gone. */
                if (!observation->changed || kind == CHANGE_INSTANCES)
                        consider(notifier, observation, CAUSE_CHANGE);
        }
}

static void notifier_on_timer(void *user)
{
        Notifier *notifier = user;
        gint64 now = clock_now(notifier->parts.clock);
        Observation *observation;

        while (notifier->endpoint &&
               (observation = observations_first_due(notifier->observations)) &&
               observation->due <= now) {
                consider(notifier, observation, CAUSE_DUE);
                /* Values are under way: they arm it again. */
                if (observations_first_due(notifier->observations) == observation &&
                    observation->due <= now)
                        observations_set_due(notifier->observations, observation, CLOCK_NEVER);
        }
        notifier_rearm(notifier);
}

Notifier *notifier_new(const NotifierParts *parts, void (*on_unanswered)(void *user), void *user)
{
        Notifier *notifier = g_new0(Notifier, 1);

        notifier->parts = *parts;
        notifier->on_unanswered = on_unanswered;
        notifier->user = user;
        notifier->observations = observations_new(parts->limit);
        notifier->touched = g_ptr_array_new();
        notifier->timer = timer_new(parts->clock, notifier_on_timer, notifier);
        notifier->listener = changes_listen(parts->changes, notifier_on_change, notifier);
        return notifier;
}

void notifier_free(Notifier *notifier)
{
        if (!notifier)
                return;
        notifier->endpoint = NULL;
        notifier_cancel_all(notifier);
        changes_unlisten(notifier->parts.changes, notifier->listener);
        timer_free(notifier->timer);
        observations_free(notifier->observations);
        g_ptr_array_unref(notifier->touched);
        g_free(notifier);
}

void notifier_set_endpoint(Notifier *notifier, Endpoint *endpoint)
{
        notifier->endpoint = endpoint;
        notifier_rearm(notifier);
}

int notifier_observe(Notifier *notifier, const CoapToken *token, Path path, int accept,
                     const void *data, size_t len, uint32_t *ret_sequence)
{
        Observation *observation = observations_find(notifier->observations, token);

        if (observation)
                forget(notifier, observation);
        observation = observations_add(notifier->observations, token, path);
        if (!observation) {
                log_warning(notifier->parts.name, "not observed: there are %zu observations, the limit",
                            notifier_len(notifier));
                return -ENOSPC;
        }
        observation->accept = accept;
        observation->sent_at = observation->confirmed_at = clock_now(notifier->parts.clock);
        observation->last = observation_digest(data, len);
        take_attributes(notifier, observation);
        schedule(notifier, observation);
        *ret_sequence = notifier->sequence = (notifier->sequence + 1) & 0xffffff;
        return 0;
}

void notifier_cancel(Notifier *notifier, const CoapToken *token, Path path)
{
        Observation *observation = observations_find(notifier->observations, token);
        g_autoptr(GPtrArray) found = NULL;

        if (observation) {
                forget(notifier, observation);
                return;
        }
        found = g_ptr_array_new();
        observations_collect(notifier->observations, path, found);
        for (guint i = 0; i < found->len; i++) {
                observation = g_ptr_array_index(found, i);
                if (path_equal(observation->path, path))
                        forget(notifier, observation);
        }
}

void notifier_cancel_all(Notifier *notifier)
{
        g_autoptr(GPtrArray) found = g_ptr_array_new();

        observations_collect(notifier->observations, path_root(), found);
        for (guint i = 0; i < found->len; i++)
                forget(notifier, g_ptr_array_index(found, i));
}

void notifier_attributes_changed(Notifier *notifier, Path path)
{
        g_autoptr(GPtrArray) found = g_ptr_array_new();

        observations_collect(notifier->observations, path, found);
        for (guint i = 0; i < found->len; i++) {
                take_attributes(notifier, g_ptr_array_index(found, i));
                schedule(notifier, g_ptr_array_index(found, i));
        }
}

void notifier_on_result(Notifier *notifier, const CoapToken *token, int result)
{
        Observation *observation = observations_find(notifier->observations, token);

        if (result == -ECONNRESET && observation)
                forget(notifier, observation);
        if (result != -ETIMEDOUT)
                return;
        notifier->counters.lost++;
        if (notifier->on_unanswered)
                notifier->on_unanswered(notifier->user);
}

size_t notifier_len(const Notifier *notifier)
{
        return observations_len(notifier->observations);
}

const NotifierCounters *notifier_counters(const Notifier *notifier)
{
        return &notifier->counters;
}

void notifier_foreach(const Notifier *notifier, NotifierFunc func, void *user)
{
        g_autoptr(GPtrArray) found = g_ptr_array_new();

        observations_collect(notifier->observations, path_root(), found);
        for (guint i = 0; i < found->len; i++) {
                const Observation *observation = g_ptr_array_index(found, i);
                NotifierInfo info = { observation->path, &observation->token, observation->pmin,
                                      observation->pmax, observation->notifications };

                func(&info, user);
        }
}
