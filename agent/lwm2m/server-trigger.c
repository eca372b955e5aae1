/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Triggers by SMS: an Update is asked for, or a bootstrap. */
#include <errno.h>

#include "base/log.h"
#include "base/random.h"
#include "lwm2m/server-impl.h"

#define NO_BOOTSTRAP "bootstrap asked for by SMS: there is no Bootstrap-Server"

/* Whoever sends it without security may be anybody. */
static bool is_open(const Server *server)
{
        return server->account.sms_mode == SMS_MODE_NOSEC;
}

static bool may_execute(const Server *server, Trigger trigger)
{
        uint16_t resource = trigger == TRIGGER_UPDATE ? 8 : 9;
        Path path = path_resource(1, server->account.server_instance, resource);

        return requester_may(&server->requester, path, ACCESS_EXECUTE) == 0;
}

/* An attempt that waits for its time is made now. One that was given up is not for anybody to make
 * again. */
static void wake(Server *server)
{
        if (server->state == SERVER_WAITING || (server->state == SERVER_FAILED && !is_open(server)))
                server_start(server);
}

static void act(Server *server, Trigger trigger)
{
        server->context->on_triggered(server, trigger, server->context->user);
        if (trigger == TRIGGER_BOOTSTRAP) {
                log_notice(server->name, "%s", NO_BOOTSTRAP);
                server_note_error(server, -ENOENT, NO_BOOTSTRAP);
                return;
        }
        log_info(server->name, "update asked for by SMS");
        wake(server);
        server_trigger(server, true, false);
}

void server_on_trigger_due(void *user)
{
        Server *server = user;

        act(server, server->sms.trigger);
}

/* Nobody can make us send something at a time of his choosing, and what is sent to many devices at
 * once is not answered by all of them at once. One waits, for the interval is longer than that. */
static void act_later(Server *server, Trigger trigger)
{
        gint64 delay = random_between(SERVER_TRIGGER_DELAY_MIN, SERVER_TRIGGER_DELAY_MAX);

        server->sms.trigger = trigger;
        timer_arm_in(server->sms.delay, delay);
}

void server_on_trigger(Server *server, const CoapMessage *request)
{
        Trigger trigger = trigger_parse(request, server->account.server_instance);
        gint64 now = clock_now(server->context->clock);

        if (trigger == TRIGGER_NONE || !may_execute(server, trigger) ||
            (is_open(server) && !rate_limit_pass(&server->sms.triggers, now, NULL)))
                server->sms.ignored++;
        else if (is_open(server))
                act_later(server, trigger);
        else
                act(server, trigger);
}

void server_on_answered_trigger(Server *server, const CoapMessage *request)
{
        Trigger trigger = trigger_parse(request, server->account.server_instance);

        if (trigger == TRIGGER_NONE || !may_execute(server, trigger))
                return;
        if (trigger == TRIGGER_BOOTSTRAP) {
                act(server, trigger);
                return;
        }
        server->context->on_triggered(server, trigger, server->context->user);
        wake(server);
}
