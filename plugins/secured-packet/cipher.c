/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "cipher.h"

#include <errno.h>
#include <string.h>

/* version 3 switches over enumerations in its headers, and not over all of each */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum"
#include <mbedtls/aes.h>
#include <mbedtls/cipher.h>
#include <mbedtls/cmac.h>
#include <mbedtls/des.h>
#pragma GCC diagnostic pop

#define DES_BLOCK 8

size_t cipher_block(Algorithm algorithm)
{
        return algorithm == ALGORITHM_AES ? BLOCK_MAX : DES_BLOCK;
}

static int aes_cbc(const Key *key, int direction, uint8_t *data, size_t len)
{
        uint8_t iv[BLOCK_MAX] = {0};
        mbedtls_aes_context context;
        unsigned bits = (unsigned) key->len * 8;
        int r;

        mbedtls_aes_init(&context);
        r = direction == MBEDTLS_AES_ENCRYPT ? mbedtls_aes_setkey_enc(&context, key->octets, bits)
                                             : mbedtls_aes_setkey_dec(&context, key->octets, bits);
        if (r == 0)
                r = mbedtls_aes_crypt_cbc(&context, direction, len, iv, data, data);
        mbedtls_aes_free(&context);
        return r == 0 ? 0 : -EIO;
}

static int des3_cbc(const Key *key, int direction, uint8_t *data, size_t len)
{
        uint8_t iv[DES_BLOCK] = {0};
        mbedtls_des3_context context;
        int r;

        mbedtls_des3_init(&context);
        r = direction == MBEDTLS_DES_ENCRYPT ? mbedtls_des3_set3key_enc(&context, key->octets)
                                             : mbedtls_des3_set3key_dec(&context, key->octets);
        if (r == 0)
                r = mbedtls_des3_crypt_cbc(&context, direction, len, iv, data, data);
        mbedtls_des3_free(&context);
        return r == 0 ? 0 : -EIO;
}

int cipher_encrypt(const Key *key, uint8_t *data, size_t len)
{
        if (key->algorithm == ALGORITHM_AES)
                return aes_cbc(key, MBEDTLS_AES_ENCRYPT, data, len);
        return des3_cbc(key, MBEDTLS_DES_ENCRYPT, data, len);
}

int cipher_decrypt(const Key *key, uint8_t *data, size_t len)
{
        if (key->algorithm == ALGORITHM_AES)
                return aes_cbc(key, MBEDTLS_AES_DECRYPT, data, len);
        return des3_cbc(key, MBEDTLS_DES_DECRYPT, data, len);
}

static int aes_cmac(const Key *key, Bytes a, Bytes b, uint8_t ret[BLOCK_MAX])
{
        const mbedtls_cipher_info_t *info = mbedtls_cipher_info_from_values(
                MBEDTLS_CIPHER_ID_AES, (int) key->len * 8, MBEDTLS_MODE_ECB);
        mbedtls_cipher_context_t context;
        int r;

        mbedtls_cipher_init(&context);
        r = mbedtls_cipher_setup(&context, info);
        if (r == 0)
                r = mbedtls_cipher_cmac_starts(&context, key->octets, key->len * 8);
        if (r == 0)
                r = mbedtls_cipher_cmac_update(&context, a.data, a.len);
        if (r == 0)
                r = mbedtls_cipher_cmac_update(&context, b.data, b.len);
        if (r == 0)
                r = mbedtls_cipher_cmac_finish(&context, ret);
        mbedtls_cipher_free(&context);
        if (r == MBEDTLS_ERR_CIPHER_ALLOC_FAILED)
                return -ENOMEM;
        return r == 0 ? 0 : -EIO;
}

/* TS 102 225, 5.1.3: the input alone is filled up with zeros, the packet is not */
static int des3_cbc_mac(const Key *key, Bytes a, Bytes b, uint8_t ret[DES_BLOCK])
{
        mbedtls_des3_context context;
        uint8_t state[DES_BLOCK] = {0};
        size_t len = a.len + b.len;
        int r;

        mbedtls_des3_init(&context);
        r = mbedtls_des3_set3key_enc(&context, key->octets);
        for (size_t i = 0; i < len && r == 0; i++) {
                state[i % DES_BLOCK] ^= i < a.len ? a.data[i] : b.data[i - a.len];
                if (i % DES_BLOCK == DES_BLOCK - 1 || i + 1 == len)
                        r = mbedtls_des3_crypt_ecb(&context, state, state);
        }
        mbedtls_des3_free(&context);
        memcpy(ret, state, sizeof(state));
        return r == 0 ? 0 : -EIO;
}

int cipher_checksum(const Key *key, Bytes a, Bytes b, uint8_t ret[CHECKSUM_MAX])
{
        uint8_t checksum[BLOCK_MAX] = {0};
        int r;

        r = key->algorithm == ALGORITHM_AES ? aes_cmac(key, a, b, checksum)
                                            : des3_cbc_mac(key, a, b, checksum);
        if (r < 0)
                return r;

        memcpy(ret, checksum, CHECKSUM_MAX);
        explicit_bzero(checksum, sizeof(checksum));
        return 0;
}

bool cipher_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
        volatile uint8_t difference = 0;

        for (size_t i = 0; i < len; i++)
                difference = (uint8_t) (difference | (a[i] ^ b[i]));
        return difference == 0;
}
