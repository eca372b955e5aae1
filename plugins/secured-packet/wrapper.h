/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The BER-TLV around CoAP in the secured data that smartcards use (Transport, annex on smartcard
 * termination). Its tag is never the first octet of a CoAP message (RFC 7252, 3). */

#include "cipher.h"

#define WRAPPER_TAG 0x05
#define WRAPPER_MAX 4 /* its longest header, for 64 KB */

/* The header for `len` octets of CoAP, in `ret`; its length. */
size_t wrapper_write(size_t len, uint8_t ret[WRAPPER_MAX]);

/* The most CoAP that `room` octets hold with the header before it. */
size_t wrapper_capacity(size_t room);

/* Whether `data` is one whole BER-TLV with the tag; then what is in it. */
bool wrapper_find(Bytes data, Bytes *ret);
