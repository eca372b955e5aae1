/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What both ends agreed on: /0/x/7, the SMS Binding Key Parameters, under the local options. It is
 * compared with a packet before any cryptography; a packet chooses nothing.
 */

#include "cipher.h"
#include "options.h"

#define TAR_LEN 3

/* SPI1 (TS 102 225, 5.1.1) without its reserved bits */
#define SPI1_MASK 0x1F
/* and SPI2 */
#define SPI2_MASK 0x3F
#define SPI2_PROOF_MASK 0x03
#define SPI2_PROOF_ALWAYS 0x01
#define SPI2_INTEGRITY_MASK 0x0C
#define SPI2_CHECKSUM 0x08
#define SPI2_CIPHERED 0x10
#define SPI2_BY_SUBMIT 0x20

typedef struct Policy {
        Options options;
        Algorithm cipher;   /* of KIc */
        Algorithm checksum; /* of KID */
        uint8_t spi1;
        uint8_t spi2; /* of the form of 6 octets: the options' */
        uint8_t kic;
        uint8_t kid;
        uint8_t tar[TAR_LEN];
} Policy;

/*
 * Takes 7 octets, KIc KID SPI1 SPI2 TAR, or 6 without SPI2. Refuses what is no protection, or none
 * that is allowed: no cryptographic checksum, no ciphering, single DES, 3DES with two keys, key
 * sets that differ, another counter rule or TAR than the options name. -EINVAL with a complaint.
 */
int policy_parse(Bytes parameters, const Options *options, Policy *ret, Complaint *complaint);

/* Whether CoAP goes in a BER-TLV as long as the peer did not show its way. */
bool policy_wraps(const Policy *policy);
