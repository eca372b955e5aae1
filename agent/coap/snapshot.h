/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Responses of ours too long for one message, kept as they were so that the peer gets all blocks of
 * one and the same (RFC 7959, 2.4). At most ENDPOINT_MAX_TRANSFERS; the one not asked for longest
 * makes room; each for EXCHANGE_LIFETIME after it was last asked for. Internal to coap/.
 */

#include "coap/context.h"

typedef struct Snapshots Snapshots;

/* `context` must outlive it; it spares its octets from here. */
Snapshots *snapshots_new(CoapContext *context);

/* Forgets them all. */
void snapshots_free(Snapshots *snapshots);

/* Keeps `response` (copied, without Observe) for requests of that key, in place of an earlier one.
 * -ENOSPC: it is more than all transfers may hold. */
int snapshots_put(Snapshots *snapshots, const void *key, size_t key_len,
                  const CoapMessage *response);

/* -ENOENT, or *ret views the snapshot until the next call. */
int snapshots_find(Snapshots *snapshots, const void *key, size_t key_len, CoapMessage *ret);

/* The latest one of a request with a payload whose key is that of this request without one: who
 * asks for the next block of a FETCH may leave the payload out (RFC 7959, 2.7). */
int snapshots_find_latest(Snapshots *snapshots, const void *key, size_t key_len, CoapMessage *ret);

/* Adds an ETag that depends on the content, unless there is one (RFC 7959, 2.4). */
void snapshot_add_etag(CoapMessage *response, uint8_t etag[static 8]);
