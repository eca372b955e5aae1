/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "library.h"

/*
 * Connection IDs (RFC 9146). cid.c where the library has them as the RFC says
 * (Mbed TLS 3.3), no-cid.c elsewhere: Mbed TLS 2.28 speaks an old draft of it.
 */

#define CID_MAX 32 /* longest connection ID that is offered */

/* The longest connection ID the library can offer; 0: none. */
uint8_t cid_longest(void);

/* Asks for datagrams with an ID of `len` octets from here on. 0, -EINVAL or -EIO. */
int cid_configure(mbedtls_ssl_config *config, uint8_t len);

/* Offers the ID in the next handshake; a length of 0 offers none. 0 or -EIO. */
int cid_offer(mbedtls_ssl_context *ssl, const uint8_t *id, uint8_t len);

/* Whether the peer knows us by our ID, so that our address may change. */
bool cid_in_use(mbedtls_ssl_context *ssl);
