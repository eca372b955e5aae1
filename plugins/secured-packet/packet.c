/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "packet.h"

#include <errno.h>
#include <string.h>

#define CPL_LEN 2
#define CHL_AT 2
#define SPI1_AT 3
#define SPI2_AT 4
#define KIC_AT 5
#define KID_AT 6
#define TAR_AT 7
#define COUNTER_AT PACKET_CLEAR
#define COUNTER_LEN 5
#define PADDING_AT (PACKET_CLEAR + COUNTER_LEN)
#define CC_AT (PACKET_CLEAR + PACKET_COUNTED)

size_t packet_data_offset(const Policy *policy)
{
        return CC_AT + policy->options.cc_len;
}

/* Octets from SPI to the end of CC. */
static uint8_t header_len(const Policy *policy)
{
        return (uint8_t) (packet_data_offset(policy) - SPI1_AT);
}

static size_t round_up(size_t len, size_t block)
{
        return (len + block - 1) / block * block;
}

size_t packet_capacity(const Policy *policy, size_t size)
{
        size_t block = cipher_block(policy->cipher);
        size_t head = PACKET_COUNTED + policy->options.cc_len;
        size_t ciphered;

        if (size > PACKET_MAX)
                size = PACKET_MAX;
        if (size < PACKET_CLEAR)
                return 0;

        ciphered = (size - PACKET_CLEAR) / block * block;
        return ciphered > head ? ciphered - head : 0;
}

static void write_clear(const Policy *policy, uint8_t *packet, size_t len)
{
        packet[0] = (uint8_t) ((len - CPL_LEN) >> 8);
        packet[1] = (uint8_t) (len - CPL_LEN);
        packet[CHL_AT] = header_len(policy);
        packet[SPI1_AT] = policy->spi1;
        packet[SPI2_AT] = policy->options.uplink_spi2;
        packet[KIC_AT] = policy->kic;
        packet[KID_AT] = policy->kid;
        memcpy(packet + TAR_AT, policy->tar, TAR_LEN);
}

static void write_counter(uint8_t *packet, uint64_t counter)
{
        for (size_t i = 0; i < COUNTER_LEN; i++)
                packet[COUNTER_AT + i] = (uint8_t) (counter >> 8 * (COUNTER_LEN - 1 - i));
}

static uint64_t read_counter(const uint8_t *packet)
{
        uint64_t counter = 0;

        for (size_t i = 0; i < COUNTER_LEN; i++)
                counter = counter << 8 | packet[COUNTER_AT + i];
        return counter;
}

/* Over all but CC itself (TS 102 225, 5.1): the padding was there first. */
static int packet_checksum(const Policy *policy, const Keys *keys, const uint8_t *packet,
                           size_t len, uint8_t ret[CHECKSUM_MAX])
{
        size_t at = packet_data_offset(policy);
        Bytes head = {packet, CC_AT};
        Bytes tail = {packet + at, len - at};

        return cipher_checksum(&keys->kid, head, tail, ret);
}

ssize_t packet_seal(const Policy *policy, const Keys *keys, uint64_t counter, uint8_t *packet,
                    size_t data_len, uint8_t ret_cc[CHECKSUM_MAX])
{
        size_t end = packet_data_offset(policy) + data_len;
        size_t len = PACKET_CLEAR + round_up(end - PACKET_CLEAR, cipher_block(policy->cipher));
        uint8_t cc[CHECKSUM_MAX];
        int r;

        write_clear(policy, packet, len);
        write_counter(packet, counter);
        packet[PADDING_AT] = (uint8_t) (len - end);
        memset(packet + end, 0, len - end);

        r = packet_checksum(policy, keys, packet, len, cc);
        if (r < 0)
                return r;

        memcpy(packet + CC_AT, cc, policy->options.cc_len);
        r = cipher_encrypt(&keys->kic, packet + PACKET_CLEAR, len - PACKET_CLEAR);
        if (r < 0)
                return r;

        memset(ret_cc, 0, CHECKSUM_MAX);
        memcpy(ret_cc, cc, policy->options.cc_len);
        return (ssize_t) len;
}

static const char *judge_lengths(const Policy *policy, const uint8_t *packet, size_t len)
{
        size_t ciphered;

        if (len <= packet_data_offset(policy) || len > PACKET_MAX)
                return "its length";
        if (((size_t) packet[0] << 8 | packet[1]) != len - CPL_LEN)
                return "CPL";
        if (packet[CHL_AT] != header_len(policy))
                return "CHL";

        ciphered = len - PACKET_CLEAR;
        if (ciphered % cipher_block(policy->cipher) != 0)
                return "the ciphered part's length";

        return NULL;
}

static const char *judge_parameters(const Policy *policy, const uint8_t *packet)
{
        if ((packet[SPI1_AT] & SPI1_MASK) != policy->spi1)
                return "SPI1";
        if ((packet[SPI2_AT] & SPI2_MASK) != policy->spi2)
                return "SPI2";
        if (packet[KIC_AT] != policy->kic)
                return "KIc";
        if (packet[KID_AT] != policy->kid)
                return "KID";
        if (memcmp(packet + TAR_AT, policy->tar, TAR_LEN) != 0)
                return "TAR";

        return NULL;
}

static int refuse(Refusal *refusal, RefusalKind kind, const char *what)
{
        *refusal = (Refusal){kind, what};
        return -EBADMSG;
}

int packet_judge(const Policy *policy, const uint8_t *packet, size_t len, Refusal *ret_refusal)
{
        const char *what = judge_lengths(policy, packet, len);

        if (what)
                return refuse(ret_refusal, REFUSED_MALFORMED, what);

        what = judge_parameters(policy, packet);
        return what ? refuse(ret_refusal, REFUSED_PARAMETERS, what) : 0;
}

/* Only what CC has proved is read here. */
static int packet_read(const Policy *policy, uint8_t *packet, size_t len, Packet *ret,
                       Refusal *ret_refusal)
{
        size_t at = packet_data_offset(policy);
        size_t padding = packet[PADDING_AT];

        if (padding >= cipher_block(policy->cipher) || padding >= len - at)
                return refuse(ret_refusal, REFUSED_MALFORMED, "PCNTR");
        for (size_t i = len - padding; i < len; i++) {
                if (packet[i] != 0)
                        return refuse(ret_refusal, REFUSED_MALFORMED, "the padding");
        }

        ret->counter = read_counter(packet);
        ret->data = packet + at;
        ret->data_len = len - at - padding;
        ret->spi2 = packet[SPI2_AT] & SPI2_MASK;
        memset(ret->cc, 0, sizeof(ret->cc));
        memcpy(ret->cc, packet + CC_AT, policy->options.cc_len);
        return 0;
}

int packet_open(const Policy *policy, const Keys *keys, uint8_t *packet, size_t len, Packet *ret,
                Refusal *ret_refusal)
{
        uint8_t cc[CHECKSUM_MAX];
        bool good;
        int r;

        r = cipher_decrypt(&keys->kic, packet + PACKET_CLEAR, len - PACKET_CLEAR);
        if (r < 0)
                return r;

        r = packet_checksum(policy, keys, packet, len, cc);
        if (r < 0)
                return r;

        good = cipher_equal(cc, packet + CC_AT, policy->options.cc_len);
        explicit_bzero(cc, sizeof(cc));
        if (!good)
                return refuse(ret_refusal, REFUSED_CHECKSUM, "the checksum");

        return packet_read(policy, packet, len, ret, ret_refusal);
}
