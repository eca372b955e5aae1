/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a packet costs, sealed and opened by secured-packet.so, against the bare primitives of Mbed
 * TLS for the same octets: CBC and CMAC with keys set up for each packet, and with contexts that
 * are kept. The host does nothing but count. Of several rounds in turn the best of each counts.
 * argv[1] is the plugin; a line has a name and microseconds a packet.
 */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mbedtls/aes.h>
#include <mbedtls/cipher.h>
#include <mbedtls/cmac.h>

#include "lwm2m-security.h"

#define N_PACKETS 20000
#define N_ROUNDS 10
#define MESSAGE_LEN 98 /* what one SMS holds */
#define PACKET_LEN 138
#define CIPHERED_LEN 112
#define SECURED_LEN (10 + CIPHERED_LEN)
#define KEY_LEN 16

struct LwmSecurityLink {
        uint8_t (*kept)[PACKET_LEN]; /* what was emitted */
        size_t n;
        size_t messages;
        uint64_t counters[2];
};

static const uint8_t KEYS[2 * KEY_LEN] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
static const uint8_t PARAMETERS[] = {0x12, 0x12, 0x16, 0x00, 0xBF, 0xFF, 0x00};

static int on_wire(LwmSecurityLink *link, const void *data, size_t len)
{
        memcpy(link->kept[link->n++], data, len);
        return 0;
}

static int on_message(LwmSecurityLink *link, const void *data, size_t len)
{
        link->messages++;
        return 0;
}

static ssize_t on_key_read(LwmSecurityLink *link, int32_t serial, void *data, size_t size)
{
        memcpy(data, KEYS, size < sizeof(KEYS) ? size : sizeof(KEYS));
        return sizeof(KEYS);
}

static int on_counter_get(LwmSecurityLink *link, uint32_t id, uint64_t *ret)
{
        *ret = link->counters[id & 1];
        return 0;
}

static int on_counter_set(LwmSecurityLink *link, uint32_t id, uint64_t value)
{
        link->counters[id & 1] = value;
        return 0;
}

static void on_log(LwmSecurityLink *link, int priority, const char *text)
{
        fprintf(stderr, "%s\n", text);
}

static const LwmSecurityHost HOST = {
        .abi = LWM_SECURITY_ABI,
        .size = sizeof(LwmSecurityHost),
        .emit_wire = on_wire,
        .emit_message = on_message,
        .key_read = on_key_read,
        .counter_get = on_counter_get,
        .counter_set = on_counter_set,
        .log = on_log,
};

typedef enum What {
        PLUGIN_SEALED,
        PLUGIN_OPENED,
        BARE_SEALED,
        BARE_OPENED,
        KEPT_SEALED,
        KEPT_OPENED,
        N_WHATS,
} What;

static const char *const NAMES[N_WHATS] = {
        "plugin-sealed", "plugin-opened",      "bare-sealed",
        "bare-opened",   "bare-sealed-kept", "bare-opened-kept",
};

static double seconds(void)
{
        struct timespec now;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static LwmSecuritySession *open_session(const LwmSecurityPlugin *plugin, LwmSecurityLink *link)
{
        const LwmSecurityConfig config = {
                .size = sizeof(config),
                .bearer = LWM_SECURITY_BEARER_SMS,
                .mode = 2,
                .mtu = 137,
                .credentials.identity = {PARAMETERS, sizeof(PARAMETERS)},
                .credentials.secret = 1,
        };
        LwmSecuritySession *session;

        if (plugin->create(&HOST, link, &config, &session) < 0 || plugin->start(session, 0) < 0)
                exit(EXIT_FAILURE);
        return session;
}

static void keep_best(double best[N_WHATS], What what, double begin)
{
        double each = (seconds() - begin) / N_PACKETS;

        if (best[what] == 0 || each < best[what])
                best[what] = each;
}

typedef struct Pair {
        const LwmSecurityPlugin *plugin;
        LwmSecurityLink here, there;
        LwmSecuritySession *sender, *receiver;
} Pair;

static void pair_init(Pair *pair, const LwmSecurityPlugin *plugin)
{
        pair->plugin = plugin;
        pair->here = (LwmSecurityLink){.kept = calloc(N_PACKETS, PACKET_LEN)};
        pair->there = (LwmSecurityLink){.kept = pair->here.kept};
        pair->sender = open_session(plugin, &pair->here);
        pair->receiver = open_session(plugin, &pair->there);
}

static void pair_clear(Pair *pair)
{
        pair->plugin->destroy(pair->sender);
        pair->plugin->destroy(pair->receiver);
        free(pair->here.kept);
}

static void run_plugin(Pair *pair, double best[N_WHATS])
{
        const uint8_t message[MESSAGE_LEN] = {0x44, 0x01};
        double begin;

        pair->here.n = pair->there.messages = 0;
        begin = seconds();
        for (size_t i = 0; i < N_PACKETS; i++)
                pair->plugin->send(pair->sender, message, sizeof(message), 0);
        keep_best(best, PLUGIN_SEALED, begin);

        begin = seconds();
        for (size_t i = 0; i < N_PACKETS; i++)
                pair->plugin->receive(pair->receiver, pair->here.kept[i], SECURED_LEN, 0);
        keep_best(best, PLUGIN_OPENED, begin);
        if (pair->here.n != N_PACKETS || pair->there.messages != N_PACKETS)
                exit(EXIT_FAILURE);
}

/* As much as the plugin does with them: one CMAC over the packet, one CBC over its ciphered part.
 */
static void run_bare(int direction, bool kept, double best[N_WHATS], What what)
{
        const mbedtls_cipher_info_t *info = mbedtls_cipher_info_from_values(
                MBEDTLS_CIPHER_ID_AES, KEY_LEN * 8, MBEDTLS_MODE_ECB);
        uint8_t packet[PACKET_LEN] = {0};
        uint8_t cc[16];
        mbedtls_cipher_context_t cmac;
        mbedtls_aes_context aes;
        double begin = seconds();

        for (size_t i = 0; i < N_PACKETS; i++) {
                uint8_t iv[16] = {0};

                if (i == 0 || !kept) {
                        mbedtls_aes_init(&aes);
                        mbedtls_cipher_init(&cmac);
                        mbedtls_cipher_setup(&cmac, info);
                        mbedtls_cipher_cmac_starts(&cmac, KEYS + KEY_LEN, KEY_LEN * 8);
                        if (direction == MBEDTLS_AES_ENCRYPT)
                                mbedtls_aes_setkey_enc(&aes, KEYS, KEY_LEN * 8);
                        else
                                mbedtls_aes_setkey_dec(&aes, KEYS, KEY_LEN * 8);
                }
                mbedtls_cipher_cmac_update(&cmac, packet, 10 + CIPHERED_LEN - 8);
                mbedtls_cipher_cmac_finish(&cmac, cc);
                mbedtls_aes_crypt_cbc(&aes, direction, CIPHERED_LEN, iv, packet + 10, packet + 10);
                if (kept) {
                        mbedtls_cipher_cmac_reset(&cmac);
                        continue;
                }
                mbedtls_cipher_free(&cmac);
                mbedtls_aes_free(&aes);
        }
        keep_best(best, what, begin);
        if (kept) {
                mbedtls_cipher_free(&cmac);
                mbedtls_aes_free(&aes);
        }
}

static void run_round(Pair *pair, double best[N_WHATS])
{
        run_plugin(pair, best);
        run_bare(MBEDTLS_AES_ENCRYPT, false, best, BARE_SEALED);
        run_bare(MBEDTLS_AES_DECRYPT, false, best, BARE_OPENED);
        run_bare(MBEDTLS_AES_ENCRYPT, true, best, KEPT_SEALED);
        run_bare(MBEDTLS_AES_DECRYPT, true, best, KEPT_OPENED);
}

int main(int argc, char **argv)
{
        double best[N_WHATS] = {0};
        void *library;
        Pair pair;

        library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
        if (!library) {
                fprintf(stderr, "usage: %s PLUGIN\n", argv[0]);
                return EXIT_FAILURE;
        }

        pair_init(&pair, dlsym(library, "lwm_security_plugin"));
        for (int i = 0; i < N_ROUNDS; i++)
                run_round(&pair, best);
        for (int i = 0; i < N_WHATS; i++)
                printf("%s %.4f\n", NAMES[i], best[i] * 1e6);
        pair_clear(&pair);
        return EXIT_SUCCESS;
}
