/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One message cut into the user data of short messages. A secured packet is made whole first, then
 * cut: its element is in the first segment alone (TS 31.115, 4.1).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "sms/header.h"

/* Segments of one message; the receiving side keeps to the same limit. */
#define SPLIT_MAX_SEGMENTS 8

typedef struct SplitConfig {
        PacketKind kind;
        /* A 16-bit reference number. Costs an octet a segment, and with it often a cipher block. */
        bool wide;
        uint16_t reference;    /* of which the low 8 bits count unless `wide` */
        unsigned max_segments; /* 1 to SPLIT_MAX_SEGMENTS */
} SplitConfig;

/* The octets `segments` of them carry. */
size_t split_capacity(PacketKind kind, bool wide, unsigned segments);

/* How many segments a message of `len` octets takes, -EMSGSIZE where they are too many. */
int split_count(const SplitConfig *config, size_t len);

/* Writes the user data of segment `index` (from 0) of `count`, which split_count() gave. Returns
 * whether it has a header: TP-UDHI. */
bool split_write(const SplitConfig *config, const void *data, size_t len, unsigned index,
                 unsigned count, ByteWriter *writer);
