/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A link over short messages to one telephone number. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/link.h"
#include "sms/bearer.h"

typedef struct PeerConfig {
        const char *number; /* of the server, copied */
        PacketKind kind;    /* PACKET_COMMAND: secured packets; PACKET_PLAIN: all else, also as the
                             * content of a WAP push (sms/push.h) */
        uint8_t pid;        /* TP-PID and TP-DCS of what is sent (sms/coding.h) */
        uint8_t dcs;
        bool strict;           /* hear only messages of this TP-PID and this message class */
        unsigned max_segments; /* of one message: 1 to SPLIT_MAX_SEGMENTS */
        unsigned validity;     /* seconds, 0: as the network likes */
        bool report;           /* ask the network for status reports */
} PeerConfig;

/* Secured packets terminated on the device, up to 4 segments, valid for an hour. */
PeerConfig peer_config_default(const char *number);

/*
 * `bearer` is borrowed and outlives it. -EINVAL: no number, no 8-bit data scheme, or a number of
 * segments that cannot be.
 *
 * The link's MTU is what its segments carry, without the user data header. link_send() queues;
 * -ENETDOWN: no modem that is ready; -EDQUOT: the budget is used up; -EAGAIN: too much waits. What
 * the network refuses comes as an error of the link.
 */
int peer_link_new(Bearer *bearer, const PeerConfig *config, Link **ret);

/* TP-PID and TP-DCS of what is sent from here on, and heard where it is strict. -EINVAL: no 8-bit
 * data scheme. */
int peer_set_coding(Link *link, uint8_t pid, uint8_t dcs);

/* What is being delivered, called from within, is genuine: from here on the peer is written to as
 * the network wrote that message's sender, see bearer_listener_answer(). Nothing otherwise. */
void peer_trust_sender(Link *link);

/* Sends a response packet (TS 31.115, 4.2), a proof of receipt, in one short message. Errors as
 * link_send(). */
int peer_send_response(Link *link, const void *data, size_t len);
