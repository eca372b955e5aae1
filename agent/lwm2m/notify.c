/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/notify.h"

#include <errno.h>

#include "base/log.h"
#include "format/format.h"
#include "lwm2m/hold.h"
#include "lwm2m/notification.h"
#include "lwm2m/representation.h"
#include "lwm2m/status.h"

/* RFC 7641, 4.5: a client that only gets NON must get a CON at least every 24 hours. */
#define CONFIRM_AFTER (24 * 3600 * (gint64) G_USEC_PER_SEC)
#define ROOM_AFTER G_USEC_PER_SEC /* when the endpoint had none */

typedef enum Cause {
        CAUSE_CHANGE, /* something at the path may have changed */
        CAUSE_DUE,    /* pmax has passed, or pmin since a change */
} Cause;

struct Reporter {
        ReporterParts parts;
        void (*on_unanswered)(void *user);
        void *user;
        Endpoint *endpoint; /* borrowed */
        Observations *observations;
        Timer *timer;
        unsigned listener;
        uint32_t sequence;
        GPtrArray *touched; /* reused */
        Hold hold;          /* over SMS */
        ReporterCounters counters;
};

/* Values under way. Outlives observation and reporter: an owner cannot be told to forget it. */
struct Refresh {
        Reporter *reporter;
        Observation *observation; /* NULL: gone */
        Cause cause;
};

static void reporter_rearm(Reporter *reporter)
{
        const Observation *first = observations_first_due(reporter->observations);
        gint64 due = reporter->endpoint && first ? first->due : CLOCK_NEVER;

        timer_arm(reporter->timer, MAX(due, reporter->hold.until));
}

static void schedule(Reporter *reporter, Observation *observation)
{
        observations_set_due(reporter->observations, observation,
                             observation_next_due(observation));
        reporter_rearm(reporter);
}

/* What is to be told cannot be told now. */
static void keep(Reporter *reporter, Observation *observation)
{
        observation->changed = true;
        schedule(reporter, observation);
}

static void drop(Reporter *reporter, Observation *observation)
{
        if (observation->refresh)
                observation->refresh->observation = NULL;
        observations_remove(reporter->observations, observation);
        reporter_rearm(reporter);
}

static void forget(Reporter *reporter, Observation *observation)
{
        CoapToken token = observation->token;

        drop(reporter, observation);
        if (reporter->endpoint)
                endpoint_forget_notifications(reporter->endpoint, &token);
}

/* The node went, or may not be read any more: that is the last the server hears of it (RFC
 * 7641, 4.2). */
static void finish_with_error(Reporter *reporter, Observation *observation, int error)
{
        g_autoptr(Composite) composite = composite_ref(observation->composite);
        CoapToken token = observation->token;
        Path path = observation->path;
        int accept = observation->accept;

        log_debug(reporter->parts.name, "observation ends: %s", status_to_text(error));
        drop(reporter, observation);
        if (notification_send_error(reporter->endpoint, &token, path, composite, accept,
                                    status_to_coap(error)) < 0)
                reporter->counters.lost++;
}

static void try_again(Reporter *reporter, const CoapToken *token)
{
        Observation *observation = observations_find(reporter->observations, token);

        reporter->counters.lost++;
        if (!observation)
                return;
        observation->changed = true;
        observations_set_due(reporter->observations, observation,
                             clock_now(reporter->parts.clock) + ROOM_AFTER);
        reporter_rearm(reporter);
}

/* Everything is noted before it is sent: the endpoint may call back. */
static void tell(Reporter *reporter, Observation *observation, Notification *notification)
{
        gint64 now = clock_now(reporter->parts.clock);
        gint64 due = observation->due;
        CoapToken token = observation->token;

        notification->confirmable = now - observation->confirmed_at >= CONFIRM_AFTER ||
                                    !endpoint_is_reliable(reporter->endpoint);
        notification->sequence = reporter->sequence = (reporter->sequence + 1) & 0xffffff;
        /* What goes out on time stays on the grid, or periods would grow by the time a wake-up
         * takes. */
        observation->sent_at = due <= now && now - due < OBSERVATION_GRID ? due : now;
        if (notification->confirmable) {
                observation->confirmed_at = now;
                observation->unconfirmed = true;
        }
        observation->last = observation_digest(notification->data, notification->len);
        observation->changed = false;
        observation->notifications++;
        schedule(reporter, observation);
        if (notification_send(reporter->endpoint, &token, observation->path, observation->composite,
                              observation->accept, notification) < 0)
                try_again(reporter, &token);
        else
                reporter->counters.sent++;
}

static void decide(Reporter *reporter, Observation *observation, Cause cause)
{
        gint64 now = clock_now(reporter->parts.clock);
        Notification notification = {0};
        ObservationDigest digest;
        int r;

        r = observed_make(reporter->parts.requester, observation->path, observation->composite,
                          observation->accept, &notification.format, &notification.data,
                          &notification.len);
        if (r == -ENOENT || r == -EACCES || r == -EPERM) {
                if (reporter->endpoint)
                        finish_with_error(reporter, observation, r);
                else
                        keep(reporter, observation);
                return;
        }
        if (r < 0) {
                log_debug(reporter->parts.name, "no notification: %s", status_to_text(r));
                /* Not again before pmax, or the next change. */
                observation->sent_at = now;
                observation->changed = false;
                schedule(reporter, observation);
                return;
        }
        if (cause == CAUSE_CHANGE) {
                digest = observation_digest(notification.data, notification.len);
                if (observation_digest_equal(&digest, &observation->last))
                        return;
        }
        if (!reporter->endpoint || now < reporter->hold.until ||
            now < observation_earliest(observation)) {
                keep(reporter, observation);
                return;
        }
        tell(reporter, observation, &notification);
}

static void reporter_on_refreshed(int result, void *user)
{
        g_autofree Refresh *refresh = user;
        Observation *observation = refresh->observation;

        if (!observation)
                return;
        observation->refresh = NULL;
        if (result < 0)
                log_debug(refresh->reporter->parts.name, "values not brought up to date: %s",
                          status_to_text(result));
        decide(refresh->reporter, observation, refresh->cause);
}

/* Fetches the values where that is needed, then decides. */
static void consider(Reporter *reporter, Observation *observation, Cause cause)
{
        const Requester *requester = reporter->parts.requester;
        Refresh *refresh;
        int r;

        if (observation->refresh) {
                observation->refresh->cause = MAX(observation->refresh->cause, cause);
                return;
        }
        if (!observed_is_stale(requester, observation->path, observation->composite)) {
                decide(reporter, observation, cause);
                return;
        }
        refresh = g_new0(Refresh, 1);
        *refresh = (Refresh){reporter, observation, cause};
        r = observed_refresh(requester, observation->path, observation->composite,
                             reporter_on_refreshed, refresh);
        if (r == -EINPROGRESS) {
                observation->refresh = refresh;
                return;
        }
        g_free(refresh);
        decide(reporter, observation, cause);
}

static void reporter_on_change(Path path, ChangeKind kind, Origin origin, void *user)
{
        Reporter *reporter = user;

        g_ptr_array_set_size(reporter->touched, 0);
        observations_collect(reporter->observations, path, reporter->touched);
        for (guint i = 0; i < reporter->touched->len; i++) {
                Observation *observation = g_ptr_array_index(reporter->touched, i);

                /* One that waits for pmin is told of in any case (Core 7.3.2). But nodes may be
                 * gone. */
                if (!observation->changed || kind == CHANGE_INSTANCES)
                        consider(reporter, observation, CAUSE_CHANGE);
        }
}

static void reporter_on_timer(void *user)
{
        Reporter *reporter = user;
        gint64 now = clock_now(reporter->parts.clock);
        Observation *observation;

        while (reporter->endpoint &&
               (observation = observations_first_due(reporter->observations)) &&
               observation->due <= now) {
                consider(reporter, observation, CAUSE_DUE);
                /* Values are under way: they arm it again. */
                if (observations_first_due(reporter->observations) == observation &&
                    observation->due <= now)
                        observations_set_due(reporter->observations, observation, CLOCK_NEVER);
        }
        reporter_rearm(reporter);
}

Reporter *reporter_new(const ReporterParts *parts, void (*on_unanswered)(void *user), void *user)
{
        Reporter *reporter = g_new0(Reporter, 1);

        reporter->parts = *parts;
        reporter->on_unanswered = on_unanswered;
        reporter->user = user;
        reporter->observations = observations_new(parts->limit);
        reporter->touched = g_ptr_array_new();
        reporter->timer = timer_new(parts->clock, reporter_on_timer, reporter);
        reporter->listener = changes_listen(parts->changes, reporter_on_change, reporter);
        return reporter;
}

void reporter_free(Reporter *reporter)
{
        if (!reporter)
                return;
        reporter->endpoint = NULL;
        reporter_cancel_all(reporter);
        changes_unlisten(reporter->parts.changes, reporter->listener);
        timer_free(reporter->timer);
        observations_free(reporter->observations);
        g_ptr_array_unref(reporter->touched);
        g_free(reporter);
}

void reporter_set_endpoint(Reporter *reporter, Endpoint *endpoint)
{
        if (endpoint && !reporter->endpoint)
                hold_on_way(&reporter->hold);
        reporter->endpoint = endpoint;
        reporter_rearm(reporter);
}

void reporter_on_disconnected(Reporter *reporter)
{
        g_autoptr(GPtrArray) found = observations_at(reporter->observations, path_root());

        reporter_set_endpoint(reporter, NULL);
        for (guint i = 0; i < found->len; i++) {
                Observation *observation = g_ptr_array_index(found, i);

                if (observation->unconfirmed)
                        keep(reporter, observation);
                observation->unconfirmed = false;
        }
}

int reporter_observe(Reporter *reporter, const CoapToken *token, Path path, Composite *composite,
                     int accept, const void *data, size_t len, uint32_t *ret_sequence)
{
        Observation *observation = observations_find(reporter->observations, token);

        if (observation)
                forget(reporter, observation);
        observation = observations_add(reporter->observations, token, path, composite);
        if (!observation) {
                log_warning(reporter->parts.name,
                            "not observed: there are %zu observations, the limit",
                            reporter_len(reporter));
                return -ENOSPC;
        }
        observation->accept = accept;
        observation->sent_at = observation->confirmed_at = clock_now(reporter->parts.clock);
        observation->last = observation_digest(data, len);
        observation_take_attributes(observation, reporter->parts.requester);
        schedule(reporter, observation);
        *ret_sequence = reporter->sequence = (reporter->sequence + 1) & 0xffffff;
        return 0;
}

void reporter_cancel(Reporter *reporter, const CoapToken *token, Path path,
                     const Composite *composite)
{
        Observation *observation = observations_find(reporter->observations, token);
        g_autoptr(GPtrArray) found = NULL;

        if (observation) {
                forget(reporter, observation);
                return;
        }
        found = observations_at(reporter->observations, path);
        for (guint i = 0; i < found->len; i++) {
                observation = g_ptr_array_index(found, i);
                if (path_equal(observation->path, path) &&
                    composite_equal(observation->composite, composite))
                        forget(reporter, observation);
        }
}

void reporter_cancel_all(Reporter *reporter)
{
        g_autoptr(GPtrArray) found = observations_at(reporter->observations, path_root());

        for (guint i = 0; i < found->len; i++)
                forget(reporter, g_ptr_array_index(found, i));
}

void reporter_attributes_changed(Reporter *reporter, Path path)
{
        g_autoptr(GPtrArray) found = observations_at(reporter->observations, path);

        for (guint i = 0; i < found->len; i++) {
                Observation *observation = g_ptr_array_index(found, i);

                observation_take_attributes(observation, reporter->parts.requester);
                schedule(reporter, observation);
        }
}

void reporter_on_result(Reporter *reporter, const CoapToken *token, int result)
{
        Observation *observation = observations_find(reporter->observations, token);

        if (observation && result == -ECONNRESET)
                forget(reporter, observation);
        else if (observation)
                observation->unconfirmed = false;
        if (reporter->endpoint && !endpoint_is_reliable(reporter->endpoint))
                hold_on_result(&reporter->hold, clock_now(reporter->parts.clock), result);
        if (result == 0 || result == -ECONNRESET)
                return;
        reporter->counters.lost++;
        if (observation)
                keep(reporter, observation);
        if (result == -ETIMEDOUT)
                reporter->on_unanswered(reporter->user);
}

size_t reporter_len(const Reporter *reporter)
{
        return observations_len(reporter->observations);
}

const ReporterCounters *reporter_counters(const Reporter *reporter)
{
        return &reporter->counters;
}

void reporter_foreach(const Reporter *reporter, ReporterFunc func, void *user)
{
        g_autoptr(GPtrArray) found = observations_at(reporter->observations, path_root());

        for (guint i = 0; i < found->len; i++)
                func(g_ptr_array_index(found, i), user);
}
