/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The peer's requests: options judged, bodies put together, long responses cut (RFC 7252, 5.4; RFC
 * 7959). Internal to coap/. */

#include "coap/assembly.h"
#include "coap/incoming.h"
#include "coap/snapshot.h"

typedef struct Responder Responder;

/* All of them must outlive it. */
Responder *responder_new(CoapContext *context, IncomingTable *incoming, Snapshots *snapshots);

/* Forgets bodies that are not whole. */
void responder_free(Responder *responder);

/* A request seen for the first time. It is changed. */
void responder_on_request(Responder *responder, CoapMessage *request);

/* endpoint_reply() */
void responder_reply(CoapIncoming *incoming, const CoapMessage *response);
