/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * secured-packet.so and memory: no key and no plaintext stays in the session or in a block that is
 * freed, and strangers make nothing grow. AddressSanitizer shows the blocks that are freed.
 */

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>

#include "vectors.h"

#define N_HOSTILE 100000
#define KEY_LEN 16
#define STACK_LEN (256 * 1024)

extern int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *,
                                                                       size_t),
                                                     void (*on_free)(const volatile void *))
        __attribute__((weak));
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static const char *plugin_path;
static json_t *file;
static bool watching;
static unsigned n_freed;
static unsigned n_leaks;
static guint8 masks[2][KEY_LEN]; /* each key xor 0xff: only this lies in memory when it counts */

static bool has_mask(const guint8 *data, size_t size, const guint8 *mask)
{
        for (size_t i = 0; i + KEY_LEN <= size; i++) {
                size_t n = 0;

                while (n < KEY_LEN && data[i + n] == 0xff - mask[n])
                        n++;
                if (n == KEY_LEN)
                        return true;
        }

        return false;
}

static bool has_key(const void *data, size_t size)
{
        return has_mask(data, size, masks[0]) || has_mask(data, size, masks[1]);
}

static void on_malloc(const volatile void *data, size_t size)
{
}

static void on_free(const volatile void *data)
{
        if (!watching || !data)
                return;

        n_freed++;
        if (has_key((const void *) data, malloc_usable_size((void *) data)))
                n_leaks++;
}

static FakeHost *host_of(const json_t *vector)
{
        FakeHost *host = fake_host_new(plugin_path);

        account_of_vector(host, vector, TRUE);
        host->config.options = NULL;
        memcpy(masks[0], host->key, KEY_LEN); /* the host has them so, too */
        memcpy(masks[1], host->key + KEY_LEN, KEY_LEN);
        return host;
}

static bool session_has(const FakeHost *host, const void *data, size_t len)
{
        return memmem(host->session, malloc_usable_size(host->session), data, len) != NULL;
}

/* R18, R23: the keys are read for each packet and wiped behind it. */
static void test_wiped(void)
{
        const json_t *vector = vectors_find(file, "C-AES128-CC8-GET-MT");
        g_autoptr(FakeHost) host = host_of(vector);
        g_autoptr(GBytes) coap = vector_bytes(vector, "coap");
        g_autofree guint8 *control = g_malloc(KEY_LEN);
        gsize len;
        const void *plain = g_bytes_get_data(coap, &len);

        for (gsize i = 0; i < KEY_LEN; i++)
                control[i] = masks[1][i] ^ 0xff;
        g_assert_true(has_key(control, KEY_LEN));
        explicit_bzero(control, KEY_LEN);

        if (__sanitizer_install_malloc_and_free_hooks)
                __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
        watching = true;
        account_open(host);
        g_assert_false(has_key(host->session, malloc_usable_size(host->session)));
        g_assert_cmpint(receive_hex(host, vector_text(vector, "packet")), ==, 0);
        g_assert_false(has_key(host->session, malloc_usable_size(host->session)));
        g_assert_false(session_has(host, plain, len));
        g_assert_cmpint(receive_hex(host, vector_text(vector, "packet")), ==, -EBADMSG);
        g_assert_false(session_has(host, plain, len));
        g_assert_cmpint(send_bytes(host, coap), ==, 0);
        g_assert_false(has_key(host->session, malloc_usable_size(host->session)));
        g_assert_false(session_has(host, plain, len));
        fake_host_destroy(host);
        watching = false;

        g_assert_cmpuint(n_leaks, ==, 0);
        if (__sanitizer_install_malloc_and_free_hooks)
                g_assert_cmpuint(n_freed, >, 3);
        g_assert_cmpuint(host->key_reads, ==, 5); /* create, start, and the three packets */
}

static void *do_create(void *data)
{
        g_assert_cmpint(fake_host_create(data), ==, 0);
        return NULL;
}

static void *do_start(void *data)
{
        g_assert_cmpint(fake_host_start(data), ==, 0);
        return NULL;
}

static void *do_refuse(void *data)
{
        FakeHost *host = data;
        g_autoptr(GBytes) bytes =
                vector_bytes(vectors_find(file, "C-AES128-CC8-POR-SUBMIT-CC-CIPH"), "packet");
        gsize len;
        g_autofree guint8 *packet = g_memdup2(g_bytes_get_data(bytes, &len), 42);

        g_assert_cmpuint(len, ==, 42);
        packet[41] ^= 1;
        g_assert_cmpint(host->plugin->receive(host->session, packet, len, host->now), ==, -EBADMSG);
        return NULL;
}

static void *do_receive(void *data)
{
        FakeHost *host = data;
        const json_t *vector = vectors_find(file, "C-AES128-CC8-POR-SUBMIT-CC-CIPH");

        g_assert_cmpint(receive_hex(host, vector_text(vector, "packet")), ==, 0);
        g_assert_cmpuint(g_queue_get_length(&host->others), ==, 1);
        return NULL;
}

static void *do_send(void *data)
{
        FakeHost *host = data;

        host->emit_result = -ENOBUFS; /* so that little runs behind it on the same stack */
        g_assert_cmpint(send_hex(host, REQUEST), ==, -ENOBUFS);
        return NULL;
}

/* Half a key is a find too: the rest may have been written over by then. */
static bool has_half(const guint8 *data, size_t size)
{
        for (size_t i = 0; i + KEY_LEN / 2 <= size; i++) {
                for (size_t half = 0; half < 4; half++) {
                        const guint8 *mask = masks[half / 2] + half % 2 * (KEY_LEN / 2);
                        size_t n = 0;

                        while (n < KEY_LEN / 2 && data[i + n] == 0xff - mask[n])
                                n++;
                        if (n == KEY_LEN / 2)
                                return true;
                }
        }

        return false;
}

/* The same of the stack that each call of the plugin ran on. */
static void test_stack(void)
{
        void *(*const calls[])(void *) = {do_create, do_start, do_refuse, do_receive, do_send};
        g_autoptr(FakeHost) host = host_of(vectors_find(file, "C-AES128-CC8-POR-SUBMIT-CC-CIPH"));
        guint8 *stack = g_aligned_alloc(1, STACK_LEN, 4096);

        host->config.options = "por=yes";
        for (gsize i = 0; i < G_N_ELEMENTS(calls); i++) {
                pthread_attr_t attributes;
                pthread_t thread;

                memset(stack, 0, STACK_LEN);
                pthread_attr_init(&attributes);
                g_assert_cmpint(pthread_attr_setstack(&attributes, stack, STACK_LEN), ==, 0);
                g_assert_cmpint(pthread_create(&thread, &attributes, calls[i], host), ==, 0);
                g_assert_cmpint(pthread_join(thread, NULL), ==, 0);
                pthread_attr_destroy(&attributes);
                g_assert_false(has_half(stack, STACK_LEN));
        }
        g_assert_cmpuint(host->key_reads, ==, 6); /* the proof needs them again */
        g_aligned_free(stack);
}

static size_t allocated(void)
{
        if (__sanitizer_get_current_allocated_bytes)
                return __sanitizer_get_current_allocated_bytes();
        return mallinfo2().uordblks;
}

/* A real packet with octets changed, cut or added; every third is noise with a good header. */
static void spoil(GRand *random, const guint8 *packet, gsize len, guint8 *ret, gsize *ret_len)
{
        gsize n = len;

        memcpy(ret, packet, len);
        switch (g_rand_int_range(random, 0, 4)) {
        case 0:
                n = (gsize) g_rand_int_range(random, 0, (gint32) len);
                break;
        case 1:
                n = 10 + 16 * (gsize) g_rand_int_range(random, 1, 40);
                for (gsize i = 10; i < n; i++)
                        ret[i] = (guint8) g_rand_int(random);
                ret[0] = (guint8) ((n - 2) >> 8);
                ret[1] = (guint8) (n - 2);
                break;
        case 2:
                ret[g_rand_int_range(random, 0, (gint32) len)] ^=
                        (guint8) g_rand_int_range(random, 1, 256);
                break;
        default:
                ret[g_rand_int_range(random, 10, (gint32) len)] ^=
                        (guint8) (1 << g_rand_int_range(random, 0, 8));
                break;
        }
        if (n == len && (ret[3] ^ packet[3]) & 0xE0 && memcmp(ret, packet, 3) == 0)
                ret[2] ^= 1; /* reserved bits of SPI are no difference but for the checksum */
        *ret_len = n;
}

static void test_hostile(void)
{
        const json_t *vector = vectors_find(file, "C-AES128-CC8-GET-MT");
        g_autoptr(FakeHost) host = host_of(vector);
        g_autoptr(GBytes) good = vector_bytes(vector, "packet");
        g_autoptr(GRand) random = g_rand_new_with_seed(31115);
        gsize len;
        const guint8 *packet = g_bytes_get_data(good, &len);
        guint8 bad[1024];
        size_t before = 0;

        account_open(host);
        for (unsigned i = 0; i < N_HOSTILE; i++) {
                gsize bad_len;

                spoil(random, packet, len, bad, &bad_len);
                g_assert_cmpint(host->plugin->receive(host->session, bad, bad_len, host->now), ==,
                                -EBADMSG);
                g_assert_cmpuint(host->log->len, <=, 2);
                g_ptr_array_set_size(host->log, 0);
                if (i == 10)
                        before = allocated();
        }
        g_assert_cmpuint(allocated(), <=, before);
        g_assert_true(g_queue_is_empty(&host->messages));
        g_assert_true(g_queue_is_empty(&host->wire));
        g_assert_true(g_queue_is_empty(&host->others));
        g_assert_cmpuint(host->counter_sets, ==, 0);
        g_assert_cmpint(fake_host_receive(host, good), ==, 0);
}

int main(int argc, char **argv)
{
        int r;

        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 3);
        plugin_path = argv[1];
        file = vectors_load(argv[2]);

        g_test_add_func("/secured-packet/R23/wiped", test_wiped);
        g_test_add_func("/secured-packet/R23/stack", test_stack);
        g_test_add_func("/secured-packet/hostile", test_hostile);
        r = g_test_run();
        json_decref(file);
        return r;
}
