/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * psk.so and the heap: the pre-shared key is in no block of it while a session
 * is READY, and in none that was freed; messages need no block at all.
 * AddressSanitizer shows the blocks; without it there is nothing to look at.
 */

#include <errno.h>
#include <string.h>

#include "dtls-server.h"

#define MAX_BLOCKS 4096

typedef struct Block {
        const void *data;
        size_t size;
} Block;

extern int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *,
                                                                       size_t),
                                                     void (*on_free)(const volatile void *))
        __attribute__((weak));

static const char *plugin_path;
static Block blocks[MAX_BLOCKS];
static bool watching;
static unsigned n_watched;
static unsigned n_leaks; /* freed with the key in them */
static guint8 key[16];
static guint8 mask[16]; /* key xor 0xff: only this lies in memory when it counts */

static bool block_has_key(const Block *block)
{
        const guint8 *p = block->data;

        for (size_t i = 0; i + sizeof(mask) <= block->size; i++) {
                size_t n = 0;

                while (n < sizeof(mask) && p[i + n] == 0xff - mask[n])
                        n++;
                if (n == sizeof(mask))
                        return true;
        }

        return false;
}

static void on_malloc(const volatile void *data, size_t size)
{
        if (!watching)
                return;

        for (size_t i = 0; i < MAX_BLOCKS; i++) {
                if (blocks[i].data)
                        continue;
                blocks[i] = (Block){(const void *) data, size};
                n_watched++;
                return;
        }
        g_assert_not_reached();
}

static void on_free(const volatile void *data)
{
        for (size_t i = 0; data && i < MAX_BLOCKS; i++) {
                if (blocks[i].data != data)
                        continue;
                if (block_has_key(&blocks[i]))
                        n_leaks++;
                blocks[i] = (Block){0};
                return;
        }
}

static unsigned count_blocks_with_key(void)
{
        unsigned n = 0;

        for (size_t i = 0; i < MAX_BLOCKS; i++) {
                if (blocks[i].data && block_has_key(&blocks[i]))
                        n++;
        }

        return n;
}

static void fill_key(void)
{
        for (size_t i = 0; i < sizeof(key); i++) {
                key[i] = (guint8) g_random_int_range(0, 256);
                mask[i] = key[i] ^ 0xff;
        }
}

static bool can_watch(void)
{
        static bool installed;

        if (!__sanitizer_install_malloc_and_free_hooks) {
                g_test_skip("needs AddressSanitizer");
                return false;
        }
        if (!installed)
                __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);

        installed = true;
        return true;
}

/* Our Finished is on the wire then, and the server's answer may be long in coming. */
static void run_to_key_exchange(DtlsServer *server, FakeHost *host)
{
        for (unsigned i = 0; i < 2; i++) {
                g_autoptr(GBytes) ours = fake_host_pop_wire(host);
                g_autoptr(GBytes) theirs = NULL;

                dtls_server_receive(server, ours);
                while ((theirs = dtls_server_pop(server)) != NULL) {
                        fake_host_receive(host, theirs);
                        g_clear_pointer(&theirs, g_bytes_unref);
                }
        }
}

/* The server is in this process too and keeps the key: it is older than the watch. */
static void test_key_is_wiped(void)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, 0xC0A8, TRUE);
        g_autofree char *control = NULL;

        if (!can_watch())
                return;

        fill_key();
        fake_host_set_key(host, key, sizeof(key));
        dtls_server_set_psk(server, (const char *) key, sizeof(key), "device-1");

        watching = true;
        control = g_memdup2(key, sizeof(key));
        g_assert_cmpuint(count_blocks_with_key(), ==, 1);
        explicit_bzero(control, sizeof(key));
        explicit_bzero(key, sizeof(key));
        g_assert_cmpuint(count_blocks_with_key(), ==, 0);

        g_assert_cmpint(fake_host_create(host), ==, 0);
        g_assert_cmpint(fake_host_start(host), ==, 0);
        run_to_key_exchange(server, host);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_CONNECTING);
        g_assert_cmpuint(host->key_reads, ==, 1);
        g_assert_cmpuint(count_blocks_with_key(), ==, 0);
        dtls_server_exchange(server);
        g_assert_cmpint(fake_host_status(host)->state, ==, LWM_SECURITY_READY);
        g_assert_cmpuint(host->key_reads, ==, 1);
        g_assert_cmpuint(count_blocks_with_key(), ==, 0);
        g_assert_cmpuint(n_leaks, ==, 0);

        fake_host_destroy(host);
        watching = false;
        g_assert_cmpuint(n_watched, >, 10);
        g_assert_cmpuint(n_leaks, ==, 0);
}

/* A host that refuses allocates nothing either, so what is counted is the plugin's. */
static void test_messages_allocate_nothing(gconstpointer data)
{
        g_autoptr(FakeHost) host = fake_host_new(plugin_path);
        g_autoptr(DtlsServer) server = dtls_server_new(host, (int) GPOINTER_TO_UINT(data), TRUE);
        g_autoptr(GBytes) record = NULL;
        unsigned before;

        if (!can_watch())
                return;

        dtls_server_connect(server);
        dtls_server_send(server, "unasked");
        record = dtls_server_pop(server);
        host->emit_result = -ENOBUFS;

        before = n_watched;
        watching = true;
        g_assert_cmpint(fake_host_send(host, "message"), ==, -ENOBUFS);
        g_assert_cmpint(fake_host_receive(host, record), ==, -ENOBUFS);
        g_assert_cmpint(fake_host_receive(host, record), ==, -EBADMSG);
        watching = false;
        g_assert_cmpuint(n_watched, ==, before);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 2);
        plugin_path = argv[1];

        g_test_add_func("/psk/memory/key-is-wiped", test_key_is_wiped);
        g_test_add_data_func("/psk/memory/messages/ccm-8", GUINT_TO_POINTER(0xC0A8),
                             test_messages_allocate_nothing);
        g_test_add_data_func("/psk/memory/messages/cbc-sha256", GUINT_TO_POINTER(0x00AE),
                             test_messages_allocate_nothing);
        return g_test_run();
}
