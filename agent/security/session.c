/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/session.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"

#define COMPLAINT_INTERVAL (60 * G_USEC_PER_SEC)

/* Up to the last member of the first ABI's structure. */
#define STATUS_FIRST_SIZE (offsetof(LwmSecurityStatus, mobile) + sizeof(bool))

/* What a plugin that tells nonsense counts as. */
static const LwmSecurityStatus broken_status = {
        .size = sizeof(LwmSecurityStatus),
        .state = LWM_SECURITY_FAILED,
        .error = -EPROTO,
        .alert_sent = -1,
        .alert_received = -1,
        .deadline = LWM_SECURITY_NEVER,
};

static void session_read_status(Session *session)
{
        const LwmSecurityStatus *status = session->plugin->status(session->instance);

        session->status = broken_status;
        if (!status || status->size < STATUS_FIRST_SIZE ||
            (unsigned) status->state > LWM_SECURITY_FAILED)
                return;

        memcpy(&session->status, status, MIN(status->size, sizeof(*status)));
        session->status.size = sizeof(*status);
        /* Text, which carries no packet: nothing was said. */
        if (session->status.sms.data_coding == 0)
                session->status.sms = session->plugin->sms;
        session->status.suite[sizeof(session->status.suite) - 1] = '\0';
        if (status->state == LWM_SECURITY_FAILED && status->error >= 0)
                session->status.error = -EPROTO;
}

static void session_send_wire(Session *session)
{
        const uint8_t *data;
        size_t len;
        int r;

        while (queue_take(&session->host.wire, &data, &len)) {
                r = link_send(session->link, data, len);
                if (r < 0)
                        session->link_error = session->refused = r;
        }
        queue_reset(&session->host.wire);
        while (queue_take(&session->host.marked, &data, &len)) {
                r = session->send_as(session->link, data[0], data + 1, len - 1);
                if (r < 0)
                        session->link_error = r;
        }
        queue_reset(&session->host.marked);
}

static void session_complain(Session *session)
{
        unsigned refused = session->host.refused;

        session->host.refused = 0;
        if (refused > 0 &&
            rate_limit_pass(&session->complaint_limit, clock_now(session->host.clock), NULL))
                log_warning(session->host.name, "plugin %s emits more than it may: %u dropped",
                            session->plugin->name, refused);
}

static uint64_t session_enter(Session *session)
{
        g_assert(!session->host.calling);
        host_link_enter(&session->host);
        return (uint64_t) clock_now(session->host.clock);
}

static int session_leave(Session *session, int r)
{
        session->host.calling = false;
        session_read_status(session);
        session_send_wire(session);
        session_complain(session);
        return MIN(r, 0);
}

int session_init(Session *session, Clock *clock, Link *link, const ChannelConfig *config,
                 const char *name)
{
        int r;

        *session = (Session){
                .plugin = config->plugin,
                .place = resume_place(config),
                .host =
                        {
                                .clock = clock,
                                .vault = config->vault,
                                .name = name,
                                .plugin = config->plugin->name,
                                .account = config->account,
                                .mtu = link_mtu(link),
                                .marks = config->send_as != NULL,
                                .judge = config->judge,
                                .judge_user = config->judge_user,
                        },
                .status = broken_status,
                .link = link,
                .send_as = config->send_as,
                .complaint_limit = RATE_LIMIT(COMPLAINT_INTERVAL, 1),
        };
        host_link_init(&session->host);
        if (channel_config_uses_keys(config))
                session->host.secret = keystore_serial(config->keystore, config->account,
                                                       channel_config_secret(config));

        r = resume_open(config, &session->host, &session->instance, &session->origin);
        if (r < 0)
                return r;
        session_read_status(session);
        session_complain(session);
        return 0;
}

void session_destroy(Session *session)
{
        if (session->instance)
                session->plugin->destroy(session->instance);
        session->instance = NULL;
}

void session_clear(Session *session)
{
        session_destroy(session);
        host_link_clear(&session->host);
}

int session_start(Session *session)
{
        uint64_t now = session_enter(session);

        return session_leave(session, session->plugin->start(session->instance, now));
}

int session_receive(Session *session, const void *data, size_t len)
{
        uint64_t now = session_enter(session);

        return session_leave(session, session->plugin->receive(session->instance, data, len, now));
}

int session_send(Session *session, const void *data, size_t len)
{
        uint64_t now = session_enter(session);
        int r;

        session->refused = 0;
        r = session_leave(session, session->plugin->send(session->instance, data, len, now));
        return r < 0 ? r : session->refused;
}

int session_expire(Session *session)
{
        uint64_t now = session_enter(session);

        return session_leave(session, session->plugin->expire(session->instance, now));
}

int session_close(Session *session)
{
        uint64_t now = session_enter(session);

        return session_leave(session, session->plugin->close(session->instance, now));
}

const LwmSecurityCounter *session_counters(const Session *session, size_t *ret_len)
{
        const LwmSecurityPlugin *plugin = session->plugin;
        const LwmSecurityCounter *counters = NULL;
        size_t len = 0;

        if (session->instance && LWM_SECURITY_HAS(plugin, counters) && plugin->counters)
                counters = plugin->counters(session->instance, &len);
        *ret_len = counters ? MIN(len, SESSION_MAX_COUNTERS) : 0;
        return counters;
}

bool session_has_ended(const Session *session)
{
        return session->status.state == LWM_SECURITY_CLOSED ||
               session->status.state == LWM_SECURITY_FAILED;
}
