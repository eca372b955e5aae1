/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a plugin may call, and on whose behalf: the host's side of one session. The table of
 * functions is a constant and outlives every session.
 */

#include "base/clock.h"
#include "base/rate-limit.h"
#include "plugins/lwm2m-security.h"
#include "security/queue.h"
#include "security/vault.h"

/* The longest line a plugin may log, and how many in HOST_LOG_INTERVAL: a stranger's datagrams can
 * cause them. */
#define HOST_MAX_LOG 256
#define HOST_LOG_BURST 20
#define HOST_LOG_INTERVAL (60 * G_USEC_PER_SEC)

/* A time of day before this one (2025-01-01T00:00:00Z) is that of a clock that was never set: no
 * release is older. */
#define HOST_EARLIEST_TIME 1735689600

/* Filled by the channel, which alone reads the queues. Must outlive the session. */
struct LwmSecurityLink {
        Clock *clock;
        Vault *vault;       /* of the counters, or NULL */
        const char *name;   /* for log lines, borrowed */
        const char *plugin; /* its name, borrowed */
        uint16_t account;   /* whose counters */
        uint16_t mtu;       /* the longest datagram */
        int32_t secret;     /* the one key the session may use, 0: none */
        bool calling;       /* inside a plugin call that may emit */
        unsigned refused;   /* emitted too much, or outside such a call; since the last look */
        char *words;        /* the last warning or error of the present plugin call, or NULL */
        bool marks;         /* the link sends under other information elements */
        int (*judge)(const void *data, size_t len, void *judge_user); /* or NULL */
        void *judge_user;
        Queue wire;
        Queue marked; /* datagrams behind the information element of each, one octet */
        Queue messages;
        RateLimit log_limit;
};

/* The table, a constant. */
const LwmSecurityHost *host_callbacks(void);

void host_link_init(LwmSecurityLink *link);

/* Before each call of the plugin: it may emit, and what it said before is forgotten. */
void host_link_enter(LwmSecurityLink *link);

/* Wipes the queues. No session may be left. */
void host_link_clear(LwmSecurityLink *link);
