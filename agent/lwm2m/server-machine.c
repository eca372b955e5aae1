/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The states of a server: what each waits for, and what happens when it has waited long enough. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log-events.h"
#include "base/log.h"
#include "lwm2m/server-impl.h"
#include "lwm2m/status.h"

/* A plugin keeps its own handshake limit; this is for one that does not. */
#define HANDSHAKE_GRACE (5 * (gint64) G_USEC_PER_SEC)
/* EXCHANGE_LIFETIME (RFC 7252, 4.8.2) and some: a server that acknowledged and never answers. */
#define ANSWER_LIMIT (300 * (gint64) G_USEC_PER_SEC)

/* Requests are served from the answer to Register on (Core 6.2.1). */
static bool serves(ServerState state)
{
        return state == SERVER_REGISTERED || state == SERVER_UPDATING;
}

static gint64 handshake_limit(const Server *server)
{
        return server->since + HANDSHAKE_GRACE +
               server->context->handshake_limit_ms * (gint64) 1000;
}

/* Over SMS each message of an exchange is waited for by itself, and maybe first for its turn. */
static gint64 answer_limit(const Server *server)
{
        return server->over_sms ? CLOCK_NEVER : server->exchange_at + ANSWER_LIMIT;
}

/* How long the end of a registration is waited for. */
static gint64 server_leave_wait(const Server *server)
{
        if (server->over_sms)
                return server->context->sms_wait;
        return server->registration.valid ? SERVER_DEREGISTER_WAIT : SERVER_LEAVE_WAIT;
}

static gint64 server_deadline(const Server *server)
{
        switch (server->state) {
        case SERVER_IDLE:
        case SERVER_FAILED:
        case SERVER_RESOLVING: /* the resolver has a limit of its own */
                return CLOCK_NEVER;
        case SERVER_CONNECTING:
                return MIN(handshake_limit(server), server->look_at);
        case SERVER_REGISTERING:
                return MIN(answer_limit(server), server->look_at);
        case SERVER_UPDATING:
                return answer_limit(server);
        case SERVER_REGISTERED:
                return MIN(server_update_at(server), server_sms_resumes_at(server));
        case SERVER_DEREGISTERING:
                return server->since + server_leave_wait(server);
        case SERVER_WAITING:
                return server->attempt_at;
        }
        return CLOCK_NEVER;
}

void server_set_state(Server *server, ServerState state)
{
        if (!server_state_may_follow(server->state, state)) {
                log_error(server->name, "no move from %s to %s",
                          server_state_to_string(server->state), server_state_to_string(state));
                return;
        }
        if (state != server->state) {
                log_debug(server->name, "%s", server_state_to_string(state));
                server->since = clock_now(server->context->clock);
        }
        server->state = state;
        timer_arm(server->timer, server_deadline(server));
        /* What was kept while there was no session, or nobody there, follows the answer to the
         * Update (Core 6.4.2). */
        reporter_set_endpoint(server->reporter,
                              server->transport && serves(state) && !server->unsure &&
                                              (!server->over_sms || server_sms_ready(server))
                                      ? transport_endpoint(server->transport)
                                      : NULL);
        server_sms_settle(server);
        server->context->on_changed(server, server->context->user);
}

void server_note_error(Server *server, int error, const char *text)
{
        server->last_error.at = clock_realtime(server->context->clock) / G_USEC_PER_SEC;
        server->last_error.error = error;
        g_strlcpy(server->last_error.text, text, sizeof(server->last_error.text));
        server->context->on_changed(server, server->context->user);
}

void server_wait_until(Server *server, gint64 at)
{
        server->attempt_at = at;
        server->waits_for_network = false;
        server->addresses_failed = 0;
        server_set_state(server, SERVER_WAITING);
}

static void server_fail_text(Server *server, int error, gint64 minimum, const char *text)
{
        const char *event = server->state == SERVER_CONNECTING ? LOG_EVENT_HANDSHAKE_FAILED : NULL;
        bool network;
        gint64 delay;

        if (server_fall_back(server, error, text))
                return;
        server_reset_way(server);
        network = server_has_network(server, error);
        delay = server_next_attempt(server, network);
        server_note_error(server, error, text);
        waiters_finish(server->waiters, WAITER_REGISTER | WAITER_UPDATE | WAITER_UPDATING, error);
        server_disconnect(server, true);
        if (delay < 0) {
                log_error(server->name, "%s; given up after %u attempts", text,
                          server->account.retry_count ? server->account.retry_count
                                                      : RETRY_COUNT_DEFAULT);
                server_set_state(server, SERVER_FAILED);
                return;
        }
        delay = MAX(delay, minimum);
        log_event(LOG_LEVEL_WARNING, event, server->name,
                  "%s; next attempt in %" G_GINT64_FORMAT " s", text, delay / G_USEC_PER_SEC);
        server_wait_until(server, clock_now(server->context->clock) + delay);
        server->waits_for_network = !network;
}

void server_fail(Server *server, int error, gint64 minimum, const char *format, ...)
{
        g_autofree char *text = NULL;
        va_list args;

        va_start(args, format);
        text = g_strdup_vprintf(format, args);
        va_end(args);
        server_fail_text(server, error, minimum, text);
}

void server_give_up(Server *server, int error, const char *format, ...)
{
        g_autofree char *text = NULL;
        va_list args;

        va_start(args, format);
        text = g_strdup_vprintf(format, args);
        va_end(args);
        log_error(server->name, "%s", text);
        server_note_error(server, error, text);
        waiters_finish(server->waiters, WAITER_REGISTER | WAITER_UPDATE | WAITER_UPDATING, error);
        server_disconnect(server, true);
        server_forget_registration(server);
        server_reset_way(server);
        server_set_state(server, SERVER_FAILED);
}

void server_forget_registration(Server *server)
{
        registration_forget(&server->registration);
        reporter_cancel_all(server->reporter);
        if (server->sms.reporter)
                reporter_cancel_all(server->sms.reporter);
}

void server_start(Server *server)
{
        switch (server->state) {
        case SERVER_IDLE:
        case SERVER_WAITING:
        case SERVER_FAILED:
                server_wait_until(server, clock_now(server->context->clock));
                return;
        case SERVER_DEREGISTERING:
                server->restart = true;
                return;
        case SERVER_RESOLVING:
        case SERVER_CONNECTING:
        case SERVER_REGISTERING:
        case SERVER_REGISTERED:
        case SERVER_UPDATING:
                return;
        }
}

void server_abandon(Server *server)
{
        bool restart = server->restart;

        server->restart = false;
        server_reset_way(server);
        server->trigger_at = CLOCK_NEVER;
        server->register_asked = false;
        server_disconnect(server, true);
        server_forget_registration(server);
        attributes_forget(server->requester.attributes, path_root());
        waiters_finish(server->waiters, WAITER_REGISTER | WAITER_UPDATE | WAITER_UPDATING,
                       -ECANCELED);
        server_set_state(server, SERVER_IDLE);
        if (restart)
                server_start(server);
}

void server_trigger(Server *server, bool asked, bool objects)
{
        gint64 now = clock_now(server->context->clock);

        switch (server->state) {
        case SERVER_REGISTERED:
        case SERVER_REGISTERING: /* the answer may come to what was sent before the change */
        case SERVER_UPDATING:
                server->asked |= asked;
                server->asked_objects |= objects;
                if (server->trigger_at == CLOCK_NEVER)
                        server->trigger_at = now + SERVER_COALESCE;
                server_set_state(server, server->state);
                return;
        case SERVER_IDLE:
        case SERVER_RESOLVING:
        case SERVER_CONNECTING:
        case SERVER_WAITING:
        case SERVER_FAILED:
        case SERVER_DEREGISTERING:
                return;
        }
}

/* A server that did not even answer the Register has nothing to forget. */
static void server_on_deregister_silence(Server *server)
{
        int error = server->registration.valid ? -ETIMEDOUT : 0;

        if (error < 0)
                server_note_error(server, error, "deregister: no answer");
        waiters_finish(server->waiters, WAITER_DEREGISTER, error);
        server_abandon(server);
}

static void server_on_deadline(void *user)
{
        Server *server = user;
        gint64 now = clock_now(server->context->clock);

        switch (server->state) {
        case SERVER_WAITING:
                server_connect(server);
                return;
        case SERVER_CONNECTING:
                if (now >= server->look_at)
                        server_look_elsewhere(server);
                else if (!server_try_next_address(server))
                        server_fail(server, -ETIMEDOUT, 0, "handshake: no answer");
                return;
        case SERVER_REGISTERING:
                if (now >= server->look_at)
                        server_look_elsewhere(server);
                else
                        server_fail(server, -ETIMEDOUT, 0,
                                    "register: acknowledged and not answered");
                return;
        case SERVER_UPDATING:
                server_repair(server, -ETIMEDOUT, "update: acknowledged and not answered");
                return;
        case SERVER_REGISTERED:
                if (now >= server_update_at(server))
                        server_update_due(server);
                else
                        server_set_state(server, server->state);
                return;
        case SERVER_DEREGISTERING:
                server_on_deregister_silence(server);
                return;
        case SERVER_IDLE:
        case SERVER_RESOLVING:
        case SERVER_FAILED:
                return;
        }
}

static void server_reap(void *user)
{
        Server *server = user;

        g_ptr_array_set_size(server->retired, 0);
}

/* What else there is to tell waits until we know. */
static void server_on_unanswered(void *user)
{
        Server *server = user;

        if (!server->unsure)
                log_info(server->name,
                         "notification not acknowledged, asking whether the server is there");
        server->unsure = serves(server->state);
        if (server->state != SERVER_UPDATING) /* whose answer will tell */
                server_trigger(server, true, false);
}

Server *server_new(const ServerContext *context, const Account *account, bool single)
{
        Server *server = g_new0(Server, 1);

        server->context = context;
        snprintf(server->name, sizeof(server->name), "server %u", account->ssid);
        server->trigger_at = server->look_at = server->udp_at = CLOCK_NEVER;
        server->timer = timer_new(context->clock, server_on_deadline, server);
        server->reaper = timer_new(context->clock, server_reap, server);
        server->change = timer_new(context->clock, server_on_change_due, server);
        server->sms.opening = timer_new(context->clock, server_on_keys_settled, server);
        server->sms.triggers = RATE_LIMIT(SERVER_TRIGGER_INTERVAL, 1);
        server->sms.delay = timer_new(context->clock, server_on_trigger_due, server);
        server->retired = g_ptr_array_new_with_free_func((GDestroyNotify) transport_free);
        server->waiters = waiters_new(context->clock, server);
        server->pendings = pendings_new();
        server->sends = sends_new(server);
        registration_init(&server->registration);
        requester_init(&server->requester, context->tree, context->coap.max_body);
        server->requester.single = single;
        server->requester.lwm2m_version = server->registration.version;
        server_set_account(server, account);
        server->reporter = reporter_new(&(ReporterParts){.clock = context->clock,
                                                         .changes = context->changes,
                                                         .requester = &server->requester,
                                                         .name = server->name,
                                                         .limit = context->max_observations},
                                        server_on_unanswered, server);
        return server;
}

void server_free(Server *server)
{
        if (!server)
                return;
        waiters_free(server->waiters);
        server_disconnect(server, false);
        server_sms_close(server);
        g_ptr_array_unref(server->retired);
        reporter_free(server->sms.reporter);
        pendings_free(server->pendings);
        sends_free(server->sends);
        reporter_free(server->reporter);
        requester_clear(&server->requester);
        registration_clear(&server->registration);
        resolver_free(server->resolver);
        server_uri_clear(&server->uri);
        timer_free(server->sms.delay);
        timer_free(server->sms.opening);
        timer_free(server->change);
        timer_free(server->reaper);
        timer_free(server->timer);
        g_free(server->wanted);
        g_free(server);
}
