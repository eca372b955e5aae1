/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Those who listen to a bearer, and what they send. */
#include <errno.h>

#include "base/log.h"
#include "sms/bearer-impl.h"

int bearer_listen(Bearer *bearer, const char *number, const BearerListenerOps *ops, void *user,
                  BearerListener **ret)
{
        BearerListener *listener;
        SmsAddress address;
        int r = sms_address_from_text(number, &bearer->numbering, &address);

        if (r < 0)
                return r;

        /* What came earlier was nobody's, and is still where the modem keeps it. */
        if (bearer->started && !bearer_find_peer(bearer, &address))
                timer_arm_in(bearer->replay, 0);
        listener = g_new0(BearerListener, 1);
        listener->bearer = bearer;
        listener->number = listener->answer = address;
        listener->ops = ops;
        listener->user = user;
        g_ptr_array_add(bearer->listeners, listener);
        *ret = listener;
        return 0;
}

void bearer_listener_free(BearerListener *listener)
{
        if (!listener)
                return;

        outbox_disown(listener->bearer->outbox, listener);
        g_ptr_array_remove(listener->bearer->listeners, listener);
        g_free(listener);
}

void bearer_listener_answer(BearerListener *listener, const SmsAddress *from)
{
        bool says_nothing = from->type == SMS_NUMBER_UNKNOWN;

        if (!sms_address_equal(&listener->number, from))
                return;
        listener->answer = says_nothing && listener->number.type != SMS_NUMBER_UNKNOWN
                                   ? listener->number
                                   : *from;
}

static int bearer_spend(Bearer *bearer, unsigned n)
{
        unsigned suppressed;
        BudgetState state;

        if (budget_take(&bearer->budget, bearer->clock, n)) {
                if (budget_reserve(&bearer->budget, bearer->clock, &state) &&
                    bearer->ops->store_budget)
                        bearer->ops->store_budget(&state, bearer->user);
                return 0;
        }

        bearer->counters.value[SMS_DROPPED_BUDGET]++;
        if (rate_limit_pass(&bearer->refusals, clock_now(bearer->clock), &suppressed))
                log_warning(BEARER_OBJECT,
                            "short message not sent: the budget of the hour or day is used up, "
                            "%u others since the last such line",
                            suppressed);
        return -EDQUOT;
}

int bearer_send(BearerListener *listener, const OutboxRequest *request, const void *data,
                size_t len)
{
        Bearer *bearer = listener->bearer;
        OutboxRequest complete = *request;
        int count, r;

        complete.to = listener->answer;
        complete.wide = bearer->wide_reference;
        complete.owner = listener;
        count = outbox_count(&complete, len);
        if (count < 0)
                return count;
        if (modem_status(bearer->modem)->state != MODEM_READY)
                return -ENETDOWN;
        if (outbox_pending(bearer->outbox) >= OUTBOX_MAX_MESSAGES)
                return -EAGAIN;

        r = bearer_spend(bearer, (unsigned) count);
        if (r < 0)
                return r;
        return outbox_push(bearer->outbox, &complete, data, len);
}

gint64 bearer_room_at(const Bearer *bearer)
{
        return budget_room_at(&bearer->budget);
}
