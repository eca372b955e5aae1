/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which options are understood, and what a message with others comes to (RFC 7252, 5.4). Internal
 * to coap/. */

#include "coap/message.h"

/* Whether the number is one of coap/code.h and the length one it may have (RFC 7252, 5.4.3). */
bool option_is_recognized(const CoapOption *option);

/*
 * Removes what counts as an unrecognised elective option: a known one of a length it cannot have
 * (RFC 7252, 5.4.3) or repeated although it is not repeatable (5.4.5). Unknown elective options
 * stay; nobody asks for them. Returns -EOPNOTSUPP when a critical option is unrecognised (5.4.1),
 * in a response also when it is one that is not defined for responses (5.4).
 */
int options_check(CoapMessage *message);
