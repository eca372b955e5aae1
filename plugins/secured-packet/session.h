/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The inside of a session. */

#include <syslog.h>

#include "counters.h"
#include "counts.h"
#include "packet.h"
#include "sent.h"

/* Refused packets are told of once in this time, with their number. */
#define REFUSED_INTERVAL_US (UINT64_C(3600) * 1000000)

struct LwmSecuritySession {
        LwmSecurityStatus status;
        const LwmSecurityHost *host;
        LwmSecurityLink *link;
        Policy policy;
        int32_t secret; /* kernel key serial */
        uint16_t mtu;
        Counters counters;
        Counts counts;
        Sent sent;
        bool wrapped;         /* CoAP goes in a BER-TLV: as the peer's last packet */
        unsigned n_refused;   /* since it was told of */
        uint64_t refused_due; /* not before this */
        bool warned_receive;  /* that few values are left to the server */
        bool warned_send;     /* and to us */
        uint8_t work[PACKET_MAX];
};

/* One line to the host, with printf's rules. */
void session_log(LwmSecuritySession *session, int priority, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Goes to FAILED and returns `error`. */
int session_fail(LwmSecuritySession *session, int error);

/* Sets what the status says of lengths and counters, and warns where the counters come to their
 * end. */
void session_refresh(LwmSecuritySession *session);

/* Reads the keys for one packet, to be wiped in the same function. What ends the session does. */
int session_read_keys(LwmSecuritySession *session, Keys *ret);

/* Makes a session of what the host configures. */
int session_create(const LwmSecurityHost *host, LwmSecurityLink *link,
                   const LwmSecurityConfig *config, LwmSecuritySession **ret);
void session_destroy(LwmSecuritySession *session);

/* The two directions, while READY. */
int session_receive(LwmSecuritySession *session, const uint8_t *data, size_t len, uint64_t now);
int session_send(LwmSecuritySession *session, const uint8_t *data, size_t len);
