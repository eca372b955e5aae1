/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A PDU as modems have it: the service centre's address, then the TPDU (3GPP TS 27.005, 3.1). The
 * address begins with the number of its octets; 0: the one the modem or card has.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* The part behind the address, a view. -EBADMSG: no octet is left, or more than a TPDU can have. */
int pdu_parse(const uint8_t *pdu, size_t len, const uint8_t **ret_tpdu, size_t *ret_len);

/* `smsc`: digits, with '+' if international, or NULL. -EINVAL, and nothing is written. */
int pdu_write_smsc(ByteWriter *writer, const char *smsc);
