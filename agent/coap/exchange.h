/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Requests of ours, at most ENDPOINT_MAX_REQUESTS: each message of one has a token of its own, by
 * which the response is found (RFC 7252, 5.3.2). Internal to coap/, but for what coap/endpoint.h
 * says.
 */

#include "coap/retransmit.h"

typedef struct Exchanges Exchanges;

/* Both must outlive it. */
Exchanges *exchanges_new(CoapContext *context, Retransmit *retransmit);

/* Forgets all of them without `done`. */
void exchanges_free(Exchanges *exchanges);

/* endpoint_request() */
int exchanges_request(Exchanges *exchanges, const CoapMessage *request, CoapResponseFunc done,
                      void *user, CoapExchange **ret);

/* Whose response this is by its token, or NULL. */
CoapExchange *exchanges_find(Exchanges *exchanges, const CoapToken *token);

/* A separate response; it has been acknowledged where it was confirmable. `understood` is what
 * options_check() said; an error ends the exchange. */
void exchange_on_response(CoapExchange *exchange, CoapMessage *response, int understood);

/* An RST that no confirmable message waits for. Whether it rejects a request of ours that is not
 * confirmable (RFC 7252, 4.3). */
bool exchanges_on_reset(Exchanges *exchanges, uint16_t id);

/* Whether exchanges_on_reset() would say yes. */
bool exchanges_expect_reset(const Exchanges *exchanges, uint16_t id);

/* Those that wait for a response while no message of theirs waits for an acknowledgement. */
unsigned exchanges_waiting(const Exchanges *exchanges);

/* Forgets it; `done` is not called. */
void exchange_cancel(CoapExchange *exchange);
