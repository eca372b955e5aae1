/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* TLS alerts (RFC 5246, 7.2; RFC 4279; RFC 6066) in words and as errors. */

#define ALERT_CLOSE_NOTIFY 0
#define ALERT_INTERNAL_ERROR 80
#define ALERT_NO_RENEGOTIATION 100

/* The standard's name, "unknown_psk_identity", or "unassigned". Static. */
const char *alert_name(int alert);

/*
 * What an alert from the server that ended a session means to the agent:
 *
 *   -EACCES      in a handshake: our key, identity or certificate is not the one
 *                the server knows; trying again changes nothing
 *   -EPROTO      in a handshake: no common version, cipher suite or dialect
 *   -ECONNRESET  the server is unwell, or gave up a session that was READY;
 *                a new session may well succeed
 */
int alert_to_errno(int alert, bool handshake);
