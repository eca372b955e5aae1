/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Making a session, and what is said of it. */

#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wrapper.h"

#define LOG_LINE_MAX 240

/* TS 23.040, 9.2.3.9: ME data download, and class 1 of 8-bit data (TS 23.038, 4) */
static const LwmSecuritySms DEVICE_SMS = {0x7D, 0xF5, 0x70};
/* (U)SIM data download, and class 2 */
static const LwmSecuritySms CARD_SMS = {0x7F, 0xF6, 0x70};

void session_log(LwmSecuritySession *session, int priority, const char *format, ...)
{
        char line[LOG_LINE_MAX];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(line, sizeof(line), format, arguments);
        va_end(arguments);
        session->host->log(session->link, priority, line);
}

int session_fail(LwmSecuritySession *session, int error)
{
        session->status.state = LWM_SECURITY_FAILED;
        session->status.error = error;
        session->status.max_message = 0;
        return error;
}

/* Before it is too late for another key. */
static void warn_scarce(LwmSecuritySession *session, uint64_t left, bool *warned, const char *whose)
{
        if (left == 0 || left > COUNTER_SCARCE || *warned)
                return;

        *warned = true;
        session_log(session, LOG_WARNING,
                    "the counter of %s is nearly used up, %" PRIu64
                    " packets are left: other keys are needed soon",
                    whose, left);
}

static void refresh_counters(LwmSecuritySession *session)
{
        const Counters *counters = &session->counters;
        uint64_t receive_left = counters_receive_left(counters);
        uint64_t send_left = counters_send_left(counters);

        session->status.last_received = counters->received;
        session->status.last_sent = counters->sent;
        counts_set(&session->counts, COUNT_LAST_RECEIVED, counters->received);
        counts_set(&session->counts, COUNT_RECEIVE_LEFT, receive_left);
        counts_set(&session->counts, COUNT_LAST_SENT, counters->sent);
        counts_set(&session->counts, COUNT_SEND_LEFT, send_left);
        warn_scarce(session, receive_left, &session->warned_receive, "the server's packets");
        warn_scarce(session, send_left, &session->warned_send, "our packets");
}

void session_refresh(LwmSecuritySession *session)
{
        size_t room = packet_capacity(&session->policy, session->mtu);
        size_t longest = session->wrapped ? wrapper_capacity(room) : room;
        size_t overhead = packet_data_offset(&session->policy) +
                          cipher_block(session->policy.cipher) - 1 + WRAPPER_MAX;

        session->status.max_message = (uint16_t) longest;
        session->status.overhead = (uint16_t) overhead;
        refresh_counters(session);
}

int session_read_keys(LwmSecuritySession *session, Keys *ret)
{
        Complaint complaint;
        int r;

        r = keys_read(session->host, session->link, session->secret, &session->policy, ret,
                      &complaint);
        if (r == 0)
                return 0;

        session_log(session, LOG_ERR, "%s", complaint.text);
        if (r == -EKEYREVOKED || r == -EKEYEXPIRED || r == -ENOKEY || r == -EKEYREJECTED)
                session_fail(session, r);
        return r;
}

static int session_judge_config(const LwmSecurityConfig *config, Complaint *complaint)
{
        if (config->bearer != LWM_SECURITY_BEARER_SMS)
                return complain(complaint, -EPROTONOSUPPORT, "secured packets are for SMS only");
        if (config->credentials.secret == 0)
                return complain(complaint, -ENOKEY, "no keys are configured");
        if (!config->credentials.identity.data)
                return complain(complaint, -EINVAL, "no key parameters are configured");

        return 0;
}

static int session_take_policy(LwmSecuritySession *session, const LwmSecurityConfig *config,
                               Complaint *complaint)
{
        const LwmSecurityBytes *identity = &config->credentials.identity;
        Bytes parameters = {identity->data, identity->len};
        Options options;
        int r;

        r = session_judge_config(config, complaint);
        if (r < 0)
                return r;

        r = options_parse(LWM_SECURITY_HAS(config, options) ? config->options : NULL, &options,
                          complaint);
        if (r < 0)
                return r;

        r = policy_parse(parameters, &options, &session->policy, complaint);
        if (r < 0)
                return r;

        session->wrapped = policy_wraps(&session->policy);
        session->status.sms = options.card ? CARD_SMS : DEVICE_SMS;
        session_refresh(session);
        if (session->status.max_message == 0)
                return complain(complaint, -EINVAL, "packets of %u octets hold no message",
                                session->mtu);

        return 0;
}

static int session_take_keys(LwmSecuritySession *session, Complaint *complaint)
{
        uint32_t number = 0;
        Keys keys;
        int r;

        r = keys_read(session->host, session->link, session->secret, &session->policy, &keys,
                      complaint);
        if (r < 0)
                return r;

        keys_describe(&keys, &session->policy, session->status.suite,
                      sizeof(session->status.suite));
        r = keys_judge(&keys, complaint);
        if (r == 0 && keys_number(&keys, &number) < 0)
                r = complain(complaint, -EIO, "the library computes no HMAC-SHA256");
        keys_wipe(&keys);
        if (r < 0)
                return r;

        counters_init(&session->counters, session->host, session->link, number,
                      &session->policy.options);
        return 0;
}

int session_create(const LwmSecurityHost *host, LwmSecurityLink *link,
                   const LwmSecurityConfig *config, LwmSecuritySession **ret)
{
        LwmSecuritySession *session;
        Complaint complaint;
        int r;

        session = calloc(1, sizeof(*session));
        if (!session)
                return -ENOMEM;

        session->host = host;
        session->link = link;
        session->secret = config->credentials.secret;
        session->mtu = config->mtu;
        session->status = (LwmSecurityStatus){
                .size = sizeof(LwmSecurityStatus),
                .state = LWM_SECURITY_IDLE,
                .alert_sent = -1,
                .alert_received = -1,
                .deadline = LWM_SECURITY_NEVER,
        };

        counts_init(&session->counts);
        r = session_take_policy(session, config, &complaint);
        if (r == 0)
                r = session_take_keys(session, &complaint);
        if (r < 0) {
                session_log(session, LOG_ERR, "%s", complaint.text);
                session_destroy(session);
                return r;
        }

        *ret = session;
        return 0;
}

void session_destroy(LwmSecuritySession *session)
{
        if (!session)
                return;

        explicit_bzero(session, sizeof(*session));
        free(session);
}
