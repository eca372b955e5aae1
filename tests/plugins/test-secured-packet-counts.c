/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* secured-packet.so and what an operator sees of it; packets of ours that come back after a
 * restart; steps of the server's counter. */

#include <errno.h>
#include <string.h>

#include "vectors.h"

#define KEYS "000102030405060708090A0B0C0D0E0FA0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
#define OTHER_KEYS "F00102030405060708090A0B0C0D0E0FB0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
#define KIC "000102030405060708090A0B0C0D0E0F"
#define KID "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
#define DES_KIC "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123"
#define DES_KID "89ABCDEF01234567ABCDEF0123456789CDEF0123456789AB"
#define AES "12121600BFFF00"
#define LAST G_GUINT64_CONSTANT(0xFFFFFFFFFE)
#define JUMP (G_GUINT64_CONSTANT(1) << 32)

static const char *plugin_path;
static json_t *file;

static FakeHost *host_of(const char *keys, const char *options)
{
        FakeHost *host = fake_host_new(plugin_path);

        account_set(host, AES, keys, options);
        return host;
}

static FakeHost *host_ready(const char *options)
{
        FakeHost *host = host_of(KEYS, options);

        account_open(host);
        return host;
}

/* The server's packet with this counter. */
static GBytes *packet_with(const char *keys, guint64 counter)
{
        g_autoptr(FakeHost) server = host_of(keys, NULL);

        server->counter_begin[1] = counter - 1;
        account_open(server);
        return account_request(server);
}

static int receive_with(FakeHost *host, guint64 counter)
{
        g_autoptr(GBytes) packet = packet_with(KEYS, counter);

        return fake_host_receive(host, packet);
}

/* What an agent relies on that adds the values of sessions up. */
static void test_names(void)
{
        g_autoptr(FakeHost) host = host_of(KEYS, NULL);
        const LwmSecurityCounter *counters;
        size_t n;

        g_assert_cmpint(fake_host_create(host), ==, 0);
        counters = host->plugin->counters(host->session, &n);
        g_assert_cmpuint(n, >, 0);
        g_assert_cmpuint(n, <=, 32);
        for (size_t i = 0; i < n; i++) {
                g_assert_cmpuint(strlen(counters[i].name), <, 32);
                g_assert_cmpuint(strspn(counters[i].name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
                                 ==, strlen(counters[i].name));
                for (size_t j = 0; j < i; j++)
                        g_assert_cmpstr(counters[i].name, !=, counters[j].name);
                if (!(counters[i].flags & LWM_SECURITY_LEVEL))
                        g_assert_cmpuint(counters[i].value, ==, 0);
        }
}

static void test_good(void)
{
        g_autoptr(FakeHost) host = host_ready(NULL);
        g_autoptr(GBytes) ours = account_request(host);

        g_assert_cmpint(receive_with(host, 7), ==, 0);
        g_assert_cmpuint(fake_host_count(host, "last-received"), ==, 7);
        g_assert_cmpuint(fake_host_count(host, "receive-left"), ==, LAST - 7);
        g_assert_cmpuint(fake_host_count(host, "last-sent"), ==, 1);
        g_assert_cmpuint(fake_host_count(host, "send-left"), ==, LAST - 1);
        g_assert_cmpuint(fake_host_count(host, "accepted"), ==, 1);
        g_assert_cmpuint(fake_host_count(host, "sent"), ==, 1);

        host->emit_result = -ENOBUFS;
        g_assert_cmpint(receive_with(host, 8), ==, -ENOBUFS);
        g_assert_cmpint(send_hex(host, REQUEST), ==, -ENOBUFS);
        host->emit_result = 0;
        host->counter_error = -EIO;
        g_assert_cmpint(receive_with(host, 9), ==, -EIO);
        g_assert_cmpuint(fake_host_count(host, "lost"), ==, 2);
        g_assert_cmpuint(fake_host_count(host, "accepted"), ==, 1);
        g_assert_cmpuint(fake_host_count(host, "sent"), ==, 1);
        g_assert_cmpuint(fake_host_count(host, "last-received"), ==, 8);
}

/* Each reason by its name, and under no other. */
static void assert_refused(FakeHost *host, GBytes *packet, const char *name)
{
        static const char *const reasons[] = {
                "rejected-malformed", "rejected-parameters", "rejected-checksum",
                "rejected-counter",   "rejected-jump",       "rejected-reflected",
        };
        guint64 before[G_N_ELEMENTS(reasons)];

        for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++)
                before[i] = fake_host_count(host, reasons[i]);
        account_assert_silent(host, packet);
        for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++)
                g_assert_cmpuint(fake_host_count(host, reasons[i]) - before[i], ==,
                                 strcmp(reasons[i], name) == 0);
        g_assert_cmpuint(fake_host_count(host, "accepted"), ==, 0);
}

static void test_reasons(void)
{
        g_autoptr(FakeHost) host = host_ready("jump=10");
        g_autoptr(FakeHost) other = fake_host_new(plugin_path);
        g_autoptr(GBytes) packet = packet_with(KEYS, 100);
        g_autoptr(GBytes) shorter = g_bytes_new_from_bytes(packet, 0, 41);
        g_autoptr(GBytes) other_keys = packet_with(OTHER_KEYS, 100);
        g_autoptr(GBytes) old = packet_with(KEYS, 99);
        g_autoptr(GBytes) far = packet_with(KEYS, 116);
        g_autoptr(GBytes) ours = NULL;
        g_autoptr(GBytes) other_tar = NULL;

        account_set(other, "12121600BFFF01", KEYS, NULL);
        account_open(other);
        other_tar = account_request(other);
        host->counter_begin[0] = 99;
        account_restart(host);
        ours = account_request(host);

        assert_refused(host, shorter, "rejected-malformed");
        assert_refused(host, other_tar, "rejected-parameters");
        assert_refused(host, other_keys, "rejected-checksum");
        assert_refused(host, old, "rejected-counter");
        assert_refused(host, far, "rejected-jump");
        assert_refused(host, ours, "rejected-reflected");
        host->judge_result = -EBADMSG;
        assert_refused(host, packet, "rejected-reflected");
        host->judge_result = 0;
        g_assert_cmpint(fake_host_receive(host, packet), ==, 0);
}

/* R20, the vector N-REFLECT-OWN-UPLINK behind a restart: nothing is known of what was sent. What is
 * above is asked before the counter moves, of the message without its wrapper. */
static void test_reflected_after_restart(void)
{
        const json_t *ours = vectors_find(file, "C-AES128-CC8-ACK205-MO");
        g_autoptr(GBytes) coap = vector_bytes(ours, "coap");
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(GBytes) packet = NULL;
        guint longest;

        account_of_vector(host, ours, TRUE);
        account_open(host);
        g_assert_cmpint(send_bytes(host, coap), ==, 0);
        packet = fake_host_pop_wire(host);
        host->counter_begin[0] = 0;
        account_restart(host);

        host->judge_result = -EBADMSG;
        account_assert_silent(host, packet);
        g_assert_true(g_bytes_equal(host->judged, coap));
        g_assert_cmpuint(fake_host_status(host)->last_received, ==, 0);

        /* and it is asked of a wrapped one in the same way, which changes no wrapping of ours */
        host->judge_result = 0;
        host->config.options = "tlv=yes";
        account_restart(host);
        g_assert_cmpint(send_bytes(host, coap), ==, 0);
        g_bytes_unref(packet);
        packet = fake_host_pop_wire(host);
        host->config.options = NULL;
        account_restart(host);
        longest = fake_host_status(host)->max_message;
        host->judge_result = -EBADMSG;
        account_assert_silent(host, packet);
        g_assert_true(g_bytes_equal(host->judged, coap));
        g_assert_cmpuint(fake_host_status(host)->max_message, ==, longest);
}

/* It is asked only of what the checksum has proved. */
static void test_not_judged(void)
{
        g_autoptr(FakeHost) host = host_ready(NULL);
        g_autoptr(GBytes) packet = packet_with(OTHER_KEYS, 5);

        account_assert_silent(host, packet);
        g_assert_null(host->judged);
}

static void test_jumps(void)
{
        g_autoptr(FakeHost) host = host_ready(NULL);

        /* the first one may begin anywhere */
        g_assert_cmpint(receive_with(host, 3 * JUMP), ==, 0);
        g_assert_cmpint(receive_with(host, 4 * JUMP), ==, 0);
        g_assert_cmpuint(fake_host_count(host, "jumps"), ==, 0);
        g_assert_false(fake_host_logged(host, "went up by"));
        g_assert_cmpint(receive_with(host, 5 * JUMP + 1), ==, 0);
        g_assert_cmpuint(fake_host_count(host, "jumps"), ==, 1);
        g_assert_true(fake_host_logged(host, "the server's counter went up by 4294967297 at once"));
}

static void test_jump_option(void)
{
        g_autoptr(FakeHost) host = host_ready("jump=10");
        g_autoptr(GBytes) far = packet_with(KEYS, 1017);

        g_assert_cmpint(receive_with(host, 1000), ==, 0);
        fake_host_clear(host);
        account_assert_silent(host, far);
        g_assert_cmpuint(fake_host_count(host, "rejected-jump"), ==, 1);
        g_assert_cmpint(receive_with(host, 1016), ==, 0);
        g_assert_cmpint(receive_with(host, 1017), ==, 0);
}

/* It is said once, while there is still time. */
static void test_scarce(void)
{
        g_autoptr(FakeHost) host = host_of(KEYS, NULL);
        const guint64 million = 1 << 20;
        guint lines;

        host->counter_begin[0] = LAST - million - 2;
        host->counter_begin[1] = LAST - million - 1;
        account_open(host);
        g_assert_cmpint(receive_with(host, LAST - million - 1), ==, 0);
        g_assert_false(fake_host_logged(host, "nearly used up"));
        g_assert_cmpint(receive_with(host, LAST - million), ==, 0);
        g_assert_true(fake_host_logged(host, "the counter of the server's packets is nearly used "
                                             "up, 1048576 packets are left"));
        g_assert_false(fake_host_logged(host, "the counter of our packets is nearly used up"));
        g_assert_cmpint(send_hex(host, REQUEST), ==, 0);
        g_assert_true(fake_host_logged(host, "the counter of our packets is nearly used up"));
        lines = host->log->len;
        g_assert_cmpint(receive_with(host, LAST - million + 1), ==, 0);
        g_assert_cmpint(send_hex(host, REQUEST), ==, 0);
        g_assert_cmpuint(host->log->len, ==, lines);
}

static void test_suite(void)
{
        static const struct {
                const char *parameters, *keys, *options, *suite;
        } cases[] = {
                {AES, KIC KID, NULL, "AES-128, CMAC 8, key set 1"},
                {"32321600BFFF00", KIC KIC KID KID, "cc=4", "AES-256, CMAC 4, key set 3"},
                {"02021600BFFF00", KIC KID, NULL, "AES-128, CMAC 8, key set 0"},
                {"02521600BFFF00", KIC KID, NULL, "AES-128, CMAC 8, key set 5"},
                {"F9F91600BFFF00", DES_KIC DES_KID, NULL, "3DES, CBC-MAC 8, key set 15"},
                {"12191600BFFF00", KIC DES_KID, NULL, "AES-128, CBC-MAC 8, key set 1"},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(FakeHost) host = fake_host_new(plugin_path);

                account_set(host, cases[i].parameters, cases[i].keys, cases[i].options);
                account_open(host);
                g_assert_cmpstr(fake_host_status(host)->suite, ==, cases[i].suite);
        }
}

int main(int argc, char **argv)
{
        int r;

        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 3);
        plugin_path = argv[1];
        file = vectors_load(argv[2]);

        g_test_add_func("/secured-packet/counts/names", test_names);
        g_test_add_func("/secured-packet/counts/good", test_good);
        g_test_add_func("/secured-packet/counts/reasons", test_reasons);
        g_test_add_func("/secured-packet/R20/reflected-after-restart",
                        test_reflected_after_restart);
        g_test_add_func("/secured-packet/R20/not-judged", test_not_judged);
        g_test_add_func("/secured-packet/jumps", test_jumps);
        g_test_add_func("/secured-packet/jump-option", test_jump_option);
        g_test_add_func("/secured-packet/scarce", test_scarce);
        g_test_add_func("/secured-packet/suite", test_suite);
        r = g_test_run();
        json_decref(file);
        return r;
}
