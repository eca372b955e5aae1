/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Ciphering and checksums of secured packets (TS 102 225, 5.1.2 and 5.1.3): AES in CBC mode with
 * CMAC (RFC 4493), and 3DES in outer CBC mode with three keys and its CBC-MAC. The initial value
 * is zero for all of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/version.h>

#define KEY_MAX 32
#define BLOCK_MAX 16
#define CHECKSUM_MAX 8
#define DES3_KEY 24

typedef enum Algorithm {
        ALGORITHM_AES,
        ALGORITHM_3DES,
} Algorithm;

/* Only ever on a stack, and wiped there. */
typedef struct Key {
        Algorithm algorithm;
        size_t len; /* 16, 24 or 32; 24 for 3DES */
        uint8_t octets[KEY_MAX];
} Key;

typedef struct Bytes {
        const uint8_t *data;
        size_t len;
} Bytes;

/* The library it was built with, "Mbed TLS 2.28.3". */
#define CIPHER_LIBRARY "Mbed TLS " MBEDTLS_VERSION_STRING

/* 16 or 8 octets. */
size_t cipher_block(Algorithm algorithm);

/* In place; `len` is a multiple of the block. -EIO where the library refuses. */
int cipher_encrypt(const Key *key, uint8_t *data, size_t len);
int cipher_decrypt(const Key *key, uint8_t *data, size_t len);

/* The checksum over `a` and then `b`, whole; a packet takes its first octets. -ENOMEM, -EIO. */
int cipher_checksum(const Key *key, Bytes a, Bytes b, uint8_t ret[CHECKSUM_MAX]);

/* Takes the same time whatever is different. */
bool cipher_equal(const uint8_t *a, const uint8_t *b, size_t len);
