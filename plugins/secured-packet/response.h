/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Response packets (TS 102 225, 5.2; TS 31.115), which carry proofs of receipt and nothing else:
 *
 *   0    RPL, 2 octets
 *   2    RHL             from TAR to the end of CC
 *   3    TAR             in the clear up to here
 *   6    CNTR, 5 octets  the command's
 *   11   PCNTR
 *   12   status
 *   13   CC, as the command's SPI2 says
 *   ...  additional data, padding
 *
 * CC covers all of it but itself, and before it the user data header, 02 71 00.
 */

#include "keys.h"

/* The longest one: it goes in one SMS. */
#define RESPONSE_MAX 137

#define RESPONSE_ID 0x71 /* the element in the user data header */
#define RESPONSE_OK 0x00

typedef struct Response {
        uint64_t counter;
        uint8_t status;
        const uint8_t *data; /* may be NULL where there is none */
        size_t data_len;
} Response;

/* Writes the answer to a command with this SPI2. Its whole length; -EMSGSIZE, -EINVAL for an SPI2
 * that wants another protection than a cryptographic checksum or none, -ENOMEM, -EIO. */
ssize_t response_seal(const Policy *policy, const Keys *keys, uint8_t spi2,
                      const Response *response, uint8_t packet[RESPONSE_MAX]);

/* The other way; `packet` is overwritten and `ret->data` points into it. -EBADMSG, and as above. */
int response_open(const Policy *policy, const Keys *keys, uint8_t spi2, uint8_t *packet, size_t len,
                  Response *ret);
