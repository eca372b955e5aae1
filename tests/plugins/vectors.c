/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vectors.h"

#include <errno.h>
#include <string.h>

json_t *vectors_load(const char *path)
{
        json_error_t error;
        json_t *file = json_load_file(path, 0, &error);

        if (!file)
                g_error("%s:%d: %s", path, error.line, error.text);
        return file;
}

const json_t *vectors_find(const json_t *file, const char *id)
{
        const char *arrays[] = {"vectors", "reference"};

        for (gsize a = 0; a < G_N_ELEMENTS(arrays); a++) {
                const json_t *array = json_object_get(file, arrays[a]);
                json_t *vector;
                size_t i;

                json_array_foreach(array, i, vector)
                {
                        if (strcmp(vector_text(vector, "id"), id) == 0)
                                return vector;
                }
        }

        g_error("no vector %s", id);
}

const char *vector_text(const json_t *vector, const char *member)
{
        const char *text = json_string_value(json_object_get(vector, member));

        return text ? text : "";
}

guint64 vector_number(const json_t *vector, const char *member)
{
        return g_ascii_strtoull(vector_text(vector, member), NULL, 16);
}

GBytes *bytes_of(const char *digits)
{
        gsize len = strlen(digits) / 2;
        guint8 *data = g_malloc(len + 1);

        g_assert_cmpuint(strlen(digits) % 2, ==, 0);
        for (gsize i = 0; i < len; i++) {
                g_assert_true(g_ascii_isxdigit(digits[2 * i]) &&
                              g_ascii_isxdigit(digits[2 * i + 1]));
                data[i] = (guint8) (g_ascii_xdigit_value(digits[2 * i]) << 4 |
                                    g_ascii_xdigit_value(digits[2 * i + 1]));
        }
        return g_bytes_new_take(data, len);
}

GBytes *vector_bytes(const json_t *vector, const char *member)
{
        return bytes_of(vector_text(vector, member));
}

void account_set(FakeHost *host, const char *parameters, const char *keys, const char *options)
{
        g_autoptr(GBytes) secret = bytes_of(keys);
        g_autoptr(GBytes) identity = bytes_of(parameters);

        fake_host_set_key(host, g_bytes_get_data(secret, NULL), g_bytes_get_size(secret));
        fake_host_set_identity_bytes(host, g_bytes_get_data(identity, NULL),
                                     g_bytes_get_size(identity));
        host->config.bearer = LWM_SECURITY_BEARER_SMS;
        host->config.mode = 2;
        host->config.options = options ? g_intern_string(options) : NULL;
}

static const char *rule_of(guint64 spi1)
{
        const char *rules[] = {"none", "available", "higher", "exact"};

        return rules[spi1 >> 3 & 3];
}

void account_of_vector(FakeHost *host, const json_t *vector, gboolean with_spi2)
{
        const json_t *expected = json_object_get(vector, "expected_parameters");
        const json_t *from = expected ? expected : vector;
        gboolean wrapped =
                vector_text(vector, "coap")[0] != '\0' &&
                strcmp(vector_text(vector, "coap"), vector_text(vector, "secured_data")) != 0;
        int cc_len = (int) json_integer_value(json_object_get(from, "cc_len"));
        g_autofree char *parameters = g_strconcat(
                vector_text(from, "kic"), vector_text(from, "kid"), vector_text(from, "spi1"),
                with_spi2 ? vector_text(from, "spi2") : "", vector_text(from, "tar"), NULL);
        g_autofree char *keys =
                g_strconcat(vector_text(vector, "kic_key"), vector_text(vector, "kid_key"), NULL);
        g_autofree char *options = g_strdup_printf(
                "cc=%d,counter=%s,tar=any,tlv=%s,uplink-spi2=%s%s%s", cc_len == 4 ? 4 : 8,
                rule_of(vector_number(from, "spi1")), wrapped ? "yes" : "no",
                vector_text(from, "spi2"),
                with_spi2 ? "" : ",spi2=", with_spi2 ? "" : vector_text(from, "spi2"));
        guint64 counter = vector_number(vector, "cntr");

        account_set(host, parameters, keys, options);
        host->counter_begin[0] = json_object_get(vector, "receiver_last_cntr")
                                         ? vector_number(vector, "receiver_last_cntr")
                                         : counter - (counter > 0);
        host->counter_begin[1] = counter - (counter > 0);
}

void account_open(FakeHost *host)
{
        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
}

char *hex_of(const void *data, gsize len)
{
        const guint8 *octets = data;
        GString *digits = g_string_new(NULL);

        for (gsize i = 0; i < len; i++)
                g_string_append_printf(digits, "%02X", octets[i]);
        return g_string_free(digits, FALSE);
}

char *pop_hex(GQueue *queue)
{
        g_autoptr(GBytes) bytes = g_queue_pop_head(queue);

        return bytes ? hex_of(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
}

int send_bytes(FakeHost *host, GBytes *message)
{
        gsize len;
        const void *data = g_bytes_get_data(message, &len);

        return host->plugin->send(host->session, data, len, host->now);
}

int receive_hex(FakeHost *host, const char *packet)
{
        g_autoptr(GBytes) bytes = bytes_of(packet);

        return fake_host_receive(host, bytes);
}

int send_hex(FakeHost *host, const char *message)
{
        g_autoptr(GBytes) bytes = bytes_of(message);

        return send_bytes(host, bytes);
}

void account_restart(FakeHost *host)
{
        fake_host_destroy(host);
        fake_host_clear(host);
        account_open(host);
}

GBytes *account_request(FakeHost *host)
{
        GBytes *packet;

        g_assert_cmpint(send_hex(host, REQUEST), ==, 0);
        packet = fake_host_pop_wire(host);
        g_assert_nonnull(packet);
        return packet;
}

void account_assert_silent(FakeHost *host, GBytes *packet)
{
        guint64 received = fake_host_counter(host, 0);
        guint64 sent = fake_host_counter(host, 1);
        unsigned sets = host->counter_sets;

        g_assert_cmpint(fake_host_receive(host, packet), ==, -EBADMSG);
        g_assert_true(g_queue_is_empty(&host->messages));
        g_assert_true(g_queue_is_empty(&host->wire));
        g_assert_true(g_queue_is_empty(&host->others));
        g_assert_cmpuint(host->counter_sets, ==, sets);
        g_assert_cmpuint(fake_host_counter(host, 0), ==, received);
        g_assert_cmpuint(fake_host_counter(host, 1), ==, sent);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
}
