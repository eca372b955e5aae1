/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* version 3 switches over enumerations in its headers, and not over all of each */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum"
#include <mbedtls/md.h>
#pragma GCC diagnostic pop

#define DES_PART 8
#define PARITY_MASK 0xFE
#define SECRET_MAX (2 * KEY_MAX)
#define DIGEST_LEN 32 /* SHA-256 */

static int judge_length(size_t len, const Policy *policy, Complaint *complaint)
{
        if (policy->cipher == ALGORITHM_AES && policy->checksum == ALGORITHM_AES) {
                if (len == 32 || len == 48 || len == 64)
                        return 0;
                return complain(complaint, -EKEYREJECTED,
                                "the keys have %zu octets, two AES keys have 32, 48 or 64%s", len,
                                len == 16 ? "; one key for both KIc and KID is not taken" : "");
        }
        if (policy->cipher == policy->checksum) {
                if (len == 2 * DES3_KEY)
                        return 0;
                return complain(complaint, -EKEYREJECTED,
                                "the keys have %zu octets, two 3DES keys have 48", len);
        }

        if (len == DES3_KEY + 16 || len == DES3_KEY + 24 || len == DES3_KEY + 32)
                return 0;
        return complain(complaint, -EKEYREJECTED,
                        "the keys have %zu octets, one of AES and one of 3DES have 40, 48 or 56",
                        len);
}

static void keys_split(const uint8_t *secret, size_t len, const Policy *policy, Keys *ret)
{
        size_t kic_len = len / 2;

        if (policy->cipher != policy->checksum)
                kic_len = policy->cipher == ALGORITHM_3DES ? DES3_KEY : len - DES3_KEY;

        ret->kic.algorithm = policy->cipher;
        ret->kic.len = kic_len;
        memcpy(ret->kic.octets, secret, kic_len);
        ret->kid.algorithm = policy->checksum;
        ret->kid.len = len - kic_len;
        memcpy(ret->kid.octets, secret + kic_len, len - kic_len);
}

int keys_read(const LwmSecurityHost *host, LwmSecurityLink *link, int32_t secret,
              const Policy *policy, Keys *ret, Complaint *complaint)
{
        uint8_t octets[SECRET_MAX];
        ssize_t len;
        int r;

        len = host->key_read(link, secret, octets, sizeof(octets));
        if (len < 0)
                return complain(complaint, (int) len, "cannot read the keys: %s",
                                strerror((int) -len));

        r = judge_length((size_t) len, policy, complaint);
        if (r == 0)
                keys_split(octets, (size_t) len, policy, ret);
        explicit_bzero(octets, sizeof(octets));
        return r;
}

void keys_wipe(Keys *keys)
{
        explicit_bzero(keys, sizeof(*keys));
}

/* The lowest bit of each octet is a parity bit, which DES does not use. */
static bool des_same(const uint8_t *a, const uint8_t *b, size_t len)
{
        uint8_t difference = 0;

        for (size_t i = 0; i < len; i++)
                difference |= (uint8_t) ((a[i] ^ b[i]) & PARITY_MASK);
        return difference == 0;
}

static int judge_des(const Key *key, const char *name, Complaint *complaint)
{
        const uint8_t *part = key->octets;

        if (key->algorithm != ALGORITHM_3DES)
                return 0;
        if (!des_same(part, part + DES_PART, DES_PART) &&
            !des_same(part, part + 2 * DES_PART, DES_PART) &&
            !des_same(part + DES_PART, part + 2 * DES_PART, DES_PART))
                return 0;

        return complain(complaint, -EKEYREJECTED,
                        "two of the three keys of the 3DES key for %s are the same", name);
}

static bool keys_same(const Keys *keys)
{
        if (keys->kic.algorithm != keys->kid.algorithm)
                return false;
        if (keys->kic.algorithm == ALGORITHM_3DES)
                return des_same(keys->kic.octets, keys->kid.octets, DES3_KEY);
        return cipher_equal(keys->kic.octets, keys->kid.octets, keys->kic.len);
}

int keys_judge(const Keys *keys, Complaint *complaint)
{
        int r;

        r = judge_des(&keys->kic, "KIc", complaint);
        if (r == 0)
                r = judge_des(&keys->kid, "KID", complaint);
        if (r == 0 && keys_same(keys))
                r = complain(complaint, -EKEYREJECTED, "the keys for KIc and KID are the same one");
        return r;
}

void keys_describe(const Keys *keys, const Policy *policy, char *ret, size_t size)
{
        const char *checksum = keys->kid.algorithm == ALGORITHM_AES ? "CMAC" : "CBC-MAC";
        unsigned set = policy->kic >> 4 ? policy->kic >> 4 : policy->kid >> 4;

        if (keys->kic.algorithm == ALGORITHM_AES)
                snprintf(ret, size, "AES-%zu, %s %u, key set %u", 8 * keys->kic.len, checksum,
                         policy->options.cc_len, set);
        else
                snprintf(ret, size, "3DES, %s %u, key set %u", checksum, policy->options.cc_len,
                         set);
}

int keys_number(const Keys *keys, uint32_t *ret)
{
        const mbedtls_md_info_t *sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
        uint8_t joined[SECRET_MAX];
        uint8_t digest[DIGEST_LEN];
        int r;

        memcpy(joined, keys->kic.octets, keys->kic.len);
        memcpy(joined + keys->kic.len, keys->kid.octets, keys->kid.len);
        r = mbedtls_md_hmac(sha256, (const uint8_t *) "counters", 8, joined,
                            keys->kic.len + keys->kid.len, digest);
        explicit_bzero(joined, sizeof(joined));
        if (r != 0)
                return -EIO;

        *ret = (uint32_t) digest[0] << 24 | (uint32_t) digest[1] << 16 | (uint32_t) digest[2] << 8 |
               digest[3];
        explicit_bzero(digest, sizeof(digest));
        return 0;
}
