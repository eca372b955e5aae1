/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/server.h"

#include <errno.h>

#include "lwm2m/server-impl.h"

static bool has_session(const Server *server)
{
        return server->transport &&
               channel_status(transport_channel(server->transport))->state == LWM_SECURITY_READY;
}

static SmsMode sms_mode(const Server *server)
{
        return (SmsMode) server->account.sms_mode;
}

static bool has_sms(const Server *server)
{
        return server->account.sms_mode != SMS_MODE_NONE;
}

/* NULL: nothing by SMS is heard. */
static const Channel *sms_channel(const Server *server)
{
        return server->sms.transport ? transport_channel(server->sms.transport) : NULL;
}

/* A point of the clock that never jumps as the time of day it is now thought to be. */
static gint64 time_of_day(const Server *server, gint64 at)
{
        const Clock *clock = server->context->clock;

        if (at == CLOCK_NEVER)
                return 0;
        return (clock_realtime(clock) + (at - clock_now(clock)) + G_USEC_PER_SEC / 2) /
               G_USEC_PER_SEC;
}

static void get_times(const Server *server, ServerInfo *ret)
{
        bool registered = server->state == SERVER_REGISTERED || server->state == SERVER_UPDATING;

        if (server->registration.valid) {
                ret->registered_at = time_of_day(server, server->registered_at);
                ret->expires_at = time_of_day(server, server_expires_at(server));
        }
        if (registered)
                ret->next_update_at = time_of_day(server, server_update_at(server));
        if (server->state == SERVER_WAITING)
                ret->next_attempt_at = time_of_day(server, server->attempt_at);
}

void server_get_info(const Server *server, ServerInfo *ret)
{
        const Registration *registration = &server->registration;

        *ret = (ServerInfo){
                .ssid = server->account.ssid,
                .uri = server->account.uri,
                .state = server->state,
                .security = server->over_sms ? sms_mode_to_string(sms_mode(server))
                                             : security_mode_to_string(server->account.mode),
                .sms_security = has_sms(server) ? sms_mode_to_string(sms_mode(server)) : "",
                .sms_suite =
                        server->sms.transport ? channel_status(sms_channel(server))->suite : "",
                .plugin = server->plugin,
                .lwm2m_version = registration->version,
                .binding = registration->valid ? registration->binding : server->account.binding,
                .lifetime = registration->valid ? registration->lifetime : server->account.lifetime,
                .location = registration->valid ? registration->location_text : "",
                .last_error = &server->last_error,
        };
        if (has_session(server)) {
                ret->cipher_suite =
                        channel_status(transport_channel(server->transport))->cipher_suite;
                ret->resumed = channel_status(transport_channel(server->transport))->resumed;
        }
        get_times(server, ret);
}

uint16_t server_ssid(const Server *server)
{
        return server->account.ssid;
}

/* What plugins count, each name behind `prefix`. */
static void foreach_tally(const Tally *tally, const char *prefix, ServerCounterFunc func,
                          void *user)
{
        for (size_t i = 0; i < tally->len; i++) {
                char name[16 + TALLY_MAX_NAME + 1];

                g_snprintf(name, sizeof(name), "%s%s", prefix, tally->item[i].name);
                func(name, tally->item[i].value, user);
        }
}

static void foreach_security(const Server *server, ServerCounterFunc func, void *user)
{
        const Channel *sms = sms_channel(server);
        bool by_ip = server->transport && server->transport != server->sms.transport;
        Tally tally =
                tally_with(&server->tally, by_ip ? transport_channel(server->transport) : NULL);

        foreach_tally(&tally, "security-", func, user);
        if (!has_sms(server))
                return;
        func("sms-heard", sms && channel_status(sms)->state == LWM_SECURITY_READY, user);
        tally = tally_with(&server->sms.tally, sms);
        foreach_tally(&tally, "sms-", func, user);
        func("sms-ignored", server->sms.ignored, user);
}

void server_foreach_counter(const Server *server, ServerCounterFunc func, void *user)
{
        Reporter *reporters[] = {server->reporter, server->sms.reporter};
        uint64_t observations = 0, sent = 0, lost = 0;
        ServerTotals totals = server->totals;

        if (server->transport)
                server_add_totals(&totals, server->transport);
        if (server->sms.transport && server->sms.transport != server->transport)
                server_add_totals(&totals, server->sms.transport);
        func("datagrams-in", totals.datagrams_in, user);
        func("datagrams-out", totals.datagrams_out, user);
        func("bytes-in", totals.octets_in, user);
        func("bytes-out", totals.octets_out, user);
        func("dropped", totals.dropped, user);
        func("handshakes", totals.handshakes, user);
        func("handshakes-failed", totals.handshakes_failed, user);
        func("requests-in", totals.requests_in, user);
        func("requests-out", totals.requests_out, user);
        func("retransmissions", totals.retransmissions, user);
        func("duplicates", totals.duplicates, user);
        func("timeouts", totals.timeouts, user);
        func("registrations", totals.registrations, user);
        func("updates", totals.updates, user);
        func("sends", totals.sends, user);
        for (size_t i = 0; i < G_N_ELEMENTS(reporters) && reporters[i]; i++) {
                observations += reporter_len(reporters[i]);
                sent += reporter_counters(reporters[i])->sent;
                lost += reporter_counters(reporters[i])->lost;
        }
        func("observations", observations, user);
        func("notifications", sent, user);
        func("notifications-lost", lost, user);
        foreach_security(server, func, user);
}

typedef struct Listing {
        ObservationFunc func;
        void *user;
} Listing;

static void list_observation(const Observation *observation, void *user)
{
        const Listing *listing = user;
        ObservationInfo info = {
                .path = observation->path,
                .composite = observation->composite,
                .token = observation->token.data,
                .token_len = observation->token.len,
                .pmin = observation->pmin,
                .pmax = observation->pmax,
                .notifications = observation->notifications,
        };

        listing->func(&info, listing->user);
}

void server_foreach_observation(const Server *server, ObservationFunc func, void *user)
{
        Listing listing = {func, user};

        reporter_foreach(server->reporter, list_observation, &listing);
        if (server->sms.reporter)
                reporter_foreach(server->sms.reporter, list_observation, &listing);
}

int server_register(Server *server, ServerDone done, void *user)
{
        int r;

        if (server->state == SERVER_DEREGISTERING)
                return -EBUSY;
        r = waiters_add(server->waiters, WAITER_REGISTER, done, user);
        if (r < 0)
                return r;
        switch (server->state) {
        case SERVER_IDLE:
        case SERVER_WAITING:
        case SERVER_FAILED:
                server->register_asked = true;
                retry_reset(&server->retry);
                server_start(server);
                break;
        case SERVER_REGISTERED:
        case SERVER_UPDATING:
                server->register_asked = true;
                server->not_before = 0;
                server->trigger_at = clock_now(server->context->clock);
                server_set_state(server, server->state);
                break;
        case SERVER_RESOLVING:
        case SERVER_CONNECTING:
                server->register_asked = true;
                break;
        case SERVER_REGISTERING:
        case SERVER_DEREGISTERING:
                break;
        }
        return r;
}

int server_update(Server *server, bool objects, ServerDone done, void *user)
{
        int r;

        if (server->state != SERVER_REGISTERED && server->state != SERVER_UPDATING)
                return -ENOTCONN;
        r = waiters_add(server->waiters, WAITER_UPDATE, done, user);
        if (r < 0)
                return r;
        server_trigger(server, true, objects);
        return r;
}

int server_deregister(Server *server, ServerDone done, void *user)
{
        int r;

        switch (server->state) {
        case SERVER_REGISTERED:
        case SERVER_UPDATING:
                r = waiters_add(server->waiters, WAITER_DEREGISTER, done, user);
                if (r < 0)
                        return r;
                server->restart = false;
                server_send_deregister(server);
                return r;
        case SERVER_DEREGISTERING:
                r = waiters_add(server->waiters, WAITER_DEREGISTER, done, user);
                if (r >= 0)
                        server->restart = false;
                return r;
        case SERVER_REGISTERING:
                waiters_finish(server->waiters, WAITER_REGISTER | WAITER_UPDATE | WAITER_UPDATING,
                               -ECANCELED);
                r = waiters_add(server->waiters, WAITER_DEREGISTER, done, user);
                if (r < 0)
                        return r;
                server->restart = false;
                server_leave(server);
                return r;
        case SERVER_RESOLVING:
        case SERVER_CONNECTING:
        case SERVER_WAITING:
        case SERVER_FAILED:
                server_abandon(server);
                return 0;
        case SERVER_IDLE:
                return 0;
        }
        return 0;
}

void server_forget_waiter(Server *server, ServerDone done, void *user)
{
        waiters_forget(server->waiters, done, user);
        sends_forget(server->sends, done, user);
}
