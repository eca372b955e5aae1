/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <coap3/coap.h>
#include <jansson.h>

#include "session.h"

/* Writes one event as a line on standard output and takes it over. */
void event_write(json_t *event);

/* An event about a session: its name, the session's number, peer, security and PSK identity. */
json_t *event_new(const char *name, const Session *session);

/*
 * An event that carries a whole message: type, message id, token, code, the options in their
 * order as [number, hexadecimal value], and the payload.
 */
json_t *event_new_message(const char *name, const Session *session, const coap_pdu_t *pdu);

/* "CON", "NON", "ACK" or "RST". */
const char *event_type_name(coap_pdu_type_t type);
