/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "response.h"

#include <errno.h>
#include <string.h>

#define HEADER_LEN 3 /* 02 71 00: one element without octets */
#define RPL_LEN 2
#define RHL_AT 2
#define TAR_AT 3
#define CLEAR_LEN 6
#define COUNTER_AT CLEAR_LEN
#define COUNTER_LEN 5
#define PADDING_AT 11
#define STATUS_AT 12
#define CC_AT 13

static int protection(const Policy *policy, uint8_t spi2, size_t *ret_cc_len)
{
        switch (spi2 & SPI2_INTEGRITY_MASK) {
        case 0:
                *ret_cc_len = 0;
                return 0;
        case SPI2_CHECKSUM:
                *ret_cc_len = policy->options.cc_len;
                return 0;
        default:
                return -EINVAL;
        }
}

/* Octets of padding behind `end`. */
static size_t padding_len(const Policy *policy, uint8_t spi2, size_t end)
{
        size_t block = cipher_block(policy->cipher);

        return spi2 & SPI2_CIPHERED ? (block - (end - CLEAR_LEN) % block) % block : 0;
}

static int response_checksum(const Keys *keys, const uint8_t *packet, size_t len, size_t cc_len,
                             uint8_t ret[CHECKSUM_MAX])
{
        uint8_t head[HEADER_LEN + CC_AT] = {0x02, RESPONSE_ID, 0x00};
        Bytes tail = {packet + CC_AT + cc_len, len - CC_AT - cc_len};

        memcpy(head + HEADER_LEN, packet, CC_AT);
        return cipher_checksum(&keys->kid, (Bytes){head, sizeof(head)}, tail, ret);
}

static void write_header(const Policy *policy, const Response *response, size_t cc_len,
                         uint8_t *packet, size_t len)
{
        packet[0] = (uint8_t) ((len - RPL_LEN) >> 8);
        packet[1] = (uint8_t) (len - RPL_LEN);
        packet[RHL_AT] = (uint8_t) (CC_AT - TAR_AT + cc_len);
        memcpy(packet + TAR_AT, policy->tar, TAR_LEN);
        for (size_t i = 0; i < COUNTER_LEN; i++)
                packet[COUNTER_AT + i] = (uint8_t) (response->counter >> 8 * (COUNTER_LEN - 1 - i));
        packet[STATUS_AT] = response->status;
}

ssize_t response_seal(const Policy *policy, const Keys *keys, uint8_t spi2,
                      const Response *response, uint8_t packet[RESPONSE_MAX])
{
        uint8_t cc[CHECKSUM_MAX];
        size_t padding;
        size_t cc_len;
        size_t end;
        int r;

        r = protection(policy, spi2, &cc_len);
        if (r < 0)
                return r;

        end = CC_AT + cc_len + response->data_len;
        if (response->data_len > RESPONSE_MAX || end + BLOCK_MAX > RESPONSE_MAX)
                return -EMSGSIZE;

        padding = padding_len(policy, spi2, end);
        write_header(policy, response, cc_len, packet, end + padding);
        packet[PADDING_AT] = (uint8_t) padding;
        if (response->data_len > 0)
                memcpy(packet + CC_AT + cc_len, response->data, response->data_len);
        memset(packet + end, 0, padding);

        if (cc_len > 0) {
                r = response_checksum(keys, packet, end + padding, cc_len, cc);
                if (r < 0)
                        return r;
                memcpy(packet + CC_AT, cc, cc_len);
        }
        if (spi2 & SPI2_CIPHERED) {
                r = cipher_encrypt(&keys->kic, packet + CLEAR_LEN, end + padding - CLEAR_LEN);
                if (r < 0)
                        return r;
        }

        return (ssize_t) (end + padding);
}

static int response_read(const Policy *policy, size_t cc_len, const uint8_t *packet, size_t len,
                         Response *ret)
{
        size_t at = CC_AT + cc_len;
        size_t padding = packet[PADDING_AT];

        if (padding >= cipher_block(policy->cipher) || padding > len - at)
                return -EBADMSG;

        *ret = (Response){
                .status = packet[STATUS_AT],
                .data = packet + at,
                .data_len = len - at - padding,
        };
        for (size_t i = 0; i < COUNTER_LEN; i++)
                ret->counter = ret->counter << 8 | packet[COUNTER_AT + i];
        return 0;
}

int response_open(const Policy *policy, const Keys *keys, uint8_t spi2, uint8_t *packet, size_t len,
                  Response *ret)
{
        uint8_t cc[CHECKSUM_MAX];
        size_t cc_len;
        int r;

        r = protection(policy, spi2, &cc_len);
        if (r < 0)
                return r;
        if (len < CC_AT + cc_len || len > RESPONSE_MAX ||
            ((size_t) packet[0] << 8 | packet[1]) != len - RPL_LEN ||
            packet[RHL_AT] != CC_AT - TAR_AT + cc_len ||
            memcmp(packet + TAR_AT, policy->tar, TAR_LEN) != 0)
                return -EBADMSG;

        if (spi2 & SPI2_CIPHERED) {
                if ((len - CLEAR_LEN) % cipher_block(policy->cipher) != 0)
                        return -EBADMSG;
                r = cipher_decrypt(&keys->kic, packet + CLEAR_LEN, len - CLEAR_LEN);
                if (r < 0)
                        return r;
        }
        if (cc_len > 0) {
                r = response_checksum(keys, packet, len, cc_len, cc);
                if (r < 0)
                        return r;
                if (!cipher_equal(cc, packet + CC_AT, cc_len))
                        return -EBADMSG;
        }

        return response_read(policy, cc_len, packet, len, ret);
}
