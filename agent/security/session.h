/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A plugin's session and all calls of it. After each call the datagrams it emitted are sent and its
 * status is read; its messages wait in host.messages. The plugin is never called while it is being
 * called.
 */

#include "link/link.h"
#include "security/channel-config.h"
#include "security/host.h"
#include "security/resume.h"

/* What one session counts at most; more is not shown. */
#define SESSION_MAX_COUNTERS 32

typedef struct Session {
        const LwmSecurityPlugin *plugin;
        LwmSecuritySession *instance;
        LwmSecurityLink host; /* outlives the instance */
        LwmSecurityStatus status;
        ResumePlace place;
        ResumeOrigin origin;
        Link *link; /* borrowed */
        int (*send_as)(Link *link, uint8_t information_id, const void *data, size_t len);
        int link_error; /* of the last send that failed, or what the link reported */
        int refused;    /* of session_send(): the link did not take it, 0: it did */
        RateLimit complaint_limit;
} Session;

/* `name` is borrowed until session_clear(). As resume_open(). `session` must not move in memory
 * afterwards. */
int session_init(Session *session, Clock *clock, Link *link, const ChannelConfig *config,
                 const char *name);

/* Destroys the plugin's instance; the queues stay. Again: nothing. */
void session_destroy(Session *session);

/* What is left after session_destroy(). */
void session_clear(Session *session);

/* Each calls the plugin's function of that name and returns its errno; session_send() else the
 * link's, where it did not take what the plugin made. */
int session_start(Session *session);
int session_receive(Session *session, const void *data, size_t len);
int session_send(Session *session, const void *data, size_t len);
int session_expire(Session *session);
int session_close(Session *session);

/* What the plugin counts, borrowed until the next call; none where it counts nothing. */
const LwmSecurityCounter *session_counters(const Session *session, size_t *ret_len);

/* CLOSED or FAILED: nothing but session_destroy() is left. */
bool session_has_ended(const Session *session);
