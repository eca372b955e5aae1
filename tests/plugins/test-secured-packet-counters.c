/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* secured-packet.so and its counters: restarts, exhaustion, other keys, packets that come back. */

#include <errno.h>
#include <string.h>

#include "packet.h"
#include "vectors.h"

#define KEYS "000102030405060708090A0B0C0D0E0FA0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
#define OTHER_KEYS "F00102030405060708090A0B0C0D0E0FB0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
#define AES "12121600BFFF00"
#define LAST G_GUINT64_CONSTANT(0xFFFFFFFFFE)

static const char *plugin_path;

static FakeHost *host_idle(const char *parameters, const char *options)
{
        FakeHost *host = fake_host_new(plugin_path);

        account_set(host, parameters, KEYS, options);
        return host;
}

static FakeHost *host_ready(const char *parameters, const char *options)
{
        FakeHost *host = host_idle(parameters, options);

        account_open(host);
        return host;
}

/* The counter of what `host` sends next, as the other end reads it. */
static guint64 next_counter(FakeHost *host, const char *keys)
{
        g_autoptr(FakeHost) there = fake_host_new(plugin_path);
        g_autoptr(GBytes) packet = account_request(host);

        account_set(there, AES, keys, NULL);
        account_open(there);
        g_assert_cmpint(fake_host_receive(there, packet), ==, 0);
        return fake_host_counter(there, 0);
}

/* The first value is 1; 64 of them cost one durable write; what was reserved is not used again. */
static void test_send_counter(void)
{
        g_autoptr(FakeHost) host = host_ready(AES, NULL);

        for (guint64 i = 1; i <= 64; i++) {
                g_assert_cmpuint(next_counter(host, KEYS), ==, i);
                g_assert_cmpuint(host->counter_sets, ==, 1);
        }
        g_assert_cmpuint(next_counter(host, KEYS), ==, 65);
        g_assert_cmpuint(host->counter_sets, ==, 2);
        g_assert_cmpuint(fake_host_counter(host, 1), ==, 128);

        account_restart(host);
        g_assert_cmpuint(next_counter(host, KEYS), ==, 129);
        account_restart(host);
        g_assert_cmpuint(fake_host_status(host)->last_sent, ==, 192);
        account_restart(host); /* nothing was sent, nothing is lost */
        g_assert_cmpuint(next_counter(host, KEYS), ==, 193);
}

/* The ceiling is durable before anything under it leaves. */
static void test_send_counter_fails(void)
{
        g_autoptr(FakeHost) host = host_ready(AES, NULL);

        host->counter_error = -EIO;
        g_assert_cmpint(send_hex(host, REQUEST), ==, -EIO);
        g_assert_true(g_queue_is_empty(&host->wire));
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
        g_assert_true(fake_host_logged(host, "could not be stored"));
        host->counter_error = 0;
        g_assert_cmpuint(next_counter(host, KEYS), ==, 1);
}

/* R17: once, and never again, also not after a restart. */
static void test_receive_counter(void)
{
        g_autoptr(FakeHost) host = host_ready(AES, NULL);
        g_autoptr(FakeHost) server = host_ready(AES, NULL);
        g_autoptr(GBytes) first = account_request(server);
        g_autoptr(GBytes) second = account_request(server);
        g_autoptr(GBytes) third = account_request(server);

        host->counter_error = -ENOSPC;
        g_assert_cmpint(fake_host_receive(host, first), ==, -ENOSPC);
        g_assert_true(g_queue_is_empty(&host->messages));
        host->counter_error = 0;

        g_assert_cmpint(fake_host_receive(host, second), ==, 0);
        g_assert_cmpuint(host->sets_at_message, ==, 1);
        g_assert_cmpuint(fake_host_counter(host, 0), ==, 2);
        fake_host_clear(host);
        account_assert_silent(host, second);
        account_assert_silent(host, first);
        account_restart(host);
        account_assert_silent(host, second);
        account_assert_silent(host, first);
        g_assert_cmpint(fake_host_receive(host, third), ==, 0);
        g_assert_cmpuint(fake_host_counter(host, 0), ==, 3);
}

/* With the rule "one higher" no value is skipped, as long as the process lives. */
static void test_exact(void)
{
        g_autoptr(FakeHost) host = host_ready("12121E00BFFF00", "counter=exact");
        g_autoptr(FakeHost) server = host_ready("12121E00BFFF00", "counter=exact");
        g_autoptr(GBytes) first = account_request(server);
        g_autoptr(GBytes) second = account_request(server);

        account_assert_silent(host, second);
        g_assert_cmpint(fake_host_receive(host, first), ==, 0);
        g_assert_cmpint(fake_host_receive(host, second), ==, 0);

        server->emit_result = -ENOBUFS;
        g_assert_cmpint(send_hex(server, REQUEST), ==, -ENOBUFS);
        server->emit_result = 0;
        for (unsigned i = 0; i < 3; i++) {
                g_autoptr(GBytes) next = account_request(server);

                g_assert_cmpint(fake_host_receive(host, next), ==, 0);
                account_restart(server);
        }
}

static void test_send_exhausted(void)
{
        g_autoptr(FakeHost) host = host_idle(AES, NULL);

        host->counter_begin[1] = LAST - 2;
        account_open(host);
        g_assert_cmpuint(next_counter(host, KEYS), ==, LAST - 1);
        g_assert_cmpuint(next_counter(host, KEYS), ==, LAST);
        g_assert_cmpuint(fake_host_counter(host, 1), ==, LAST);
        g_assert_cmpint(send_hex(host, REQUEST), ==, -EKEYEXPIRED);
        g_assert_true(g_queue_is_empty(&host->wire));
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_FAILED);
        g_assert_cmpint(fake_host_status(host)->error, ==, -EKEYEXPIRED);
        g_assert_true(fake_host_logged(host, "our packets have used up the counter"));

        fake_host_destroy(host);
        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, -EKEYEXPIRED);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_FAILED);
}

/* A packet with any counter, as somebody makes it who has the keys. */
static GBytes *forge(guint64 counter)
{
        g_autoptr(GBytes) secret = bytes_of(KEYS);
        const guint8 *octets = g_bytes_get_data(secret, NULL);
        Policy policy = {
                .options.cc_len = 8,
                .spi1 = 0x16,
                .kic = 0x12,
                .kid = 0x12,
                .tar = {0xBF, 0xFF, 0x00},
        };
        Keys keys = {.kic.len = 16, .kid.len = 16};
        guint8 packet[100] = {0};
        guint8 cc[CHECKSUM_MAX];
        ssize_t len;

        memcpy(keys.kic.octets, octets, 16);
        memcpy(keys.kid.octets, octets + 16, 16);
        memcpy(packet + packet_data_offset(&policy), "\x60\x00\x12\x34", 4);
        len = packet_seal(&policy, &keys, counter, packet, 4, cc);
        g_assert_cmpint(len, ==, 42);
        return g_bytes_new(packet, (gsize) len);
}

/* The last packet is still answered; after it no packet can be the server's. */
static void test_receive_exhausted(void)
{
        g_autoptr(FakeHost) host = host_idle(AES, NULL);
        g_autoptr(GBytes) last = forge(LAST);
        g_autoptr(GBytes) beyond = forge(LAST + 1);
        g_autoptr(GBytes) answer = NULL;

        host->counter_begin[0] = LAST - 1;
        account_open(host);
        account_assert_silent(host, beyond);
        g_assert_cmpint(fake_host_receive(host, last), ==, 0);
        g_assert_true(fake_host_logged(host, "the last packet that these keys allow"));
        answer = account_request(host);
        fake_host_clear(host);
        account_assert_silent(host, last);

        g_assert_cmpint(fake_host_receive(host, beyond), ==, -EKEYEXPIRED);
        g_assert_true(g_queue_is_empty(&host->messages));
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_FAILED);
        g_assert_cmpint(fake_host_status(host)->error, ==, -EKEYEXPIRED);
        g_assert_cmpuint(fake_host_counter(host, 0), ==, LAST);
}

static void test_counters_lost(void)
{
        g_autoptr(FakeHost) host = host_idle(AES, NULL);

        host->counter_error = -EBADMSG;
        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, -EKEYEXPIRED);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_FAILED);
        g_assert_true(fake_host_logged(host, "the stored counters are damaged"));

        fake_host_destroy(host);
        host->counter_error = -EIO;
        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, -EIO);
        g_assert_cmpint(fake_host_status(host)->error, ==, -EIO);
}

/* Other keys begin at 0; keys that come back go on where they were. */
static void test_other_keys(void)
{
        g_autoptr(FakeHost) host = host_ready(AES, NULL);
        g_autoptr(FakeHost) server = host_ready(AES, NULL);
        g_autoptr(GBytes) packet = account_request(server);

        g_assert_cmpint(fake_host_receive(host, packet), ==, 0);
        g_assert_cmpuint(next_counter(host, KEYS), ==, 1);

        account_set(host, AES, OTHER_KEYS, NULL);
        account_restart(host);
        g_assert_cmpuint(fake_host_status(host)->last_received, ==, 0);
        g_assert_cmpuint(next_counter(host, OTHER_KEYS), ==, 1);

        account_set(host, AES, KEYS, NULL);
        account_restart(host);
        g_assert_cmpuint(fake_host_status(host)->last_received, ==, 1);
        account_assert_silent(host, packet);
        g_assert_cmpuint(next_counter(host, KEYS), ==, 65);
}

/* Each packet of the last 256 is known when it comes back. */
static void test_reflection(void)
{
        g_autoptr(FakeHost) host = host_ready(AES, NULL);
        g_autoptr(GPtrArray) ours = g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref);

        for (unsigned i = 0; i < 300; i++)
                g_ptr_array_add(ours, account_request(host));
        for (unsigned i = 300 - 256; i < 300; i++)
                account_assert_silent(host, g_ptr_array_index(ours, i));
        g_assert_cmpuint(fake_host_counter(host, 0), ==, 0);
}

/* Counters that keep apart tell for good whose a packet is. */
static void test_split(void)
{
        g_autoptr(FakeHost) host = host_ready(AES, "split=8000000000");
        g_autoptr(FakeHost) server = host_idle(AES, NULL);
        g_autoptr(GBytes) ours = account_request(host);
        g_autoptr(GBytes) theirs = NULL;

        server->counter_begin[1] = G_GUINT64_CONSTANT(0x7FFFFFFFFF);
        account_open(server);
        theirs = account_request(server);
        account_restart(host);
        account_assert_silent(host, ours);
        g_assert_cmpint(fake_host_receive(host, theirs), ==, 0);
        g_assert_cmpuint(fake_host_counter(host, 0), ==, G_GUINT64_CONSTANT(0x8000000000));

        host->counter_begin[1] = G_GUINT64_CONSTANT(0x7FFFFFFFFE);
        g_hash_table_remove_all(host->counters);
        account_restart(host);
        g_bytes_unref(g_steal_pointer(&ours));
        ours = account_request(host);
        g_assert_cmpuint(fake_host_counter(host, 1), ==, G_GUINT64_CONSTANT(0x7FFFFFFFFF));
        g_assert_cmpint(send_hex(host, REQUEST), ==, -EKEYEXPIRED);
}

/* A message the host has no room for has used its counter up; it cannot come again. */
static void test_host_refuses(void)
{
        g_autoptr(FakeHost) host = host_ready(AES, NULL);
        g_autoptr(FakeHost) server = host_ready(AES, NULL);
        g_autoptr(GBytes) packet = account_request(server);

        host->emit_result = -ENOBUFS;
        g_assert_cmpint(send_hex(host, REQUEST), ==, -ENOBUFS);
        g_assert_cmpint(fake_host_receive(host, packet), ==, -ENOBUFS);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
        host->emit_result = 0;
        account_assert_silent(host, packet);
        g_assert_cmpuint(next_counter(host, KEYS), ==, 2);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 3);
        plugin_path = argv[1];

        g_test_add_func("/secured-packet/R17/send-counter", test_send_counter);
        g_test_add_func("/secured-packet/R17/send-counter-fails", test_send_counter_fails);
        g_test_add_func("/secured-packet/R17/receive-counter", test_receive_counter);
        g_test_add_func("/secured-packet/R17/exact", test_exact);
        g_test_add_func("/secured-packet/exhausted/send", test_send_exhausted);
        g_test_add_func("/secured-packet/exhausted/receive", test_receive_exhausted);
        g_test_add_func("/secured-packet/counters-lost", test_counters_lost);
        g_test_add_func("/secured-packet/other-keys", test_other_keys);
        g_test_add_func("/secured-packet/reflection", test_reflection);
        g_test_add_func("/secured-packet/split", test_split);
        g_test_add_func("/secured-packet/host-refuses", test_host_refuses);
        return g_test_run();
}
