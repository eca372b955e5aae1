/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* /0/x/8, the SMS Binding Secret Keys: the key of KIc, and behind it the key of KID. */

#include "policy.h"

#include "lwm2m-security.h"

typedef struct Keys {
        Key kic;
        Key kid;
} Keys;

/*
 * Reads both keys. They are told apart by the algorithms: two of the same one are two halves; of
 * two different ones, 3DES has 24 octets. -EKEYREJECTED where the length cannot be, else what
 * key_read() answered, both with a complaint. The caller wipes them in the same function.
 */
int keys_read(const LwmSecurityHost *host, LwmSecurityLink *link, int32_t secret,
              const Policy *policy, Keys *ret, Complaint *complaint);

/* Nothing that was read is left. */
void keys_wipe(Keys *keys);

/* What keys_read() takes the time for once only: -EKEYREJECTED for a 3DES key of which two parts
 * are equal but for parity, and for one key in both roles. */
int keys_judge(const Keys *keys, Complaint *complaint);

/* "AES-128, CMAC 8, key set 1": tells algorithms and lengths, and no key. */
void keys_describe(const Keys *keys, const Policy *policy, char *ret, size_t size);

/* A number for this pair of keys that tells nothing about them. -EIO. */
int keys_number(const Keys *keys, uint32_t *ret);
