/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * secured-packet.so and packets of any shape. The first octet chooses the account; bit 7 of it says
 * that the rest is no packet but what the packet hides: it is sealed first under the account's own
 * keys, so that what comes behind the checksum is reached as well. Nothing ends the session, and
 * only what is sealed brings a message.
 */

#include <errno.h>
#include <string.h>

#include "fake-host.h"
#include "fuzz.h"
#include "packet.h"
#include "response.h"

#define SEALED 0x80
#define FILL 0x5A /* the keys' octets; their halves differ in the first */

typedef struct Account {
        guint8 parameters[7];
        gsize key_len;
        Algorithm algorithm;
        guint8 cc_len;
        const char *options;
} Account;

static const Account ACCOUNTS[] = {
        {{0x12, 0x12, 0x16, 0x39, 0xBF, 0xFF, 0x00}, 16, ALGORITHM_AES, 8, "por=yes"},
        {{0x12, 0x12, 0x16, 0x39, 0xBF, 0xFF, 0x00}, 32, ALGORITHM_AES, 4, "cc=4,tlv=yes"},
        {{0x19, 0x19, 0x16, 0x39, 0xBF, 0xFF, 0x00}, 24, ALGORITHM_3DES, 8, "por=yes"},
};

static void fill_keys(const Account *account, guint8 *secret)
{
        gsize len = account->key_len;

        for (gsize i = 0; i < 2 * len; i++)
                secret[i] = (guint8) (FILL ^ (i * 2) ^ (i < len ? 0 : 0x80));
}

static void open_account(FakeHost *host, const Account *account)
{
        guint8 secret[2 * KEY_MAX];

        fill_keys(account, secret);
        fake_host_set_key(host, secret, 2 * account->key_len);
        fake_host_set_identity_bytes(host, account->parameters, sizeof(account->parameters));
        host->config.bearer = LWM_SECURITY_BEARER_SMS;
        host->config.mode = 2;
        host->config.options = account->options;
        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
}

/* CNTR, PCNTR, data and padding as they come, under a checksum that is right. */
static gsize seal(const Account *account, const uint8_t *data, size_t size, guint8 *packet)
{
        gsize block = cipher_block(account->algorithm);
        gsize at = PACKET_CLEAR + PACKET_COUNTED + account->cc_len;
        gsize len;
        guint8 secret[2 * KEY_MAX];
        guint8 cc[CHECKSUM_MAX];
        Key kic = {.algorithm = account->algorithm, .len = account->key_len};
        Key kid = kic;

        fill_keys(account, secret);
        memcpy(kic.octets, secret, account->key_len);
        memcpy(kid.octets, secret + account->key_len, account->key_len);
        size = MIN(size, 1024);
        len = PACKET_CLEAR +
              (PACKET_COUNTED + account->cc_len + MAX(size, 7) - 6 + block - 1) / block * block;
        memset(packet, 0, len);
        memcpy(packet + PACKET_CLEAR, data, MIN(size, PACKET_COUNTED));
        if (size > PACKET_COUNTED)
                memcpy(packet + at, data + PACKET_COUNTED, size - PACKET_COUNTED);
        packet[0] = (guint8) ((len - 2) >> 8);
        packet[1] = (guint8) (len - 2);
        packet[2] = (guint8) (13 + account->cc_len);
        packet[3] = account->parameters[2];
        packet[4] = account->parameters[3];
        packet[5] = account->parameters[0];
        packet[6] = account->parameters[1];
        memcpy(packet + 7, account->parameters + 4, 3);
        g_assert_cmpint(cipher_checksum(&kid, (Bytes){packet, PACKET_CLEAR + PACKET_COUNTED},
                                        (Bytes){packet + at, len - at}, cc),
                        ==, 0);
        memcpy(packet + PACKET_CLEAR + PACKET_COUNTED, cc, account->cc_len);
        g_assert_cmpint(cipher_encrypt(&kic, packet + PACKET_CLEAR, len - PACKET_CLEAR), ==, 0);
        return len;
}

static void receive(FakeHost *host, const uint8_t *data, size_t len, gboolean sealed)
{
        unsigned sets = host->counter_sets;
        int r;

        r = host->plugin->receive(host->session, data, len, host->now);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
        g_assert_true(g_queue_is_empty(&host->wire));
        if (r == 0 && sealed) {
                g_assert_cmpuint(g_queue_get_length(&host->messages), ==, 1);
                g_assert_cmpuint(host->counter_sets, ==, sets + 1);
                return;
        }
        g_assert_cmpint(r, ==, -EBADMSG);
        g_assert_true(g_queue_is_empty(&host->messages));
        g_assert_true(g_queue_is_empty(&host->others));
        g_assert_cmpuint(host->counter_sets, ==, sets);
}

/* The codec's other half, that of response packets, has no way in through the plugin. */
static void open_response(const Account *account, const uint8_t *data, size_t size)
{
        guint8 packet[RESPONSE_MAX];
        Policy policy = {
                .options.cc_len = account->cc_len,
                .cipher = account->algorithm,
                .checksum = account->algorithm,
                .tar = {0xBF, 0xFF, 0x00},
        };
        Keys keys = {
                .kic = {.algorithm = account->algorithm, .len = account->key_len},
                .kid = {.algorithm = account->algorithm, .len = account->key_len},
        };
        Response response = {0};

        if (size == 0 || size - 1 > sizeof(packet))
                return;
        memcpy(packet, data + 1, size - 1);
        if (response_open(&policy, &keys, data[0], packet, size - 1, &response) == 0)
                g_assert_cmpuint(response.data_len, <=, size - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autoptr(FakeHost) host = NULL;
        const Account *account;
        guint8 packet[PACKET_MAX];
        gsize len;

        if (size == 0)
                return 0;

        account = &ACCOUNTS[(data[0] & ~SEALED) % G_N_ELEMENTS(ACCOUNTS)];
        host = fake_host_new(SECURED_PACKET_PLUGIN);
        open_account(host, account);
        open_response(account, data + 1, size - 1);
        if (data[0] & SEALED) {
                len = seal(account, data + 1, size - 1, packet);
                receive(host, packet, len, TRUE);
                fake_host_clear(host);
                receive(host, packet, len, FALSE);
        } else {
                receive(host, data + 1, size - 1, FALSE);
        }

        return 0;
}
