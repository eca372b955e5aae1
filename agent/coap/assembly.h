/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Request bodies of the peer that come in blocks (RFC 7959, 2.5). At most ENDPOINT_MAX_TRANSFERS at
 * once: the one not heard of for longest makes room. Each is forgotten EXCHANGE_LIFETIME after its
 * last block. Internal to coap/.
 */

#include "coap/block.h"
#include "coap/context.h"

typedef struct Assemblies Assemblies;

/* `context` must outlive it. */
Assemblies *assemblies_new(CoapContext *context);

/* Forgets all that has come. */
void assemblies_free(Assemblies *assemblies);

/*
 * Takes the block of a request. Returns COAP_CONTINUE: more are to come; 0: *ret_body (g_free(),
 * NULL when empty) is whole; else the error to answer: 4.00 (payload and size do not agree), 4.08
 * (a block before this one is missing), 4.13 (above max_body), 5.03 (no room now).
 */
uint8_t assemblies_add(Assemblies *assemblies, const CoapMessage *request, const CoapBlock *block,
                       uint8_t **ret_body, size_t *ret_len);
