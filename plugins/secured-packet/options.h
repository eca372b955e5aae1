/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The account's local policy, LwmSecurityConfig.options: words `name=value` with commas between
 * them. Nothing of it can be learned from a packet or from the key parameters.
 *
 *   cc=8|4                     octets of the checksum (default 8; 4 with AES only)
 *   counter=higher|exact|available|none
 *                              the counter rule that the SPI must name (default higher)
 *   termination=device|card    class and TP-PID of our SMS (default device)
 *   tlv=yes|no                 whether CoAP goes in a BER-TLV, until a packet of the server
 *                              shows its way (default: yes for TAR B20203)
 *   tar=lwm2m|any              BFFF00 to BFFFFF and B20203, or any (default lwm2m)
 *   por=no|yes                 whether a proof of receipt may be sent (default no)
 *   spi2=XX                    the SPI's second octet of the server's packets, where the key
 *                              parameters have 6 octets and do not say it (default 00)
 *   uplink-spi2=XX             the SPI's second octet of our own packets (default 00)
 *   jump=XXXXXXXXXX            how far above the last one a counter of the server may be
 *   split=XXXXXXXXXX           the server counts from this number up and we stay below it, so
 *                              that no packet of ours, sent back, can be taken for the server's
 */

#include <stdbool.h>
#include <stdint.h>

#include "complaint.h"

/* SPI1 b5 and b4 (TS 102 225, 5.1.1). */
typedef enum CounterRule {
        COUNTER_NONE = 0,      /* no counter: sent as 0, ignored */
        COUNTER_AVAILABLE = 1, /* counts, but nobody checks */
        COUNTER_HIGHER = 2,    /* processed only if higher than the last */
        COUNTER_EXACT = 3,     /* processed only if one higher than the last */
} CounterRule;

typedef enum Wrapping {
        WRAPPING_BY_TAR,
        WRAPPING_YES,
        WRAPPING_NO,
} Wrapping;

typedef struct Options {
        CounterRule counter;
        Wrapping wrapping;
        uint64_t split; /* 0: none */
        uint64_t jump;  /* 0: any */
        uint8_t cc_len;
        uint8_t spi2;
        uint8_t uplink_spi2;
        bool spi2_set;
        bool card;
        bool any_tar;
        bool proof;
} Options;

/* `text` may be NULL. -EINVAL with a complaint. */
int options_parse(const char *text, Options *ret, Complaint *complaint);
