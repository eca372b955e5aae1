/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What we ask of a server: Register, Update, De-register (Core 6.2.1 to 6.2.3), and what its
 * answers mean. */
#include <errno.h>
#include <string.h>

#include "base/log-events.h"
#include "base/log.h"
#include "lwm2m/server-impl.h"
#include "lwm2m/status.h"

/* The longest Max-Age of a 5.03 that is obeyed. */
#define MAX_AGE_LIMIT 86400
/* RFC 7252, 5.10.5 */
#define MAX_AGE_DEFAULT 60
#define SECONDS(n) ((n) * (gint64) G_USEC_PER_SEC)

static RegistrationWish server_wish(const Server *server)
{
        const char *highest = server->context->version;

        return (RegistrationWish){
                .version = server->version_refused ? "1.0" : highest,
                .endpoint = server->context->endpoint,
                .lifetime = server->account.lifetime,
                .binding = server->account.binding,
                .path = server->uri.path,
                .number = server_own_number(server),
        };
}

bool server_must_register(const Server *server)
{
        RegistrationWish wish = server_wish(server);

        return server->register_asked || server->probing || !server->registration.valid ||
               clock_now(server->context->clock) >= server_expires_at(server) ||
               registration_needs_register(&server->registration, &wish);
}

static int server_send(Server *server, const CoapMessage *message, CoapResponseFunc done)
{
        int r;

        g_clear_pointer(&server->exchange, exchange_cancel);
        if (!server->transport)
                return -ENOTCONN;
        r = endpoint_request(transport_endpoint(server->transport), message, done, server,
                             &server->exchange);
        if (r < 0)
                return r;
        server->totals.requests_out++;
        server->exchange_at = clock_now(server->context->clock);
        return 0;
}

/* RFC 7252, 5.9.3.4: when to come back, in microseconds; 0: not a matter of time. */
static gint64 answer_max_age(int result, const CoapMessage *response)
{
        uint32_t seconds = MAX_AGE_DEFAULT;

        if (result < 0 || response->code != COAP_SERVICE_UNAVAILABLE)
                return 0;
        coap_message_get_uint(response, COAP_OPTION_MAX_AGE, 4, &seconds);
        return SECONDS(MIN(seconds, MAX_AGE_LIMIT));
}

/* The server knows us, and is there. */
static void server_on_known(Server *server)
{
        retry_reset(&server->retry);
        server->addresses_failed = 0;
        server->old_session = true;
        server->unsure = false;
        server->look_at = CLOCK_NEVER;
        server->not_before = 0;
}

bool server_renew_session(Server *server)
{
        if (!server->old_session || server->over_sms || server->account.mode == SECURITY_MODE_NOSEC)
                return false;
        server->register_asked = true;
        server_disconnect(server, true);
        server_wait_until(server, clock_now(server->context->clock));
        return true;
}

/* ---- Register ---- */

static void server_on_registered(Server *server)
{
        server_on_known(server);
        server->totals.registrations++;
        server->registered_at = server->refreshed_at = server->exchange_at;
        log_event(LOG_LEVEL_NOTICE, LOG_EVENT_REGISTERED, server->name,
                  "registered, LwM2M %s, lifetime %u s", server->registration.version,
                  server->registration.lifetime);
        server_set_state(server, SERVER_REGISTERED);
        waiters_finish(server->waiters, WAITER_REGISTER | WAITER_UPDATE | WAITER_UPDATING, 0);
}

static void server_on_created(Server *server, const CoapMessage *response)
{
        if (server->probing)
                server_forget_registration(server);
        server->probing = false;
        if (registration_accept(&server->registration, response) < 0)
                server_fail(server, -EPROTO, 0, "register: answered without a usable location");
        else
                server_on_registered(server);
}

/* No answer here: the same attempt over another session, or at another address. */
static bool server_go_elsewhere(Server *server, const char *text)
{
        if (!server_renew_session(server))
                return server_try_next_address(server);
        log_info(server->name, "register: %s; connecting anew", text);
        return true;
}

static bool offers_highest(const Server *server)
{
        return !server->version_refused && strcmp(server->context->version, "1.0") != 0;
}

/* The answer to a Register that nobody wants any more. */
static void server_on_left(Server *server, int result, const CoapMessage *response)
{
        if (result == 0 && response->code == COAP_CREATED &&
            registration_accept(&server->registration, response) == 0) {
                server_send_deregister(server);
                return;
        }
        waiters_finish(server->waiters, WAITER_DEREGISTER, 0);
        server_abandon(server);
}

static void server_on_register_answer(int result, const CoapMessage *response, void *user)
{
        Server *server = user;
        g_autofree char *text = NULL;

        server->exchange = NULL;
        if (server->state == SERVER_DEREGISTERING) {
                server_on_left(server, result, response);
                return;
        }
        if (result == 0 && response->code == COAP_PRECONDITION_FAILED && offers_highest(server)) {
                log_notice(server->name, "LwM2M %s is not known there, trying 1.0",
                           server->context->version);
                server->version_refused = true;
                server_send_register(server);
                return;
        }
        if (result == 0 && response->code == COAP_CREATED) {
                server_on_created(server, response);
                return;
        }
        text = server_answer_text(server, result, response);
        if (result != -ETIMEDOUT || !server_go_elsewhere(server, text))
                server_fail(server, server_answer_error(result, response),
                            answer_max_age(result, response), "register: %s", text);
}

void server_send_register(Server *server)
{
        RegistrationWish wish = server_wish(server);
        CoapMessage message;
        int r;

        /* Core 6.2.1: what a server observed of an earlier registration is over. */
        if (!server->probing)
                server_forget_registration(server);
        server->trigger_at = CLOCK_NEVER;
        server->asked = server->asked_objects = server->register_asked = false;
        waiters_begin_update(server->waiters);
        r = registration_build_register(&server->registration, &wish, server->context->tree,
                                        &message);
        if (r == 0)
                r = server_send(server, &message, server_on_register_answer);
        if (r == -EMSGSIZE && server->sms_only) /* the next time, too */
                server_give_up(server, r, "register: too long, max-segments allows no more");
        else if (r < 0)
                server_fail(server, r, 0, "register: %s", status_to_text(r));
        else
                server_set_state(server, SERVER_REGISTERING);
}

/* ---- Update ---- */

static void server_on_updated(Server *server)
{
        registration_accept_update(&server->registration);
        server_on_known(server);
        server->refreshed_at = server->exchange_at;
        server->totals.updates++;
        log_debug(server->name, "updated, lifetime %u s", server->registration.lifetime);
        server_set_state(server, SERVER_REGISTERED);
        waiters_finish(server->waiters, WAITER_UPDATING, 0);
}

void server_repair(Server *server, int error, const char *text)
{
        log_event(LOG_LEVEL_WARNING, LOG_EVENT_UPDATE_FAILED, server->name, "%s; registering again",
                  text);
        server_note_error(server, error, text);
        if (error != -ETIMEDOUT || !server_renew_session(server))
                server_send_register(server);
}

static void server_on_update_answer(int result, const CoapMessage *response, void *user)
{
        Server *server = user;
        gint64 now = clock_now(server->context->clock);
        gint64 pause = answer_max_age(result, response);
        g_autofree char *text = NULL;
        g_autofree char *what = NULL;

        server->exchange = NULL;
        if (result == 0 && response->code == COAP_CHANGED) {
                server_on_updated(server);
                return;
        }
        text = server_answer_text(server, result, response);
        what = g_strdup_printf("update: %s", text);
        if (pause > 0 && now + pause < server_expires_at(server)) {
                server->unsure = false;
                server_put_off(server, -EBUSY, now + pause, what);
                return;
        }
        if (server_can_wait(server, result)) {
                server_wait_for_modem(server, result, what);
                return;
        }
        server_repair(server, server_answer_error(result, response), what);
}

void server_send_update(Server *server)
{
        RegistrationWish wish = server_wish(server);
        bool objects = server->asked_objects;
        CoapMessage message;
        int r;

        server->trigger_at = CLOCK_NEVER;
        server->asked = server->asked_objects = false;
        waiters_begin_update(server->waiters);
        r = registration_build_update(&server->registration, &wish, server->context->tree, objects,
                                      &message);
        if (r == 0)
                r = server_send(server, &message, server_on_update_answer);
        if (r < 0)
                server_fail(server, r, 0, "update: %s", status_to_text(r));
        else
                server_set_state(server, SERVER_UPDATING);
}

void server_update_due(Server *server)
{
        RegistrationWish wish = server_wish(server);
        bool refresh = clock_now(server->context->clock) >= server_refresh_at(server);

        if (server_go_back(server, refresh))
                return;
        server->asked |= refresh;
        if (server_must_register(server)) {
                server_send_register(server);
                return;
        }
        if (server->asked || server->asked_objects ||
            registration_differs(&server->registration, &wish, server->context->tree)) {
                server_send_update(server);
                return;
        }
        server->trigger_at = CLOCK_NEVER;
        server_set_state(server, SERVER_REGISTERED);
}

/* ---- De-register ---- */

static void server_on_deregister_answer(int result, const CoapMessage *response, void *user)
{
        Server *server = user;
        g_autofree char *text = NULL;
        g_autofree char *what = NULL;
        int error = 0;

        server->exchange = NULL;
        /* 4.04: it had forgotten us already. */
        if (result < 0 || (response->code != COAP_DELETED && response->code != COAP_NOT_FOUND)) {
                error = server_answer_error(result, response);
                text = server_answer_text(server, result, response);
                what = g_strdup_printf("deregister: %s", text);
                log_warning(server->name, "%s", what);
                server_note_error(server, error, what);
        } else {
                log_notice(server->name, "deregistered");
        }
        waiters_finish(server->waiters, WAITER_DEREGISTER, error);
        server_abandon(server);
}

static uint64_t messages_received(const Server *server)
{
        return server->transport
                       ? endpoint_counters(transport_endpoint(server->transport))->received
                       : 0;
}

bool server_is_silent(const Server *server)
{
        return messages_received(server) == server->received;
}

void server_leave(Server *server)
{
        server->received = messages_received(server);
        server_set_state(server, SERVER_DEREGISTERING);
}

void server_send_deregister(Server *server)
{
        CoapMessage message;
        int r;

        server->received = messages_received(server);
        reporter_cancel_all(server->reporter); /* one under way would keep it waiting */
        r = registration_build_deregister(&server->registration, &message);
        if (r == 0)
                r = server_send(server, &message, server_on_deregister_answer);
        server_set_state(server, SERVER_DEREGISTERING);
        if (r < 0) {
                waiters_finish(server->waiters, WAITER_DEREGISTER, r);
                server_abandon(server);
        }
}
