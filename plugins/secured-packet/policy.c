/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy.h"

#include <errno.h>
#include <string.h>

#define LONG_FORM 7
#define SHORT_FORM 6

#define SPI1_INTEGRITY_MASK 0x03
#define SPI1_CHECKSUM 0x02
#define SPI1_CIPHERED 0x04
#define SPI1_COUNTER_SHIFT 3
#define SPI1_COUNTER_MASK 0x03

static const uint8_t TAR_REGISTERED[TAR_LEN] = {0xB2, 0x02, 0x03}; /* TS 101 220, annex D */

static const char *const RULES[] = {
        [COUNTER_NONE] = "none",
        [COUNTER_AVAILABLE] = "available",
        [COUNTER_HIGHER] = "higher",
        [COUNTER_EXACT] = "exact",
};

static int judge_spi(const Policy *policy, Complaint *complaint)
{
        unsigned integrity = policy->spi1 & SPI1_INTEGRITY_MASK;
        unsigned rule = policy->spi1 >> SPI1_COUNTER_SHIFT & SPI1_COUNTER_MASK;

        if (integrity == 0)
                return complain(complaint, -EINVAL, "SPI %02X protects no packet from changes",
                                policy->spi1);
        if (integrity != SPI1_CHECKSUM)
                return complain(complaint, -EINVAL,
                                "SPI %02X names a %s, only a cryptographic checksum is taken",
                                policy->spi1,
                                integrity == 1 ? "redundancy check, which anybody can compute"
                                               : "digital signature");
        if (!(policy->spi1 & SPI1_CIPHERED))
                return complain(complaint, -EINVAL, "SPI %02X ciphers nothing", policy->spi1);
        if (rule != policy->options.counter)
                return complain(complaint, -EINVAL,
                                "SPI %02X names the counter rule '%s', the options allow '%s'",
                                policy->spi1, RULES[rule], RULES[policy->options.counter]);

        return 0;
}

/* The low nibble of KIc and of KID, which code AES and 3DES alike (TS 102 225, 5.1.2, 5.1.3). */
static int judge_algorithm(uint8_t octet, const char *name, Algorithm *ret, Complaint *complaint)
{
        switch (octet & 0x0F) {
        case 0x02:
                *ret = ALGORITHM_AES;
                return 0;
        case 0x09:
                *ret = ALGORITHM_3DES;
                return 0;
        case 0x01:
        case 0x0D:
                return complain(complaint, -EINVAL, "%s %02X names single DES, which is broken",
                                name, octet);
        case 0x05:
                return complain(complaint, -EINVAL,
                                "%s %02X names 3DES with two keys, three are wanted", name, octet);
        default:
                return complain(complaint, -EINVAL,
                                "%s %02X names neither AES (2) nor 3DES with three keys (9)", name,
                                octet);
        }
}

static int judge_keys(Policy *policy, Complaint *complaint)
{
        unsigned kic_set = policy->kic >> 4;
        unsigned kid_set = policy->kid >> 4;
        int r;

        r = judge_algorithm(policy->kic, "KIc", &policy->cipher, complaint);
        if (r < 0)
                return r;

        r = judge_algorithm(policy->kid, "KID", &policy->checksum, complaint);
        if (r < 0)
                return r;

        /* TS 102 225, A.2 */
        if (kic_set != 0 && kid_set != 0 && kic_set != kid_set)
                return complain(complaint, -EINVAL,
                                "KIc %02X and KID %02X are of different key sets", policy->kic,
                                policy->kid);
        if (policy->options.cc_len < CHECKSUM_MAX && policy->checksum != ALGORITHM_AES)
                return complain(complaint, -EINVAL,
                                "a checksum of %u octets goes with AES, KID %02X is 3DES",
                                policy->options.cc_len, policy->kid);

        return 0;
}

static int judge_tar(const Policy *policy, Complaint *complaint)
{
        const uint8_t *tar = policy->tar;
        bool ours = (tar[0] == 0xBF && tar[1] == 0xFF) || memcmp(tar, TAR_REGISTERED, TAR_LEN) == 0;

        if (ours || policy->options.any_tar)
                return 0;

        return complain(complaint, -EINVAL,
                        "TAR %02X%02X%02X is neither of BFFF00 to BFFFFF nor B20203", tar[0],
                        tar[1], tar[2]);
}

static bool is_checked(CounterRule rule)
{
        return rule == COUNTER_HIGHER || rule == COUNTER_EXACT;
}

static int judge_options(const Policy *policy, Complaint *complaint)
{
        const Options *options = &policy->options;
        unsigned protection = policy->spi2 & SPI2_INTEGRITY_MASK;

        if (options->proof && !is_checked(options->counter))
                return complain(complaint, -EINVAL,
                                "without a counter that is checked, each copy of a packet would "
                                "draw a proof of receipt");
        if (options->proof && protection != 0 && protection != SPI2_CHECKSUM)
                return complain(complaint, -EINVAL,
                                "SPI2 %02X wants proofs of receipt without a cryptographic "
                                "checksum",
                                policy->spi2);
        if (options->split != 0 && options->counter != COUNTER_HIGHER)
                return complain(complaint, -EINVAL,
                                "the option 'split' goes with the counter rule 'higher'");

        return 0;
}

int policy_parse(Bytes parameters, const Options *options, Policy *ret, Complaint *complaint)
{
        const uint8_t *octet = parameters.data;
        Policy policy = {.options = *options};
        int r;

        if (parameters.len != LONG_FORM && parameters.len != SHORT_FORM)
                return complain(complaint, -EINVAL,
                                "the key parameters have %zu octets, not 7 (KIc KID SPI TAR) or 6 "
                                "(without the SPI's second)",
                                parameters.len);

        if (parameters.len == LONG_FORM && options->spi2_set)
                return complain(complaint, -EINVAL,
                                "the option 'spi2' goes with key parameters of 6 octets, these "
                                "have an SPI2");

        /* Core, /0/x/7: in this order, which is not a packet's */
        policy.kic = octet[0];
        policy.kid = octet[1];
        policy.spi1 = octet[2] & SPI1_MASK;
        policy.spi2 = (parameters.len == LONG_FORM ? octet[3] : options->spi2) & SPI2_MASK;
        memcpy(policy.tar, octet + parameters.len - TAR_LEN, TAR_LEN);

        r = judge_spi(&policy, complaint);
        if (r == 0)
                r = judge_keys(&policy, complaint);
        if (r == 0)
                r = judge_tar(&policy, complaint);
        if (r == 0)
                r = judge_options(&policy, complaint);
        if (r == 0)
                *ret = policy;
        return r;
}

bool policy_wraps(const Policy *policy)
{
        switch (policy->options.wrapping) {
        case WRAPPING_YES:
                return true;
        case WRAPPING_NO:
                return false;
        case WRAPPING_BY_TAR:
                break;
        }

        return memcmp(policy->tar, TAR_REGISTERED, TAR_LEN) == 0;
}
