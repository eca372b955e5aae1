/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The peer's message IDs and what each was answered with, so that a repeated message is answered
 * the same and acted on once (RFC 7252, 4.5). At most ENDPOINT_MAX_DUPLICATES messages and
 * ENDPOINT_MAX_DUPLICATE_OCTETS octets of answers; beyond, the oldest message is forgotten, or the
 * oldest answer: then a repetition is ignored. In the steady state nothing is allocated. Internal
 * to coap/.
 */

#include "coap/context.h"

typedef struct Duplicates Duplicates;

/* `context` must outlive it. */
Duplicates *duplicates_new(CoapContext *context);

/* Takes NULL. */
void duplicates_free(Duplicates *duplicates);

/* Whether a message of that ID came within EXCHANGE_LIFETIME (NON: NON_LIFETIME). The answer, if
 * there was one, is borrowed until the next call; else *ret_len is 0. */
bool duplicates_find(const Duplicates *duplicates, uint16_t id, const uint8_t **ret_answer,
                     size_t *ret_len);

/* Remembers an ID that duplicates_find() did not know. */
void duplicates_add(Duplicates *duplicates, uint16_t id, bool confirmable);

/* Remembers (copies) what was answered, in place of an earlier answer. Of a message forgotten
 * meanwhile: nothing. */
void duplicates_set_answer(Duplicates *duplicates, uint16_t id, const void *answer, size_t len);

/* Octets of answers held. */
size_t duplicates_octets(const Duplicates *duplicates);
