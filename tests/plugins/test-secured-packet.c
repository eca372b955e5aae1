/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* secured-packet.so and the vectors: what it opens and makes, and what it is silent to. */

#include <errno.h>
#include <string.h>

#include "vectors.h"

#define AES_KEYS "000102030405060708090A0B0C0D0E0FA0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
#define DES_KEYS                                                                                   \
        "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123"                                         \
        "89ABCDEF01234567ABCDEF0123456789CDEF0123456789AB"

static const char *plugin_path;
static json_t *file;

static gboolean is_checked(const json_t *vector)
{
        return (vector_number(vector, "spi1") >> 3 & 3) >= 2;
}

/* The CoAP message, where the vector has one. */
static const char *message_of(const json_t *vector)
{
        const char *coap = vector_text(vector, "coap");

        return coap[0] ? coap : vector_text(vector, "secured_data");
}

static void assert_receives(const json_t *vector, gboolean with_spi2)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autofree char *message = NULL;

        account_of_vector(host, vector, with_spi2);
        account_open(host);
        g_assert_cmpint(receive_hex(host, vector_text(vector, "packet")), ==, 0);
        message = pop_hex(&host->messages);
        g_assert_cmpstr(message, ==, message_of(vector));
        g_assert_true(g_queue_is_empty(&host->messages));
        g_assert_true(g_queue_is_empty(&host->wire));
        g_assert_true(g_queue_is_empty(&host->others));

        if (!is_checked(vector)) {
                g_assert_cmpuint(host->counter_sets, ==, 0);
                return;
        }
        g_assert_cmpuint(fake_host_counter(host, 0), ==, vector_number(vector, "cntr"));
        g_assert_cmpuint(host->sets_at_message, ==, 1);
        g_assert_cmpuint(fake_host_status(host)->last_received, ==, vector_number(vector, "cntr"));
}

static void test_receives(gconstpointer data)
{
        assert_receives(data, TRUE);
        assert_receives(data, FALSE);
}

static void test_sends(gconstpointer data)
{
        const json_t *vector = data;
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autofree char *packet = NULL;

        account_of_vector(host, vector, TRUE);
        account_open(host);
        g_assert_cmpint(send_hex(host, message_of(vector)), ==, 0);
        packet = pop_hex(&host->wire);
        g_assert_cmpstr(packet, ==, vector_text(vector, "packet"));
        g_assert_true(g_queue_is_empty(&host->wire));
}

static void assert_silent(FakeHost *host, const char *digits)
{
        g_autoptr(GBytes) packet = bytes_of(digits);

        account_assert_silent(host, packet);
}

/* R20, with proofs of receipt allowed: not even then. */
static void test_silent(gconstpointer data)
{
        const json_t *vector = data;
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);

        account_of_vector(host, vector, TRUE);
        host->config.options = "por=yes";
        account_open(host);
        assert_silent(host, vector_text(vector, "packet"));

        /* and the session is as good as before */
        if (vector_number(vector, "receiver_last_cntr") == 0xFF)
                g_assert_cmpint(
                        receive_hex(host, vector_text(vectors_find(file, "C-AES128-CC8-GET-MT"),
                                                      "packet")),
                        ==, 0);
}

static void test_blocked(gconstpointer data)
{
        const json_t *vector = data;
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);

        account_of_vector(host, vector, TRUE);
        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, -EKEYEXPIRED);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_FAILED);
        g_assert_cmpint(fake_host_status(host)->error, ==, -EKEYEXPIRED);
        g_assert_true(fake_host_logged(host, "used up"));
        g_assert_cmpint(receive_hex(host, vector_text(vector, "packet")), ==, -ENOTCONN);
        g_assert_cmpuint(host->counter_sets, ==, 0);
        g_assert_true(g_queue_is_empty(&host->messages));
}

/* The packet that we sent comes back. */
static void test_reflected(gconstpointer data)
{
        const json_t *vector = data;
        const json_t *ours = vectors_find(file, "C-AES128-CC8-ACK205-MO");
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autofree char *packet = NULL;

        account_of_vector(host, ours, TRUE);
        account_open(host);
        g_assert_cmpint(send_hex(host, vector_text(ours, "coap")), ==, 0);
        packet = pop_hex(&host->wire);
        g_assert_cmpstr(packet, ==, vector_text(vector, "packet"));
        assert_silent(host, packet);
}

/* Where the rule is "one higher", two higher is refused too. */
static void test_mode3(gconstpointer data)
{
        const json_t *vector = data;
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);

        account_set(host, "12121E00BFFF00", AES_KEYS, "counter=exact");
        host->counter_begin[0] = vector_number(vector, "receiver_last_cntr");
        account_open(host);
        assert_silent(host, vector_text(vector, "packet"));

        fake_host_destroy(host);
        host->counter_begin[0]++;
        account_open(host);
        g_assert_cmpint(receive_hex(host, vector_text(vector, "packet")), ==, 0);
}

/* R16, R17: a packet with less protection, at an account whose parameters are as they should. */
static void test_weak(gconstpointer data)
{
        const json_t *vector = data;
        gboolean des = (vector_number(vector, "kic") & 0x0F) != 2;
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);

        account_set(host, des ? "191916BFFF00" : "121216BFFF00", des ? DES_KEYS : AES_KEYS, NULL);
        account_open(host);
        assert_silent(host, vector_text(vector, "packet"));
}

/* And an account that names such parameters is none. */
static void test_refused(gconstpointer data)
{
        const json_t *vector = data;
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);

        account_of_vector(host, vector, TRUE);
        g_assert_cmpint(fake_host_create(host), ==, -EINVAL);
        g_assert_null(host->session);
        g_assert_cmpuint(host->log->len, ==, 1);
        g_assert_true(fake_host_logged(host, "SPI ") || fake_host_logged(host, "KIc ") ||
                      fake_host_logged(host, "KID "));
}

/* The longest message of one SMS, and one octet more (TS 23.040: 140 octets, 3 of a header). */
static void assert_boundary(const char *name)
{
        g_autofree char *id = g_strdup_printf("L-%s-MAXSINGLE", name);
        g_autofree char *more = g_strdup_printf("L-%s-MAXSINGLE-PLUS1", name);
        const json_t *vector = vectors_find(file, id);
        const json_t *longer = vectors_find(file, more);
        gsize len = strlen(vector_text(vector, "coap")) / 2;
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autofree char *packet = NULL;

        account_of_vector(host, vector, TRUE);
        host->config.mtu = 137;
        account_open(host);
        g_assert_cmpuint(fake_host_status(host)->max_message, ==, len);
        g_assert_cmpint(send_hex(host, vector_text(longer, "coap")), ==, -EMSGSIZE);
        g_assert_cmpuint(host->counter_sets, ==, 0);
        g_assert_cmpint(send_hex(host, vector_text(vector, "coap")), ==, 0);
        packet = pop_hex(&host->wire);
        g_assert_cmpstr(packet, ==, vector_text(vector, "packet"));
}

static void test_boundaries(void)
{
        assert_boundary("AES128-CC8");
        assert_boundary("AES128-CC4");
        assert_boundary("3DES3-CC8");
}

/* What two and three SMS hold, with 8- and 16-bit references, and with the wrapper. */
static void test_capacity(void)
{
        static const struct {
                const char *parameters;
                const char *options;
                uint16_t mtu;
                uint16_t longest;
        } cases[] = {
                {"12121600BFFF00", "cc=8", 137, 98},     {"12121600BFFF00", "cc=8", 266, 242},
                {"12121600BFFF00", "cc=8", 264, 226},    {"12121600BFFF00", "cc=8", 400, 370},
                {"12121600BFFF00", "cc=4", 137, 102},    {"12121600BFFF00", "cc=4", 266, 246},
                {"12121600BFFF00", "cc=4", 264, 230},    {"12121600BFFF00", "cc=4", 400, 374},
                {"19191600BFFF00", NULL, 137, 106},      {"19191600BFFF00", NULL, 264, 234},
                {"12121600BFFF00", "tlv=yes", 137, 96},  {"12121600B20203", NULL, 137, 96},
                {"12121600B20203", "tlv=no", 137, 98},   {"12121600BFFF00", "tlv=yes", 266, 239},
                {"12121600BFFF00", "tlv=yes", 400, 366}, {"12121600BFFF00", NULL, 60000, 2018},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(FakeHost) host = fake_host_new(plugin_path);
                g_autofree char *longest = g_strnfill(cases[i].longest, 'x');
                g_autoptr(GBytes) packet = NULL;

                account_set(host, cases[i].parameters,
                            cases[i].parameters[0] == '1' && cases[i].parameters[1] == '9'
                                    ? DES_KEYS
                                    : AES_KEYS,
                            cases[i].options);
                host->config.mtu = cases[i].mtu;
                account_open(host);
                g_assert_cmpuint(fake_host_status(host)->max_message, ==, cases[i].longest);
                g_assert_cmpint(fake_host_send(host, longest), ==, 0);
                packet = fake_host_pop_wire(host);
                g_assert_cmpuint(g_bytes_get_size(packet), <=, cases[i].mtu);
                g_assert_cmpuint(g_bytes_get_size(packet), <=,
                                 cases[i].longest + fake_host_status(host)->overhead);
        }
}

static void add(const char *how, const json_t *vector, GTestDataFunc function)
{
        g_autofree char *path =
                g_strdup_printf("/secured-packet/%s/%s", how, vector_text(vector, "id"));

        g_test_add_data_func(path, vector, function);
}

static void add_negative(const json_t *vector)
{
        const char *id = vector_text(vector, "id");

        if (strcmp(id, "N-CNTR-BLOCKED") == 0) {
                add("R20", vector, test_blocked);
        } else if (strcmp(id, "N-REFLECT-OWN-UPLINK") == 0) {
                add("R20", vector, test_reflected);
        } else {
                add("R20", vector, test_silent);
                if (strcmp(id, "N-CNTR-HIGH-MODE3") == 0)
                        add("R20/exact", vector, test_mode3);
        }
}

static void add_vector(const json_t *vector)
{
        guint64 kic = vector_number(vector, "kic") & 0x0F;
        gboolean good = (vector_number(vector, "spi1") & 7) == 6 && (kic == 2 || kic == 9);
        const char *kind = vector_text(vector, "kind");

        if (strcmp(kind, "response") == 0)
                return;
        if (strcmp(kind, "negative_command") == 0) {
                add_negative(vector);
                return;
        }
        if (g_str_has_prefix(vector_text(vector, "id"), "W-")) {
                g_assert_false(good);
                add("R17/silent", vector, test_weak);
        }
        if (good) {
                add("R10/receives", vector, test_receives);
                add("R10/sends", vector, test_sends);
        } else {
                add("R16/refused", vector, test_refused);
        }
}

int main(int argc, char **argv)
{
        json_t *vector;
        size_t i;
        int r;

        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 3);
        plugin_path = argv[1];
        file = vectors_load(argv[2]);

        json_array_foreach(json_object_get(file, "vectors"), i, vector) add_vector(vector);
        json_array_foreach(json_object_get(file, "reference"), i, vector) add_vector(vector);
        g_test_add_func("/secured-packet/boundaries", test_boundaries);
        g_test_add_func("/secured-packet/capacity", test_capacity);
        r = g_test_run();
        json_decref(file);
        return r;
}
