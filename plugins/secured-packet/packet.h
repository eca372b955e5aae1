/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Command packets (TS 102 225, 5.1; TS 31.115), which carry CoAP both ways. Both work in place:
 *
 *   0    CPL, 2 octets   what follows it
 *   2    CHL             from SPI to the end of CC
 *   3    SPI KIc KID TAR in the clear up to here
 *   10   CNTR, 5 octets
 *   15   PCNTR           how many octets of padding
 *   16   CC, 8 or 4
 *   ...  secured data, padding
 *
 * CC covers all of it but itself; CNTR and what follows is ciphered.
 */

#include "keys.h"

/* The longest packet, which is 15 SMS. */
#define PACKET_MAX 2048

#define PACKET_CLEAR 10
#define PACKET_COUNTED 6 /* CNTR and PCNTR */

typedef struct Packet {
        uint64_t counter;
        const uint8_t *data; /* in the packet's memory */
        size_t data_len;     /* not 0 */
        uint8_t cc[CHECKSUM_MAX];
        uint8_t spi2;
} Packet;

/* What is wrong with a packet. */
typedef enum RefusalKind {
        REFUSED_MALFORMED,  /* lengths, padding */
        REFUSED_PARAMETERS, /* SPI, KIc, KID, TAR */
        REFUSED_CHECKSUM,
        REFUSED_COUNTER,   /* it was used before, or cannot be next */
        REFUSED_JUMP,      /* a step that the options do not allow */
        REFUSED_REFLECTED, /* one of ours */
} RefusalKind;

typedef struct Refusal {
        RefusalKind kind;
        const char *what; /* "CPL" */
} Refusal;

/* Where the secured data begins. */
size_t packet_data_offset(const Policy *policy);

/* The most secured data that a packet of `size` octets has room for. */
size_t packet_capacity(const Policy *policy, size_t size);

/*
 * Makes the packet around secured data that is at its place in `packet`, which has room for
 * `data_len` and a block more. Its whole length, with the checksum in `ret_cc`. -ENOMEM, -EIO.
 */
ssize_t packet_seal(const Policy *policy, const Keys *keys, uint64_t counter, uint8_t *packet,
                    size_t data_len, uint8_t ret_cc[CHECKSUM_MAX]);

/* Compares lengths and parameters, before any cryptography. -EBADMSG with the reason. */
int packet_judge(const Policy *policy, const uint8_t *packet, size_t len, Refusal *ret_refusal);

/* Opens what packet_judge() let pass; `packet` is overwritten. -EBADMSG with the reason. */
int packet_open(const Policy *policy, const Keys *keys, uint8_t *packet, size_t len, Packet *ret,
                Refusal *ret_refusal);
