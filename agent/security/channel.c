/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/channel.h"

#include <errno.h>

#include "base/log.h"
#include "base/rate-limit.h"
#include "security/alert.h"
#include "security/session.h"

#define COMPLAINT_INTERVAL (60 * G_USEC_PER_SEC)

G_STATIC_ASSERT(CHANNEL_MAX_QUEUE == QUEUE_MAX_ITEMS);

struct Channel {
        Clock *clock;
        Link *link;
        char *name;
        const ChannelOps *ops;
        void *user;
        Session session;

        bool started;
        bool ready;      /* on_ready was called */
        bool ended;      /* the plugin is not called again, but for destroy() */
        bool tell_close; /* on_closed is still to be called */
        bool silent;     /* no callback any more */
        int error;
        char *error_text;
        uint64_t rejected;

        Timer *deadline; /* the plugin's */
        Timer *turn;     /* hands up what came outside the main loop's events */
        gint64 not_before;
        RateLimit expire_limit;
        RateLimit complaint_limit;

        Queue up;      /* being handed up */
        unsigned busy; /* inside callbacks: the memory must stay */
        bool freed;
};

/* ---- After each call of the plugin ------------------------------------------ */

static void channel_end(Channel *channel, int error)
{
        AlertContext context = {
                .error = error,
                .was_ready = channel->ready,
                .link_error = channel->session.link_error,
                .words = channel->session.host.words,
        };

        channel->ended = true;
        channel->error = error;
        g_free(channel->error_text);
        channel->error_text = alert_explain(&channel->session.status, &context);
}

static void channel_arm_deadline(Channel *channel)
{
        uint64_t deadline = channel->session.status.deadline;

        if (channel->ended || !channel->started || deadline >= (uint64_t) CLOCK_NEVER)
                timer_disarm(channel->deadline);
        else
                timer_arm(channel->deadline, MAX((gint64) deadline, channel->not_before));
}

static bool channel_is_ready_untold(const Channel *channel)
{
        return channel->started && !channel->ready && !channel->ended &&
               channel->session.status.state == LWM_SECURITY_READY;
}

static bool channel_has_news(const Channel *channel)
{
        return !channel->silent && (channel->tell_close || channel_is_ready_untold(channel) ||
                                    !queue_is_empty(&channel->session.host.messages));
}

/* The plugin's new status takes effect. What is to be told waits for the main loop. */
static void channel_settle(Channel *channel)
{
        if (!channel->ended && session_has_ended(&channel->session)) {
                const LwmSecurityStatus *status = &channel->session.status;

                channel_end(channel, status->state == LWM_SECURITY_FAILED ? status->error : 0);
                channel->tell_close = true;
        }
        channel_arm_deadline(channel);
        if (channel_has_news(channel) && !timer_armed(channel->turn))
                timer_arm(channel->turn, clock_now(channel->clock));
}

/* What waits to be told is not told any more. */
static void channel_silence(Channel *channel)
{
        channel->ended = true;
        channel->silent = true;
        timer_disarm(channel->deadline);
        timer_disarm(channel->turn);
}

/* ---- Upwards ----------------------------------------------------------------- */

static void channel_save_ticket(Channel *channel)
{
        Session *session = &channel->session;
        int r = resume_save(&session->place, session->instance, LWM_SECURITY_SAVE_TICKET);

        if (r < 0 && r != -EOPNOTSUPP && r != -ENODATA)
                log_warning(channel->name, "the session ticket cannot be saved: %s",
                            g_strerror(-r));
}

static void channel_tell_ready(Channel *channel)
{
        if (!channel_is_ready_untold(channel))
                return;

        channel->ready = true;
        if (channel->session.origin != RESUME_CONTEXT)
                channel_save_ticket(channel);
        channel->ops->on_ready(channel->user);
}

/* Those that are there now; what a callback's own sending brings waits for the next turn. What a
 * plugin takes for a message before the session is ready is none. */
static void channel_tell_messages(Channel *channel)
{
        Queue empty = channel->up;
        const uint8_t *data;
        size_t len;

        channel->up = channel->session.host.messages;
        channel->session.host.messages = empty;
        while (channel->ready && !channel->silent && queue_take(&channel->up, &data, &len))
                channel->ops->on_message(data, len, channel->user);
        queue_reset(&channel->up);
}

/* A ticket that the server did not let pass must not stand in the way again. */
static void channel_forget_ticket(Channel *channel)
{
        const Session *session = &channel->session;

        if (session->origin == RESUME_TICKET && !channel->ready && channel->error < 0 &&
            channel->error != -ETIMEDOUT)
                vault_forget(session->place.vault, session->place.account);
}

static void channel_tell_closed(Channel *channel)
{
        if (!channel->tell_close || !queue_is_empty(&channel->session.host.messages))
                return;

        channel->tell_close = false;
        channel_forget_ticket(channel);
        channel->ops->on_closed(channel->user);
}

static void channel_destroy(Channel *channel)
{
        session_clear(&channel->session);
        queue_clear(&channel->up);
        g_free(channel->error_text);
        g_free(channel->name);
        g_free(channel);
}

/* The only way up. */
static void channel_drain(Channel *channel)
{
        if (channel->busy > 0)
                return;

        channel->busy++;
        channel_tell_ready(channel);
        if (!channel->silent)
                channel_tell_messages(channel);
        if (!channel->silent)
                channel_tell_closed(channel);
        channel->busy--;

        if (channel->freed)
                channel_destroy(channel);
        else if (channel_has_news(channel))
                timer_arm(channel->turn, clock_now(channel->clock));
        else
                timer_disarm(channel->turn);
}

/* ---- Events ------------------------------------------------------------------- */

static void channel_on_datagram(void *user, const uint8_t *data, size_t len)
{
        Channel *channel = user;

        if (!channel->started || channel->ended)
                return;

        if (session_receive(&channel->session, data, len) < 0)
                channel->rejected++;
        else
                channel->session.link_error = 0;
        channel_settle(channel);
        channel_drain(channel);
}

static void channel_on_error(void *user, int error)
{
        Channel *channel = user;

        channel->session.link_error = error;
}

static const LinkHandler channel_link_handler = {
        .on_datagram = channel_on_datagram,
        .on_error = channel_on_error,
};

/* A deadline that comes too often must not keep the processor busy. */
static void channel_put_off_deadline(Channel *channel, gint64 now)
{
        if (rate_limit_pass(&channel->complaint_limit, now, NULL))
                log_warning(channel->name,
                            "plugin %s asks to be called more than %d times a second, put off",
                            channel->session.plugin->name, CHANNEL_MAX_EXPIRE);
        channel->not_before = channel->expire_limit.begin + channel->expire_limit.interval;
        channel_arm_deadline(channel);
}

static void channel_on_deadline(void *user)
{
        Channel *channel = user;
        gint64 now = clock_now(channel->clock);

        if (!rate_limit_pass(&channel->expire_limit, now, NULL)) {
                channel_put_off_deadline(channel, now);
                return;
        }

        session_expire(&channel->session);
        channel_settle(channel);
        channel_drain(channel);
}

static void channel_on_turn(void *user)
{
        channel_drain(user);
}

/* ---- For the layer above -------------------------------------------------------- */

int channel_new(Clock *clock, Link *link, const ChannelConfig *config, const ChannelOps *ops,
                void *user, Channel **ret)
{
        Channel *channel = g_new0(Channel, 1);
        int r;

        channel->clock = clock;
        channel->link = link;
        channel->name = g_strdup(config->name);
        channel->ops = ops;
        channel->user = user;
        channel->expire_limit = RATE_LIMIT(G_USEC_PER_SEC, CHANNEL_MAX_EXPIRE);
        channel->complaint_limit = RATE_LIMIT(COMPLAINT_INTERVAL, 1);
        channel->deadline = timer_new(clock, channel_on_deadline, channel);
        channel->turn = timer_new(clock, channel_on_turn, channel);

        r = session_init(&channel->session, clock, link, config, channel->name);
        if (r < 0) {
                channel_free(channel);
                return r;
        }
        link_set_handler(link, &channel_link_handler, channel);
        *ret = channel;
        return 0;
}

/* All that could call back goes at once; the memory when the last callback has returned. */
void channel_free(Channel *channel)
{
        if (!channel)
                return;

        g_assert(!channel->freed);
        channel_silence(channel);
        channel->freed = true;
        g_clear_pointer(&channel->deadline, timer_free);
        g_clear_pointer(&channel->turn, timer_free);
        session_destroy(&channel->session);
        link_free(channel->link);
        if (channel->busy == 0)
                channel_destroy(channel);
}

int channel_start(Channel *channel)
{
        int r = 0;

        if (channel->started || channel->ended)
                return -EALREADY;

        channel->started = true;
        if (channel->session.status.state != LWM_SECURITY_READY)
                r = session_start(&channel->session);
        if (r < 0) {
                channel_end(channel, r);
                channel_silence(channel);
                return r;
        }
        channel_settle(channel);
        return 0;
}

int channel_send(Channel *channel, const void *data, size_t len)
{
        int r;

        if (!channel->ready || channel->ended ||
            channel->session.status.state != LWM_SECURITY_READY)
                return -ENOTCONN;
        if (len > channel->session.status.max_message)
                return -EMSGSIZE;

        r = session_send(&channel->session, data, len);
        channel_settle(channel);
        return r;
}

void channel_close(Channel *channel)
{
        if (channel->started && !channel->ended)
                session_close(&channel->session);
        channel_silence(channel);
}

int channel_save(Channel *channel)
{
        Session *session = &channel->session;
        int r;

        if (!channel->ready || channel->ended)
                return -ENOTCONN;

        r = resume_save(&session->place, session->instance, LWM_SECURITY_SAVE_CONTEXT);
        if (r != -EOPNOTSUPP)
                channel_silence(channel);
        return r;
}

size_t channel_max_message(const Channel *channel)
{
        return channel->ready && !channel->ended ? channel->session.status.max_message : 0;
}

const LwmSecurityStatus *channel_status(const Channel *channel)
{
        return &channel->session.status;
}

const char *channel_error_text(const Channel *channel)
{
        return channel->error_text ? channel->error_text : "";
}

int channel_error(const Channel *channel)
{
        return channel->error;
}

int channel_link_error(const Channel *channel)
{
        return channel->session.link_error;
}

const LinkCounters *channel_link_counters(const Channel *channel)
{
        return link_counters(channel->link);
}

const char *channel_describe(const Channel *channel)
{
        return link_describe(channel->link);
}

const LwmSecurityCounter *channel_counters(const Channel *channel, size_t *ret_len)
{
        return session_counters(&channel->session, ret_len);
}

uint64_t channel_rejected(const Channel *channel)
{
        return channel->rejected;
}
