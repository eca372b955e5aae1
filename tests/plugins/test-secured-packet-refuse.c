/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* secured-packet.so and accounts that are none: what create() refuses, and in which words. */

#include <errno.h>
#include <string.h>

#include "vectors.h"

#define K1 "0123456789ABCDEF"
#define K2 "23456789ABCDEF01"
#define K3 "456789ABCDEF0123"
#define K4 "89ABCDEF01234567"
#define K5 "ABCDEF0123456789"
#define K6 "CDEF0123456789AB"
#define K1_PARITY "0022446688AACCEE" /* K1 but for the lowest bits */
#define KIC "000102030405060708090A0B0C0D0E0F"
#define KID "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
#define AES "12121600BFFF00"
#define DES "19191600BFFF00"

typedef struct Case {
        const char *parameters;
        const char *keys;
        const char *options;
        int error; /* 0: a good account */
        const char *words;
} Case;

static const char *plugin_path;

static void assert_cases(const Case *cases, gsize n)
{
        for (gsize i = 0; i < n; i++) {
                g_autoptr(FakeHost) host = fake_host_new(plugin_path);

                account_set(host, cases[i].parameters, cases[i].keys, cases[i].options);
                g_test_message("%s %s %s", cases[i].parameters, cases[i].keys,
                               cases[i].options ? cases[i].options : "");
                g_assert_cmpint(fake_host_create(host), ==, cases[i].error);
                g_assert_cmpuint(host->log->len, ==, cases[i].error < 0);
                if (cases[i].error < 0)
                        g_assert_true(fake_host_logged(host, cases[i].words));
                else
                        g_assert_cmpint(fake_host_start(host), ==, 0);
                g_assert_cmpuint(host->counter_sets, ==, 0);
        }
}

static void test_algorithms(void)
{
        const Case cases[] = {
                {AES, KIC KID, NULL, 0, NULL},
                {AES, KIC K1 KID K2, NULL, 0, NULL},
                {AES, KIC KIC KID KID, NULL, 0, NULL},
                {DES, K1 K2 K3 K4 K5 K6, NULL, 0, NULL},
                {"11121600BFFF00", KIC KID, NULL, -EINVAL, "KIc 11 names single DES"},
                {"1D121600BFFF00", KIC KID, NULL, -EINVAL, "KIc 1D names single DES"},
                {"12111600BFFF00", KIC KID, NULL, -EINVAL, "KID 11 names single DES"},
                {"15121600BFFF00", KIC KID, NULL, -EINVAL, "KIc 15 names 3DES with two keys"},
                {"12151600BFFF00", KIC KID, NULL, -EINVAL, "KID 15 names 3DES with two keys"},
                {"10101600BFFF00", KIC KID, NULL, -EINVAL, "neither AES (2) nor 3DES"},
                {"13131600BFFF00", KIC KID, NULL, -EINVAL, "neither AES (2) nor 3DES"},
                {"16161600BFFF00", KIC KID, NULL, -EINVAL, "neither AES (2) nor 3DES"},
        };

        assert_cases(cases, G_N_ELEMENTS(cases));
}

static void test_key_lengths(void)
{
        const Case cases[] = {
                {AES, KIC, NULL, -EKEYREJECTED, "one key for both KIc and KID is not taken"},
                {AES, K1, NULL, -EKEYREJECTED, "the keys have 8 octets"},
                {AES, "", NULL, -EKEYREJECTED, "the keys have 0 octets"},
                {AES, KIC KID K1, NULL, -EKEYREJECTED, "the keys have 40 octets"},
                {DES, KIC KID, NULL, -EKEYREJECTED, "two 3DES keys have 48"},
                {DES, KIC KIC KID KID, NULL, -EKEYREJECTED, "two 3DES keys have 48"},
                {"12191600BFFF00", KIC K4 K5 K6, NULL, 0, NULL},
                {"12191600BFFF00", KIC KID K4 K5 K6, NULL, 0, NULL},
                {"19121600BFFF00", K1 K2 K3 KIC K1, NULL, 0, NULL},
                {"12191600BFFF00", KIC KID, NULL, -EKEYREJECTED, "have 40, 48 or 56"},
        };

        assert_cases(cases, G_N_ELEMENTS(cases));
}

/* R16: three different keys, whatever the parity bits say. */
static void test_equal_keys(void)
{
        const Case cases[] = {
                {DES, K1 K1 K3 K4 K5 K6, NULL, -EKEYREJECTED, "3DES key for KIc are the same"},
                {DES, K1 K2 K2 K4 K5 K6, NULL, -EKEYREJECTED, "3DES key for KIc are the same"},
                {DES, K1 K2 K1 K4 K5 K6, NULL, -EKEYREJECTED, "3DES key for KIc are the same"},
                {DES, K1 K2 K3 K4 K4 K6, NULL, -EKEYREJECTED, "3DES key for KID are the same"},
                {DES, K1 K2 K3 K4 K5 K5, NULL, -EKEYREJECTED, "3DES key for KID are the same"},
                {DES, K1 K2 K3 K4 K5 K4, NULL, -EKEYREJECTED, "3DES key for KID are the same"},
                {DES, K1 K2 K1_PARITY K4 K5 K6, NULL, -EKEYREJECTED, "KIc are the same"},
                {DES, K1 K1_PARITY K3 K4 K5 K6, NULL, -EKEYREJECTED, "KIc are the same"},
                {"12191600BFFF00", KIC K4 K4 K6, NULL, -EKEYREJECTED, "KID are the same"},
                {DES, K1 K2 K3 K1 K2 K3, NULL, -EKEYREJECTED, "KIc and KID are the same one"},
                {DES, K1 K2 K3 K1_PARITY K2 K3, NULL, -EKEYREJECTED, "KIc and KID are the same"},
                {AES, KIC KIC, NULL, -EKEYREJECTED, "KIc and KID are the same one"},
        };

        assert_cases(cases, G_N_ELEMENTS(cases));
}

/* R17, and what is more than it only because a person says so. */
static void test_spi(void)
{
        const Case cases[] = {
                {"12121400BFFF00", KIC KID, NULL, -EINVAL, "SPI 14 protects no packet"},
                {"12121500BFFF00", KIC KID, NULL, -EINVAL, "SPI 15 names a redundancy check"},
                {"12121700BFFF00", KIC KID, NULL, -EINVAL, "SPI 17 names a digital signature"},
                {"12121200BFFF00", KIC KID, NULL, -EINVAL, "SPI 12 ciphers nothing"},
                {"12120600BFFF00", KIC KID, NULL, -EINVAL, "names the counter rule 'none'"},
                {"12120E00BFFF00", KIC KID, NULL, -EINVAL, "names the counter rule 'available'"},
                {"12121E00BFFF00", KIC KID, NULL, -EINVAL, "names the counter rule 'exact'"},
                {"12120600BFFF00", KIC KID, "counter=none", 0, NULL},
                {"12120E00BFFF00", KIC KID, "counter=available", 0, NULL},
                {"12121E00BFFF00", KIC KID, "counter=exact", 0, NULL},
                {"12121600BFFF00", KIC KID, "counter=exact", -EINVAL, "the options allow 'exact'"},
                {"1212F600BFFF00", KIC KID, NULL, 0, NULL}, /* reserved bits */
                {"12121200BFFF00", KIC KID, "counter=none", -EINVAL, "ciphers nothing"},
        };

        assert_cases(cases, G_N_ELEMENTS(cases));
}

/* R11, R12, R18, R29: the parameters' form, key sets and TAR. */
static void test_parameters(void)
{
        const Case cases[] = {
                {"121216BFFF00", KIC KID, NULL, 0, NULL},
                {"12121600BFFFFF", KIC KID, NULL, 0, NULL},
                {"12121600B20203", KIC KID, NULL, 0, NULL},
                {"1212160000BFFF00", KIC KID, NULL, -EINVAL, "the key parameters have 8 octets"},
                {"1212160BFF", KIC KID, NULL, -EINVAL, "the key parameters have 5 octets"},
                {"", KIC KID, NULL, -EINVAL, "the key parameters have 0 octets"},
                {"12121600BFFE00", KIC KID, NULL, -EINVAL, "TAR BFFE00 is neither"},
                {"12121600B20202", KIC KID, NULL, -EINVAL, "TAR B20202 is neither"},
                {"12121600B00010", KIC KID, NULL, -EINVAL, "TAR B00010 is neither"},
                {"12121600B00010", KIC KID, "tar=any", 0, NULL},
                {"12221600BFFF00", KIC KID, NULL, -EINVAL, "are of different key sets"},
                {"F2F21600BFFF00", KIC KID, NULL, 0, NULL},
                {"02121600BFFF00", KIC KID, NULL, 0, NULL},
                {"12021600BFFF00", KIC KID, NULL, 0, NULL},
        };

        assert_cases(cases, G_N_ELEMENTS(cases));
}

static void test_options(void)
{
        const Case cases[] = {
                {AES, KIC KID, "", 0, NULL},
                {AES, KIC KID, "cc=4,tlv=yes,termination=card,por=yes,tar=any", 0, NULL},
                {AES, KIC KID, "split=8000000000,uplink-spi2=3f", 0, NULL},
                {"121216BFFF00", KIC KID, "spi2=39,por=yes", 0, NULL},
                {"121216BFFF00", KIC KID, "spi2=25,por=yes", -EINVAL, "SPI2 25 wants proofs"},
                {"121216BFFF00", KIC KID, "spi2=100", -EINVAL, "is unknown"},
                {AES, KIC KID, "spi2=00", -EINVAL, "'spi2' goes with key parameters of 6 octets"},
                {AES, KIC KID, "cc=2", -EINVAL, "the option 'cc=2' is unknown"},
                {AES, KIC KID, "cc=8,colour=red,tlv=no", -EINVAL, "'colour=red' is unknown"},
                {AES, KIC KID, "cc=8,,tlv=no", -EINVAL, "the option '' is unknown"},
                {AES, KIC KID, "cc=8 ,tlv=no", -EINVAL, "the option 'cc=8 ' is unknown"},
                {AES, KIC KID, "uplink-spi2=", -EINVAL, "is unknown"},
                {AES, KIC KID, "uplink-spi2=-1", -EINVAL, "is unknown"},
                {AES, KIC KID, "uplink-spi2=100", -EINVAL, "is unknown"},
                {AES, KIC KID, "split=0", -EINVAL, "is unknown"},
                {AES, KIC KID, "split=80000000000", -EINVAL, "is unknown"},
                {AES, KIC KID, "an-option-that-is-longer-than-any-of-ours", -EINVAL, "an-option"},
                {DES, K1 K2 K3 K4 K5 K6, "cc=4", -EINVAL, "goes with AES, KID 19 is 3DES"},
                {"12120639BFFF00", KIC KID, "counter=none,por=yes", -EINVAL, "each copy"},
                {"12120E39BFFF00", KIC KID, "counter=available,por=yes", -EINVAL, "each copy"},
                {"12121625BFFF00", KIC KID, "por=yes", -EINVAL, "SPI2 25 wants proofs"},
                {"12121625BFFF00", KIC KID, "por=no", 0, NULL},
                {"12121E00BFFF00", KIC KID, "counter=exact,split=1000", -EINVAL, "'split' goes"},
        };

        assert_cases(cases, G_N_ELEMENTS(cases));
}

static void test_account(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);

        account_set(host, AES, KIC KID, NULL);
        host->config.bearer = LWM_SECURITY_BEARER_UDP;
        g_assert_cmpint(fake_host_create(host), ==, -EPROTONOSUPPORT);
        host->config.bearer = LWM_SECURITY_BEARER_SMS;

        host->config.credentials.secret = 0;
        g_assert_cmpint(fake_host_create(host), ==, -ENOKEY);
        host->config.credentials.secret = FAKE_SERIAL + 1;
        g_assert_cmpint(fake_host_create(host), ==, -EACCES);
        host->config.credentials.secret = FAKE_SERIAL;

        fake_host_set_identity(host, NULL);
        g_assert_cmpint(fake_host_create(host), ==, -EINVAL);
        account_set(host, AES, KIC KID, NULL);

        host->key_error = -EKEYREVOKED;
        g_assert_cmpint(fake_host_create(host), ==, -EKEYREVOKED);
        host->key_error = 0;

        host->config.mtu = 10 + 16 - 1;
        g_assert_cmpint(fake_host_create(host), ==, -EINVAL);
        host->config.mtu = 10 + 16;
        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpuint(fake_host_status(host)->max_message, ==, 2);
}

/* A host of before the options were appended: then there are none. */
static void test_old_host(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);

        account_set(host, AES, KIC KID, "nonsense");
        host->config.size = offsetof(LwmSecurityConfig, options);
        account_open(host);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 3);
        plugin_path = argv[1];

        g_test_add_func("/secured-packet/R16/algorithms", test_algorithms);
        g_test_add_func("/secured-packet/R16/equal-keys", test_equal_keys);
        g_test_add_func("/secured-packet/R18/key-lengths", test_key_lengths);
        g_test_add_func("/secured-packet/R17/spi", test_spi);
        g_test_add_func("/secured-packet/R29/parameters", test_parameters);
        g_test_add_func("/secured-packet/options", test_options);
        g_test_add_func("/secured-packet/account", test_account);
        g_test_add_func("/secured-packet/old-host", test_old_host);
        return g_test_run();
}
