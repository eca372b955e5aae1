/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Segments made into messages (TS 23.040, 9.2.3.24.1), in whatever order they arrive.
 *
 * Segments are not authenticated: anybody may send one in a server's name. A place in a message
 * therefore keeps the last two different segments that claimed it, and every combination with what
 * has just arrived is handed up; only the genuine one is accepted there. For the same reason a
 * message that is complete stays until it expires.
 */

#include <glib.h>

#include "base/clock.h"
#include "sms/counters.h"
#include "sms/message.h"
#include "sms/split.h"

/* Messages under way: of one sender, of all. The oldest of the sender with the most gives way,
 * those that are complete first. */
#define REASSEMBLY_MAX_SETS_OF_PEER 8
#define REASSEMBLY_MAX_SETS 32

/* Segments of one message; messages of more are refused. */
#define REASSEMBLY_MAX_SEGMENTS SPLIT_MAX_SEGMENTS

/* Different segments that claim one place. */
#define REASSEMBLY_MAX_CANDIDATES 2

/* Messages handed up for one segment. Where there could be more, the older candidates go. */
#define REASSEMBLY_MAX_COMBINATIONS 16

/* From the first segment on, or from the first of another message in its place. */
#define REASSEMBLY_TIMEOUT (10 * 60 * G_USEC_PER_SEC)

typedef struct Reassembly Reassembly;

/* Neither may call back. */
typedef struct ReassemblyOps {
        /* A whole message, valid during the call. */
        void (*on_message)(const SmsMessage *message, void *user);

        /* The modem may forget this segment: it is handled, or given up, or it was never the only
         * copy. Once for each segment that reassembly_add() took. */
        void (*on_release)(guint64 id, void *user);
} ReassemblyOps;

typedef enum ReassemblyResult {
        REASSEMBLY_KEPT,
        REASSEMBLY_COMPLETE,
        REASSEMBLY_DUPLICATE,
} ReassemblyResult;

/* `clock`, `counters` and `user` are borrowed, `ops` is a constant. */
Reassembly *reassembly_new(Clock *clock, SmsCounters *counters, const ReassemblyOps *ops,
                           void *user);

/* Without releasing anything. Takes NULL. */
void reassembly_free(Reassembly *reassembly);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reassembly, reassembly_free)

/*
 * `segment` is concatenated; its data is copied. A segment that the modem does not store is
 * released before this returns: the service centre sends the next one only after that. A stored one
 * is released when its message is complete, after on_message. -EMSGSIZE: too many segments, nothing
 * taken.
 */
int reassembly_add(Reassembly *reassembly, const SmsMessage *segment);

/* The modem is short of storage: releases all stored segments. They remain here. */
void reassembly_release_all(Reassembly *reassembly);

/* The modem gives out its ids anew: none of the old ones is released any more. */
void reassembly_forget_ids(Reassembly *reassembly);

/* Memory held for segments, at most about 90 KB. */
size_t reassembly_octets(const Reassembly *reassembly);
