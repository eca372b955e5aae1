/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The last packets we sent, by counter and checksum. Keys and parameters are the same both ways, so
 * one of them that comes back is good cryptography. It lives as long as the session: of what was
 * sent before, the host's judge_message() tells by what it says.
 */

#include "cipher.h"

/* The oldest is forgotten. */
#define SENT_MAX 256

typedef struct SentPacket {
        uint64_t counter;
        uint8_t cc[CHECKSUM_MAX];
} SentPacket;

typedef struct Sent {
        SentPacket packet[SENT_MAX];
        size_t n; /* ever */
} Sent;

void sent_add(Sent *sent, uint64_t counter, const uint8_t cc[CHECKSUM_MAX]);
bool sent_has(const Sent *sent, uint64_t counter, const uint8_t cc[CHECKSUM_MAX]);
