/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When it is tried again: what failed, what could not be sent, what the server put off. */
#include <errno.h>

#include "base/log.h"
#include "lwm2m/server-impl.h"

#define SECONDS(n) ((n) * (gint64) G_USEC_PER_SEC)

bool server_is_refused(int error)
{
        return error == -EDQUOT || error == -ENETDOWN || error == -EAGAIN || error == -ENODEV;
}

gint64 server_sms_at(const Server *server)
{
        Bearer *bearer = server->context->bearer;

        if (!bearer || bearer_status(bearer)->state != MODEM_READY)
                return CLOCK_NEVER;
        return bearer_room_at(bearer);
}

bool server_sms_ready(const Server *server)
{
        return server_sms_at(server) <= clock_now(server->context->clock);
}

gint64 server_sms_resumes_at(const Server *server)
{
        return server->sms.transport && !server_sms_ready(server) ? server_sms_at(server)
                                                                  : CLOCK_NEVER;
}

gint64 server_expires_at(const Server *server)
{
        return server->registration.lifetime == 0
                       ? CLOCK_NEVER
                       : server->refreshed_at + SECONDS(server->registration.lifetime);
}

gint64 server_refresh_at(const Server *server)
{
        uint32_t lifetime = server->registration.lifetime;
        uint32_t wait = (uint32_t) (server->context->sms_wait / G_USEC_PER_SEC);
        uint32_t before =
                server->over_sms ? wait + SERVER_SMS_REFRESH_MARGIN : SERVER_REFRESH_BEFORE;

        if (lifetime == 0)
                return CLOCK_NEVER;
        if (lifetime > 2 * before)
                return server->refreshed_at + SECONDS(lifetime - before);
        return server->refreshed_at + SECONDS(lifetime) / 2;
}

gint64 server_update_at(const Server *server)
{
        gint64 at = MAX(MIN(server_refresh_at(server), server->trigger_at), server->not_before);

        if (server->over_sms) /* what is not sent meanwhile is not lost before it expires */
                at = MIN(MAX(at, server_sms_at(server)), server_expires_at(server));
        return MIN(at, MAX(server->udp_at, server->not_before));
}

static RetryPolicy retry_policy(const Server *server)
{
        return (RetryPolicy){
                .count = server->account.retry_count,
                .timer = server->account.retry_timer,
                .sequence_delay = server->account.sequence_delay,
                .sequence_count = server->account.sequence_count,
        };
}

bool server_has_network(const Server *server, int error)
{
        const LinkFactory *links = &server->context->links;
        const struct sockaddr *peer =
                server->resolver ? resolver_current(server->resolver, NULL) : NULL;
        struct sockaddr_storage source;

        if (server->over_sms)
                return !server_is_refused(error) && server_sms_ready(server);
        if (error == -ENETUNREACH || error == -ENETDOWN || error == -EADDRNOTAVAIL)
                return false;
        if (peer)
                return links->source(peer, &source, links->user) >= 0;
        return links->any_up(links->user);
}

gint64 server_next_attempt(Server *server, bool network)
{
        RetryPolicy policy = retry_policy(server);
        gint64 delay = network ? retry_next(&server->retry, &policy) : retry_uncounted(&policy);
        gint64 at = server->over_sms ? server_sms_at(server) : 0;

        return at < CLOCK_NEVER ? MAX(delay, at - clock_now(server->context->clock)) : delay;
}

bool server_can_wait(const Server *server, int error)
{
        bool unsent = server_is_refused(error) || !server_sms_ready(server);

        return server->over_sms && unsent && error < 0 &&
               clock_now(server->context->clock) < server_expires_at(server);
}

void server_put_off(Server *server, int error, gint64 at, const char *text)
{
        log_info(server->name, "%s", text);
        server_note_error(server, error, text);
        server->asked = true;
        server->trigger_at = server->not_before = at;
        server_set_state(server, SERVER_REGISTERED);
        waiters_finish(server->waiters, WAITER_UPDATING, error);
}

/* A modem that says it is ready and takes nothing is not asked all the time. */
void server_wait_for_modem(Server *server, int error, const char *text)
{
        RetryPolicy policy = retry_policy(server);
        gint64 pause = server_sms_ready(server) ? retry_uncounted(&policy) : 0;

        server_put_off(server, error, clock_now(server->context->clock) + pause, text);
}
