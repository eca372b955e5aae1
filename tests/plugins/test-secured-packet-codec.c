/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The packets themselves, below any policy: each vector that is ciphered and has a cryptographic
 * checksum, byte for byte and back, those of other implementations with two-key 3DES too.
 */

#include <errno.h>
#include <string.h>

#include "packet.h"
#include "response.h"
#include "vectors.h"
#include "wrapper.h"

static json_t *file;

static void fill_key(Key *key, const json_t *vector, const char *member, guint64 kind)
{
        g_autoptr(GBytes) bytes = vector_bytes(vector, member);
        gsize len;
        const guint8 *octets = g_bytes_get_data(bytes, &len);

        *key = (Key){.algorithm = (kind & 0x0F) == 2 ? ALGORITHM_AES : ALGORITHM_3DES, .len = len};
        g_assert_cmpuint(len, <=, sizeof(key->octets));
        if (len > 0)
                memcpy(key->octets, octets, len);
        if (key->algorithm == ALGORITHM_3DES && len == 16) { /* K1, K2, and K1 again */
                memcpy(key->octets + 16, octets, 8);
                key->len = DES3_KEY;
        }
}

static void fill(const json_t *vector, Policy *policy, Keys *keys)
{
        g_autoptr(GBytes) tar = vector_bytes(vector, "tar");
        gint64 cc_len = json_integer_value(json_object_get(vector, "cc_len"));

        *policy = (Policy){
                .spi1 = (guint8) (vector_number(vector, "spi1") & SPI1_MASK),
                .spi2 = (guint8) (vector_number(vector, "spi2") & SPI2_MASK),
                .kic = (guint8) vector_number(vector, "kic"),
                .kid = (guint8) vector_number(vector, "kid"),
        };
        policy->options.uplink_spi2 = policy->spi2;
        policy->options.cc_len = cc_len == 4 ? 4 : 8;
        memcpy(policy->tar, g_bytes_get_data(tar, NULL), TAR_LEN);
        fill_key(&keys->kic, vector, "kic_key", policy->kic);
        fill_key(&keys->kid, vector, "kid_key", policy->kid);
        policy->cipher = keys->kic.algorithm;
        policy->checksum = keys->kid.algorithm;
}

static void test_cmac(void)
{
        const json_t *primitives = json_object_get(file, "primitives");
        json_t *primitive;
        size_t i;

        g_assert_cmpuint(json_array_size(primitives), ==, 4);
        json_array_foreach(primitives, i, primitive)
        {
                g_autoptr(GBytes) message = vector_bytes(primitive, "msg");
                g_autofree char *digits = NULL;
                gsize len;
                const guint8 *data = g_bytes_get_data(message, &len);
                guint8 cc[CHECKSUM_MAX];
                Key key;

                fill_key(&key, primitive, "key", 2);
                for (gsize n = 0; n <= len; n += 7) {
                        g_assert_cmpint(cipher_checksum(&key, (Bytes){data, n},
                                                        (Bytes){data + n, len - n}, cc),
                                        ==, 0);
                        g_free(digits);
                        digits = hex_of(cc, sizeof(cc));
                        g_assert_true(g_str_has_prefix(vector_text(primitive, "value"), digits));
                }
        }
}

static void assert_opens(const Policy *policy, const Keys *keys, const json_t *vector)
{
        g_autoptr(GBytes) bytes = vector_bytes(vector, "packet");
        g_autofree char *digits = NULL;
        Refusal refusal;
        gsize len;
        const void *data = g_bytes_get_data(bytes, &len);
        guint8 work[PACKET_MAX];
        Packet packet;

        g_assert_cmpint(packet_judge(policy, data, len, &refusal), ==, 0);
        memcpy(work, data, len);
        g_assert_cmpint(packet_open(policy, keys, work, len, &packet, &refusal), ==, 0);
        g_assert_cmpuint(packet.counter, ==, vector_number(vector, "cntr"));
        g_assert_cmpuint(packet.spi2, ==, policy->spi2);
        digits = hex_of(packet.data, packet.data_len);
        g_assert_cmpstr(digits, ==, vector_text(vector, "secured_data"));
}

static void assert_seals(const Policy *policy, const Keys *keys, const json_t *vector)
{
        g_autoptr(GBytes) bytes = vector_bytes(vector, "secured_data");
        g_autofree char *digits = NULL;
        gsize data_len;
        const void *data = g_bytes_get_data(bytes, &data_len);
        guint8 work[PACKET_MAX];
        guint8 cc[CHECKSUM_MAX];
        ssize_t len;

        memset(work, 0xEE, sizeof(work));
        memcpy(work + packet_data_offset(policy), data, data_len);
        len = packet_seal(policy, keys, vector_number(vector, "cntr"), work, data_len, cc);
        g_assert_cmpint(len, >, 0);
        digits = hex_of(work, (gsize) len);
        g_assert_cmpstr(digits, ==, vector_text(vector, "packet"));
}

static void test_command(gconstpointer data)
{
        const json_t *vector = data;
        Policy policy;
        Keys keys;

        fill(vector, &policy, &keys);
        assert_opens(&policy, &keys, vector);
        assert_seals(&policy, &keys, vector);
}

static void test_response(gconstpointer data)
{
        const json_t *vector = data;
        g_autoptr(GBytes) additional = vector_bytes(vector, "additional_data");
        g_autoptr(GBytes) bytes = vector_bytes(vector, "packet");
        g_autofree char *sealed = NULL;
        g_autofree char *opened = NULL;
        gsize bytes_len;
        const void *octets = g_bytes_get_data(bytes, &bytes_len);
        Response response = {
                .counter = vector_number(vector, "cntr"),
                .status = (guint8) vector_number(vector, "status"),
        };
        guint8 work[RESPONSE_MAX];
        Policy policy;
        Keys keys;
        ssize_t len;

        fill(vector, &policy, &keys);
        response.data = g_bytes_get_data(additional, &response.data_len);
        len = response_seal(&policy, &keys, policy.spi2, &response, work);
        g_assert_cmpint(len, >, 0);
        sealed = hex_of(work, (gsize) len);
        g_assert_cmpstr(sealed, ==, vector_text(vector, "packet"));

        memcpy(work, octets, bytes_len);
        response = (Response){0};
        g_assert_cmpint(response_open(&policy, &keys, policy.spi2, work, bytes_len, &response), ==,
                        0);
        opened = hex_of(response.data, response.data_len);
        g_assert_cmpstr(opened, ==, vector_text(vector, "additional_data"));
        g_assert_cmpuint(response.counter, ==, vector_number(vector, "cntr"));
        g_assert_cmpuint(response.status, ==, vector_number(vector, "status"));
}

/* What real cards answered (pySim), with 02 71 00 before it: status 00 and data 016132. */
static void test_card_response(gconstpointer data)
{
        const json_t *vector = data;
        g_autoptr(GBytes) bytes = bytes_of(vector_text(vector, "response_tp_ud") + 6);
        g_autofree char *digits = NULL;
        gsize len;
        const void *octets = g_bytes_get_data(bytes, &len);
        guint8 work[RESPONSE_MAX];
        Response response;
        Policy policy;
        Keys keys;

        fill(vector, &policy, &keys);
        memcpy(work, octets, len);
        g_assert_cmpint(response_open(&policy, &keys, policy.spi2, work, len, &response), ==, 0);
        digits = hex_of(response.data, response.data_len);
        g_assert_cmpstr(digits, ==, "016132");
        g_assert_cmpuint(response.status, ==, 0);
        g_assert_cmpuint(response.counter, ==, 0);

        if (policy.spi2 & SPI2_CHECKSUM) {
                memcpy(work, octets, len);
                work[len - 1] ^= 1;
                g_assert_cmpint(response_open(&policy, &keys, policy.spi2, work, len, &response),
                                ==, -EBADMSG);
        }
        for (gsize n = 0; n < len; n++) {
                memcpy(work, octets, n);
                g_assert_cmpint(response_open(&policy, &keys, policy.spi2, work, n, &response), ==,
                                -EBADMSG);
        }
}

static void test_equal(void)
{
        for (gsize len = 1; len <= CHECKSUM_MAX; len++) {
                guint8 a[CHECKSUM_MAX + 1] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
                guint8 b[CHECKSUM_MAX + 1] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

                b[len] ^= 1;
                g_assert_true(cipher_equal(a, b, len));
                for (gsize bit = 0; bit < len * 8; bit++) {
                        b[bit / 8] ^= (guint8) (1 << bit % 8);
                        g_assert_false(cipher_equal(a, b, len));
                        b[bit / 8] ^= (guint8) (1 << bit % 8);
                }
        }
}

/* Two blocks with this PCNTR under a checksum that is right; all data but the last octet is 0. */
static int open_padded(const Policy *policy, const Keys *keys, guint8 padding, guint8 last)
{
        guint8 packet[PACKET_CLEAR + 32] = {0x00, 40, 0x15, 0x16, 0, 0x12, 0x12, 0xBF, 0xFF, 0};
        const gsize at = PACKET_CLEAR + PACKET_COUNTED;
        Refusal refusal;
        Packet opened;

        packet[at - 1] = padding;
        packet[sizeof(packet) - 1] = last;
        g_assert_cmpint(cipher_checksum(&keys->kid, (Bytes){packet, at},
                                        (Bytes){packet + at + 8, sizeof(packet) - at - 8},
                                        packet + at),
                        ==, 0);
        g_assert_cmpint(cipher_encrypt(&keys->kic, packet + PACKET_CLEAR, 32), ==, 0);
        g_assert_cmpint(packet_judge(policy, packet, sizeof(packet), &refusal), ==, 0);
        return packet_open(policy, keys, packet, sizeof(packet), &opened, &refusal);
}

static void test_padding(void)
{
        Policy policy;
        Keys keys;

        fill(vectors_find(file, "C-AES128-CC8-GET-MT"), &policy, &keys);
        for (unsigned padding = 0; padding < 256; padding++) {
                g_assert_cmpint(open_padded(&policy, &keys, (guint8) padding, 0), ==,
                                padding < 16 ? 0 : -EBADMSG);
                g_assert_cmpint(open_padded(&policy, &keys, (guint8) padding, 1), ==,
                                padding == 0 ? 0 : -EBADMSG);
        }
}

static void test_response_limits(void)
{
        const json_t *vector = vectors_find(file, "R-AES128-CC-CIPH-OK");
        guint8 work[RESPONSE_MAX];
        guint8 data[RESPONSE_MAX] = {0};
        Response response = {.data = data, .data_len = RESPONSE_MAX};
        Policy policy;
        Keys keys;

        fill(vector, &policy, &keys);
        g_assert_cmpint(response_seal(&policy, &keys, 0x39, &response, work), ==, -EMSGSIZE);
        response.data_len = RESPONSE_MAX - 13 - 8 - BLOCK_MAX;
        g_assert_cmpint(response_seal(&policy, &keys, 0x39, &response, work), >, 0);
        response.data_len++;
        g_assert_cmpint(response_seal(&policy, &keys, 0x39, &response, work), ==, -EMSGSIZE);
        response.data_len = 0;
        g_assert_cmpint(response_seal(&policy, &keys, 0x35, &response, work), ==, -EINVAL);
        g_assert_cmpint(response_seal(&policy, &keys, 0x3D, &response, work), ==, -EINVAL);
}

static void test_wrapper(void)
{
        guint8 data[400] = {0};
        guint8 header[WRAPPER_MAX];
        Bytes found;

        for (gsize len = 1; len + WRAPPER_MAX <= sizeof(data); len++) {
                gsize n = wrapper_write(len, header);

                g_assert_cmpuint(n, ==, len < 128 ? 2 : len < 256 ? 3 : 4);
                g_assert_cmpuint(wrapper_capacity(n + len), ==, len);
                memcpy(data, header, n);
                g_assert_true(wrapper_find((Bytes){data, n + len}, &found));
                g_assert_true(found.data == data + n && found.len == len);
                g_assert_false(wrapper_find((Bytes){data, n + len - 1}, &found));
                g_assert_false(wrapper_find((Bytes){data, n + len + 1}, &found));
        }
        data[0] = 0x44;
        g_assert_false(wrapper_find((Bytes){data, 10}, &found));
        g_assert_cmpuint(wrapper_capacity(0), ==, 0);
        g_assert_cmpuint(wrapper_capacity(2), ==, 0);
        g_assert_cmpuint(wrapper_capacity(130), ==, 127);
}

static gboolean is_protected(const json_t *vector)
{
        guint64 spi1 = vector_number(vector, "spi1");
        guint64 kic = vector_number(vector, "kic") & 0x0F;

        /* ciphered, a cryptographic checksum, and no single DES */
        return (spi1 & 0x07) == 0x06 && (kic == 2 || kic == 5 || kic == 9);
}

static unsigned add(const char *array)
{
        json_t *vector;
        unsigned n = 0;
        size_t i;

        json_array_foreach(json_object_get(file, array), i, vector)
        {
                const char *id = vector_text(vector, "id");
                const char *kind = vector_text(vector, "kind");
                gboolean response = strcmp(kind, "response") == 0;
                g_autofree char *path = g_strdup_printf("/secured-packet/codec/%s", id);

                if (strcmp(kind, "negative_command") == 0 || (!response && !is_protected(vector)))
                        continue;
                g_test_add_data_func(path, vector, response ? test_response : test_command);
                n++;
                if (json_object_get(vector, "response_tp_ud")) {
                        g_autofree char *answer = g_strdup_printf("%s/answer", path);

                        g_test_add_data_func(answer, vector, test_card_response);
                }
        }
        return n;
}

int main(int argc, char **argv)
{
        int r;

        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 2);
        file = vectors_load(argv[1]);

        g_test_add_func("/secured-packet/codec/cmac", test_cmac);
        g_test_add_func("/secured-packet/codec/equal", test_equal);
        g_test_add_func("/secured-packet/codec/padding", test_padding);
        g_test_add_func("/secured-packet/codec/wrapper", test_wrapper);
        g_test_add_func("/secured-packet/codec/response-limits", test_response_limits);
        /* 51 commands without the 8 of the 9 W- vectors that lack protection, and 15 responses */
        g_assert_cmpuint(add("vectors"), ==, 58);
        g_assert_cmpuint(add("reference"), ==, 10);
        r = g_test_run();
        json_decref(file);
        return r;
}
