/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A trigger without security may come as a WAP push: addressed to the push port, a WSP header
 * before the CoAP message (Core 1.0, appendix L; WAP-230-WSP, 8.2.4.1). Nothing is kept, nothing is
 * copied.
 */

#include <stddef.h>
#include <stdint.h>

/* The destination port of a push that is not encrypted. */
#define PUSH_PORT 2948

/* Octets of the headers; a push with more is refused. */
#define PUSH_MAX_HEADERS 64

/* What follows the headers, borrowed. -EBADMSG: no push, or one that is malformed; -ENOMSG: for
 * another application than LwM2M. */
int push_parse(const void *data, size_t len, const uint8_t **ret, size_t *ret_len);
