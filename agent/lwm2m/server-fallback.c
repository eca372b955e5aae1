/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A registration by SMS for want of UDP, and the way back. */
#include <errno.h>

#include "base/log.h"
#include "lwm2m/server-impl.h"

bool server_may_fall_back(const Server *server)
{
        const Account *account = &server->account;

        return account->sms_fallback && account_has_sms(account) && account_has_udp(account) &&
               account->sms_mode != SMS_MODE_NOSEC;
}

void server_reset_way(Server *server)
{
        server->over_sms = server->sms_only;
        server->udp_at = CLOCK_NEVER;
        if (server->probing) /* over another way it is none */
                server_forget_registration(server);
        server->probing = false;
}

static bool is_attempt(ServerState state)
{
        return state == SERVER_RESOLVING || state == SERVER_CONNECTING ||
               state == SERVER_REGISTERING;
}

/* A server that is there and refuses us is not asked again in another way. */
static bool is_no_way(int error)
{
        return error == -ETIMEDOUT || error == -EHOSTUNREACH || error == -ENETUNREACH ||
               error == -ENETDOWN || error == -EADDRNOTAVAIL;
}

/* As if UDP had not been tried. */
static void resume(Server *server, int error, const char *text)
{
        log_info(server->name, "%s; still registered by SMS", text);
        server_note_error(server, error, text);
        server_disconnect(server, true);
        server->probing = false;
        server->over_sms = true;
        server->fell_back_at = clock_now(server->context->clock);
        server->transport = server->sms.transport;
        waiters_finish(server->waiters, WAITER_REGISTER | WAITER_UPDATE | WAITER_UPDATING, error);
        server_set_state(server, SERVER_REGISTERED);
}

bool server_fall_back(Server *server, int error, const char *text)
{
        gint64 now = clock_now(server->context->clock);

        if (server->probing && server->registration.valid && server->sms.transport &&
            is_attempt(server->state) && now < server_expires_at(server)) {
                resume(server, error, text);
                return true;
        }
        if (server->over_sms || !server_may_fall_back(server) || !is_attempt(server->state) ||
            !is_no_way(error) || !server->sms.transport || !server_sms_ready(server))
                return false;
        log_notice(server->name, "%s; registering by SMS", text);
        server_note_error(server, error, text);
        server_disconnect(server, true);
        server->over_sms = true;
        server->fell_back_at = now;
        server_wait_until(server, now);
        return true;
}

bool server_stands_in(const Server *server)
{
        return server->over_sms && !server->sms_only;
}

void server_want_udp(Server *server)
{
        server->udp_at =
                MAX(clock_now(server->context->clock), server->fell_back_at + SERVER_UDP_INTERVAL);
        server_set_state(server, server->state);
}

bool server_go_back(Server *server, bool refresh)
{
        gint64 now = clock_now(server->context->clock);

        if (!server_stands_in(server))
                return false;
        if (now < server->udp_at && !(refresh && now >= server->fell_back_at + SERVER_UDP_INTERVAL))
                return false;
        log_info(server->name, "trying UDP again");
        server_disconnect(server, false);
        server->over_sms = false;
        server->udp_at = CLOCK_NEVER;
        server->probing = true;
        server_wait_until(server, now);
        return true;
}
