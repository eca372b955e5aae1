/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <keyutils.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/kernel-key.h"

/* Each test runs with both stores where the kernel has keys, else with the stand-in. */
typedef struct Fixture {
        bool skip;
} Fixture;

static void set_up(Fixture *f, gconstpointer force_process)
{
        kernel_key_init(GPOINTER_TO_INT(force_process));
        f->skip = !force_process && kernel_key_store() != KERNEL_KEY_STORE_KERNEL;
        if (f->skip)
                g_test_skip(kernel_key_store_reason());
}

static void tear_down(Fixture *f, gconstpointer force_process)
{
        kernel_key_shutdown();
}

static int32_t add(const char *description, const char *text)
{
        int32_t serial = 0;

        g_assert_cmpint(kernel_key_add(description, text, strlen(text), &serial), ==, 0);
        g_assert_cmpint(serial, !=, 0);
        return serial;
}

static void assert_key(int32_t serial, const char *expected)
{
        char copy[100];
        ssize_t n = kernel_key_read(serial, copy, sizeof(copy));

        g_assert_cmpmem(copy, n, expected, strlen(expected));
}

static void assert_gone(int32_t serial)
{
        char copy[100];

        g_assert_cmpint(kernel_key_read(serial, copy, sizeof(copy)), ==, -ENOKEY);
}

static void test_add_read_revoke(Fixture *f, gconstpointer force_process)
{
        int32_t first, second;

        if (f->skip)
                return;
        g_assert_true((kernel_key_store() == KERNEL_KEY_STORE_PROCESS) == !!force_process);
        g_assert_cmpstr(kernel_key_store_reason(), ==, force_process ? "chosen in lwm2md.conf" : "");

        first = add("lwm2md:101:psk", "secret");
        second = add("lwm2md:102:psk", "other");
        g_assert_true((first < 0) == !!force_process);
        assert_key(first, "secret");
        assert_key(second, "other");
        g_assert_cmpint(kernel_key_read(first, NULL, 0), ==, 6);

        kernel_key_revoke(first);
        kernel_key_revoke(first);
        assert_gone(first);
        assert_key(second, "other");
}

static void test_replace(Fixture *f, gconstpointer force_process)
{
        int32_t old, new;

        if (f->skip)
                return;
        old = add("lwm2md:101:psk", "old");
        new = add("lwm2md:101:psk", "new one");
        g_assert_cmpint(old, !=, new);
        assert_gone(old);
        assert_key(new, "new one");
        kernel_key_revoke(new);
        assert_key(add("lwm2md:101:psk", "again"), "again");
}

static void test_limits(Fixture *f, gconstpointer force_process)
{
        static uint8_t data[KERNEL_KEY_MAX_SIZE + 1];
        g_autofree char *longest = g_strnfill(KERNEL_KEY_MAX_DESCRIPTION + 1, 'x');
        int32_t serial = 77;

        if (f->skip)
                return;
        g_assert_cmpint(kernel_key_add("x", data, sizeof(data), &serial), ==, -EMSGSIZE);
        g_assert_cmpint(kernel_key_add("x", data, 0, &serial), ==, -EINVAL);
        g_assert_cmpint(kernel_key_add("", data, 1, &serial), ==, -EINVAL);
        g_assert_cmpint(kernel_key_add(longest, data, 1, &serial), ==, -EINVAL);
        g_assert_cmpint(serial, ==, 77);

        for (unsigned i = 0; i < KERNEL_KEY_MAX_KEYS; i++) {
                g_autofree char *description = g_strdup_printf("lwm2md:%u:psk", i);

                serial = add(description, description);
                assert_key(serial, description);
        }
        g_assert_cmpint(kernel_key_add("one more", data, 1, &serial), ==, -ENOSPC);
        assert_key(add("lwm2md:7:psk", "replaced"), "replaced"); /* also when all are taken */
}

static void test_foreign_serials(Fixture *f, gconstpointer force_process)
{
        static const int32_t serials[] = {0, -1, -2, -3, -8, INT32_MIN, INT32_MAX};
        char copy[10];

        if (f->skip)
                return;
        for (unsigned i = 0; i < G_N_ELEMENTS(serials); i++) {
                g_assert_cmpint(kernel_key_read(serials[i], copy, sizeof(copy)), ==, -ENOKEY);
                kernel_key_revoke(serials[i]);
        }
}

static void test_sign(Fixture *f, gconstpointer force_process)
{
        uint8_t signature[100];

        if (f->skip)
                return;
        g_assert_cmpint(kernel_key_sign(add("lwm2md:101:key", "no key pair"), "hash=sha256",
                                        "digest", 6, signature, sizeof(signature)),
                        ==, -EOPNOTSUPP);
}

/* ---- In the kernel only ------------------------------------------------------ */

static void test_description(Fixture *f, gconstpointer force_process)
{
        g_autofree char *keys = NULL, *description = NULL;
        int32_t serial;

        if (f->skip)
                return;
        serial = add("lwm2md:4711:psk", "secret");
        g_assert_true(g_file_get_contents("/proc/keys", &keys, NULL, NULL));
        g_assert_nonnull(strstr(keys, "lwm2md:4711:psk"));
        g_assert_null(strstr(keys, "secret"));

        /* Possessors only: nothing for this user's other processes. */
        g_assert_cmpint(keyctl_describe_alloc(serial, &description), >, 0);
        g_assert_nonnull(strstr(description, ";3f000000;"));
}

/* A child that has executed something else, as one that a library might start. */
static void test_not_inherited(Fixture *f, gconstpointer force_process)
{
        g_autofree char *serial = NULL, *output = NULL;
        g_autoptr(GError) error = NULL;
        pid_t child;
        int status;

        if (f->skip)
                return;
        serial = g_strdup_printf("%d", add("lwm2md:101:psk", "secret"));

        child = fork();
        if (child == 0) {
                char copy[10];

                _exit(keyctl_read(atoi(serial), copy, sizeof(copy)) < 0 ? 0 : 1);
        }
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_cmpint(status, ==, 0);

        const char *argv[] = {"/proc/self/exe", "--read", serial, NULL};
        g_spawn_sync(NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL,
                     &status, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(output, ==, "-1");
}

static int read_for_parent(const char *serial)
{
        char copy[10];

        g_print("%ld", keyctl_read(atoi(serial), copy, sizeof(copy)));
        return 0;
}

/* 0 when the quota was met, said so, and came back. */
static int meet_quota(void)
{
        static uint8_t data[3000];
        gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
        int32_t serial;
        int r = 0;

        if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
                return 2;
        kernel_key_init(false);
        for (unsigned i = 0; i < KERNEL_KEY_MAX_KEYS && r == 0; i++) {
                g_autofree char *description = g_strdup_printf("lwm2md:%u:key", i);

                r = kernel_key_add(description, data, sizeof(data), &serial);
        }
        if (r != -EDQUOT)
                return 3;
        kernel_key_revoke(serial); /* the last one that went in */
        while ((r = kernel_key_add("lwm2md:again", data, sizeof(data), &serial)) == -EDQUOT)
                if (g_get_monotonic_time() > end)
                        return 4;
        return r == 0 && kernel_key_read(serial, data, sizeof(data)) == sizeof(data) ? 0 : 5;
}

/* As a user who is not root, whose quota is small. */
static void test_quota(void)
{
        pid_t child = fork();
        int status;

        if (child == 0)
                _exit(meet_quota());
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_cmpint(status, ==, 0);
}

#define ADD(path, force, func)                                                                     \
        g_test_add(path, Fixture, GINT_TO_POINTER(force), set_up, func, tear_down)

int main(int argc, char **argv)
{
        if (argc == 3 && strcmp(argv[1], "--read") == 0)
                return read_for_parent(argv[2]);

        g_test_init(&argc, &argv, NULL);
        ADD("/kernel-key/kernel/add-read-revoke", false, test_add_read_revoke);
        ADD("/kernel-key/kernel/replace", false, test_replace);
        ADD("/kernel-key/kernel/limits", false, test_limits);
        ADD("/kernel-key/kernel/foreign-serials", false, test_foreign_serials);
        ADD("/kernel-key/kernel/sign", false, test_sign);
        ADD("/kernel-key/kernel/description", false, test_description);
        ADD("/kernel-key/kernel/not-inherited", false, test_not_inherited);
        ADD("/kernel-key/process/add-read-revoke", true, test_add_read_revoke);
        ADD("/kernel-key/process/replace", true, test_replace);
        ADD("/kernel-key/process/limits", true, test_limits);
        ADD("/kernel-key/process/foreign-serials", true, test_foreign_serials);
        ADD("/kernel-key/process/sign", true, test_sign);
        g_test_add_func("/kernel-key/kernel/quota", test_quota);
        return g_test_run();
}
