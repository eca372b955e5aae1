/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/bearer-impl.h"

#include <errno.h>

#include "base/log.h"
#include "sms/coding.h"
#include "sms/tpdu.h"

/* Lines about what was dropped or refused. */
#define COMPLAINTS RATE_LIMIT(60 * G_USEC_PER_SEC, 3)

BearerConfig bearer_config_default(void)
{
        return (BearerConfig){
                .numbering = {.international_prefix = "00"},
                .per_hour = 100,
                .per_day = 500,
        };
}

/* ---- Receiving --------------------------------------------------------------------- */

static void bearer_drop(Bearer *bearer, SmsCounter reason)
{
        unsigned suppressed;

        bearer->counters.value[reason]++;
        if (!rate_limit_pass(&bearer->drops, clock_now(bearer->clock), &suppressed))
                return;
        log_info(BEARER_OBJECT, "short message dropped (%s), %u others since the last such line",
                 sms_counter_to_string(reason), suppressed);
}

bool bearer_find_peer(const Bearer *bearer, const SmsAddress *from)
{
        for (unsigned i = 0; i < bearer->listeners->len; i++) {
                const BearerListener *listener = g_ptr_array_index(bearer->listeners, i);

                if (sms_address_equal(&listener->number, from))
                        return true;
        }
        return false;
}

/* Under which name somebody listens to this number: as it came, which is a short code's, or made
 * international. */
static bool bearer_recognise(const Bearer *bearer, SmsAddress *from)
{
        if (bearer_find_peer(bearer, from))
                return true;
        sms_address_normalise(from, &bearer->numbering);
        return bearer_find_peer(bearer, from);
}

/* To all who listen to this number, also where others have freed some of them meanwhile. */
static void bearer_on_message(const SmsMessage *message, void *user)
{
        Bearer *bearer = user;
        g_autoptr(GPtrArray) listeners = g_ptr_array_copy(bearer->listeners, NULL, NULL);
        SmsCounter outcome = SMS_DROPPED_UNEXPECTED;

        for (unsigned i = 0; i < listeners->len; i++) {
                BearerListener *listener = g_ptr_array_index(listeners, i);
                int r;

                if (!g_ptr_array_find(bearer->listeners, listener, NULL) ||
                    !sms_address_equal(&listener->number, &message->from))
                        continue;
                r = listener->ops->on_message(message, listener->user);
                if (r == 0)
                        outcome = SMS_MESSAGES_RECEIVED;
                else if (r == -EPERM && outcome != SMS_MESSAGES_RECEIVED)
                        outcome = SMS_DROPPED_CLASS;
        }

        if (outcome == SMS_MESSAGES_RECEIVED)
                bearer->counters.value[outcome]++;
        else
                bearer_drop(bearer, outcome);
}

static void bearer_on_release(guint64 id, void *user)
{
        Bearer *bearer = user;

        modem_acknowledge(bearer->modem, id, false);
}

static const ReassemblyOps bearer_reassembly_ops = {
        .on_message = bearer_on_message,
        .on_release = bearer_on_release,
};

/* Storage that is full takes no further segments, also of other messages: what waits here need not
 * wait there. */
static void bearer_spare_storage(Bearer *bearer)
{
        if (modem_status(bearer->modem)->storage_full)
                reassembly_release_all(bearer->reassembly);
}

static void bearer_on_segment(Bearer *bearer, const SmsMessage *segment)
{
        bearer->counters.value[SMS_SEGMENTS_RECEIVED]++;
        if (!segment->content.concatenated || segment->content.total == 1) {
                bearer_on_message(segment, bearer);
        } else if (reassembly_add(bearer->reassembly, segment) >= 0) {
                bearer_spare_storage(bearer);
                return; /* which releases it */
        } else {
                bearer_drop(bearer, SMS_DROPPED_LONG);
        }
        modem_acknowledge(bearer->modem, segment->id, false);
}

static void bearer_on_deliver(Bearer *bearer, const Tpdu *tpdu, const ModemMessage *received)
{
        SmsMessage segment = {
                .from = tpdu->address,
                .pid = tpdu->pid,
                .message_class = dcs_class(tpdu->dcs),
                .id = received->id,
                .stored = received->stored,
        };

        if (!dcs_is_data(tpdu->dcs)) {
                bearer_drop(bearer, SMS_DROPPED_CODING);
        } else if (header_parse(tpdu->data, tpdu->len, tpdu->header, &segment.content) < 0) {
                bearer_drop(bearer, SMS_DROPPED_MALFORMED);
        } else {
                bearer_on_segment(bearer, &segment);
                return;
        }
        modem_acknowledge(bearer->modem, received->id, false);
}

static void bearer_on_report(Bearer *bearer, const Tpdu *tpdu)
{
        switch (tpdu_outcome(tpdu)) {
        case TPDU_OUTCOME_DELIVERED:
                bearer->counters.value[SMS_REPORTS_DELIVERED]++;
                break;
        case TPDU_OUTCOME_PENDING:
                bearer->counters.value[SMS_REPORTS_PENDING]++;
                break;
        case TPDU_OUTCOME_FAILED:
                bearer->counters.value[SMS_REPORTS_FAILED]++;
                break;
        }
        log_debug(BEARER_OBJECT, "status report for message %u: %02x", tpdu->reference,
                  tpdu->status);
}

static void bearer_on_tpdu(const ModemMessage *received, void *user)
{
        Bearer *bearer = user;
        Tpdu tpdu;

        if (!bearer->started)
                return;
        if (tpdu_parse(received->tpdu, received->len, TPDU_FROM_NETWORK, &tpdu) < 0) {
                bearer_drop(bearer, SMS_DROPPED_MALFORMED);
                modem_acknowledge(bearer->modem, received->id, true);
                return;
        }

        if (!bearer_recognise(bearer, &tpdu.address)) {
                bearer_drop(bearer, SMS_DROPPED_SENDER);
                modem_acknowledge(bearer->modem, received->id, true);
        } else if (tpdu.type == TPDU_STATUS_REPORT) {
                bearer_on_report(bearer, &tpdu);
                modem_acknowledge(bearer->modem, received->id, false);
        } else {
                bearer_on_deliver(bearer, &tpdu, received);
        }
}

/* ---- The modem --------------------------------------------------------------------- */

static void bearer_on_sent(guint64 token, int result, unsigned reference, void *user)
{
        Bearer *bearer = user;
        unsigned suppressed;

        if (result < 0 && rate_limit_pass(&bearer->refusals, clock_now(bearer->clock), &suppressed))
                log_warning(BEARER_OBJECT,
                            "short message not sent: %s, %u others since the last such line",
                            g_strerror(-result), suppressed);
        else if (result == 0)
                log_debug(BEARER_OBJECT, "short message sent as %u", reference);
        outbox_on_sent(bearer->outbox, token, result);
}

static void bearer_on_status(void *user)
{
        Bearer *bearer = user;

        bearer_spare_storage(bearer);
        if (bearer->ops->on_status)
                bearer->ops->on_status(bearer->user);
}

static void bearer_on_connected(void *user)
{
        Bearer *bearer = user;

        reassembly_forget_ids(bearer->reassembly);
        if (bearer->started)
                modem_replay(bearer->modem);
}

static void bearer_on_replay(void *user)
{
        Bearer *bearer = user;

        modem_replay(bearer->modem);
}

static const ModemHandler bearer_modem_handler = {
        .on_received = bearer_on_tpdu,
        .on_sent = bearer_on_sent,
        .on_status = bearer_on_status,
        .on_connected = bearer_on_connected,
};

static void bearer_on_send_failed(void *owner, int error, void *user)
{
        BearerListener *listener = owner;

        listener->ops->on_send_failed(error, listener->user);
}

Bearer *bearer_new(Clock *clock, Modem *modem, const BearerConfig *config,
                   const BudgetState *budget, const BearerOps *ops, void *user)
{
        Bearer *bearer = g_new0(Bearer, 1);

        bearer->clock = clock;
        bearer->modem = modem;
        bearer->international_prefix = g_strdup(config->numbering.international_prefix);
        bearer->country_code = g_strdup(config->numbering.country_code);
        bearer->numbering = (SmsNumbering){
                .international_prefix = bearer->international_prefix,
                .country_code = bearer->country_code,
        };
        bearer->wide_reference = config->wide_reference;
        bearer->budget = budget_new(clock, config->per_hour, config->per_day, budget);
        bearer->ops = ops;
        bearer->user = user;
        bearer->drops = COMPLAINTS;
        bearer->refusals = COMPLAINTS;
        bearer->listeners = g_ptr_array_new();
        bearer->replay = timer_new(clock, bearer_on_replay, bearer);
        bearer->reassembly =
                reassembly_new(clock, &bearer->counters, &bearer_reassembly_ops, bearer);
        bearer->outbox = outbox_new(clock, modem, &bearer->counters, bearer_on_send_failed, bearer);
        modem_set_handler(modem, &bearer_modem_handler, bearer);
        return bearer;
}

void bearer_free(Bearer *bearer)
{
        if (!bearer)
                return;

        g_assert(bearer->listeners->len == 0);
        modem_set_handler(bearer->modem, NULL, NULL);
        timer_free(bearer->replay);
        outbox_free(bearer->outbox);
        reassembly_free(bearer->reassembly);
        g_ptr_array_unref(bearer->listeners);
        g_free(bearer->international_prefix);
        g_free(bearer->country_code);
        g_free(bearer);
}

void bearer_start(Bearer *bearer)
{
        if (bearer->started)
                return;
        bearer->started = true;
        modem_replay(bearer->modem);
}

size_t bearer_capacity(const Bearer *bearer, PacketKind kind, unsigned segments)
{
        return split_capacity(kind, bearer->wide_reference, segments);
}

void bearer_budget_left(const Bearer *bearer, unsigned *ret_hour, unsigned *ret_day)
{
        budget_left(&bearer->budget, bearer->clock, ret_hour, ret_day);
}

guint64 bearer_counter(const Bearer *bearer, SmsCounter counter)
{
        return bearer->counters.value[counter];
}

const ModemStatus *bearer_status(const Bearer *bearer)
{
        return modem_status(bearer->modem);
}
