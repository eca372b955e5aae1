/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/keystore.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/kernel-key.h"
#include "base/log.h"
#include "fault.h"
#include "test-util.h"

#define OLD "old key: 0123456789"
#define NEW "new key"

typedef struct Fixture {
        char *directory;
        Seal *seal;
        Keystore *keys;
        GString *log;
} Fixture;

static void on_line(LogLevel level, const char *line, void *user)
{
        g_string_append_printf(user, "%s\n", line);
}

static void open_store(Fixture *f)
{
        g_assert_cmpint(seal_new(f->directory, NULL, &f->seal), ==, 0);
        g_assert_cmpint(keystore_new(f->seal, &f->keys), ==, 0);
}

static void close_store(Fixture *f)
{
        g_clear_pointer(&f->keys, keystore_free);
        g_clear_pointer(&f->seal, seal_free);
}

static void reopen_store(Fixture *f)
{
        close_store(f);
        open_store(f);
}

static void set_up(Fixture *f, gconstpointer data)
{
        f->directory = test_dir_new();
        f->log = g_string_new(NULL);
        log_set_sink(on_line, f->log);
        open_store(f);
}

static void tear_down(Fixture *f, gconstpointer data)
{
        close_store(f);
        log_set_sink(NULL, NULL);
        g_string_free(f->log, TRUE);
        test_dir_free(f->directory);
}

static int set(Fixture *f, uint16_t account, KeySlot slot, const char *text)
{
        return keystore_set(f->keys, account, slot, text, strlen(text));
}

/* What the kernel has, read as a plugin would. */
static void assert_psk(Fixture *f, uint16_t account, const char *expected)
{
        char key[64] = {0};
        ssize_t n =
                kernel_key_read(keystore_serial(f->keys, account, KEY_SLOT_PSK), key, sizeof(key));

        g_assert_cmpint(n, ==, strlen(expected));
        g_assert_cmpmem(key, (size_t) n, expected, strlen(expected));
}

static bool file_exists(Fixture *f, const char *name)
{
        g_autofree char *path = g_build_filename(f->directory, name, NULL);

        return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void spoil(Fixture *f, const char *name)
{
        g_autofree char *path = g_build_filename(f->directory, name, NULL);

        g_assert_true(g_file_set_contents(path, "spoilt", -1, NULL));
}

static void test_slots(void)
{
        g_assert_cmpstr(key_slot_to_string(KEY_SLOT_PSK_IDENTITY), ==, "psk-identity");
        g_assert_cmpint(key_slot_from_string("psk"), ==, KEY_SLOT_PSK);
        g_assert_cmpint(key_slot_from_string("password"), ==, -EINVAL);
        g_assert_true(key_slot_is_secret(KEY_SLOT_PSK));
        g_assert_false(key_slot_is_secret(KEY_SLOT_PSK_IDENTITY));
}

static void test_restart(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(keystore_serial(f->keys, 101, KEY_SLOT_PSK), ==, 0);
        g_assert_null(keystore_public(f->keys, 101, KEY_SLOT_PSK_IDENTITY));
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, OLD), ==, 0);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK_IDENTITY, "me"), ==, 0);
        g_assert_cmpint(set(f, 0, KEY_SLOT_PSK, "bootstrap"), ==, 0);
        g_assert_true(file_exists(f, "key-101-psk"));
        g_assert_true(file_exists(f, "key-101-psk-identity"));
        g_assert_true(file_exists(f, "key-0-psk"));
        assert_psk(f, 101, OLD);

        reopen_store(f);
        assert_psk(f, 101, OLD);
        assert_psk(f, 0, "bootstrap");
        GBytes *identity = keystore_public(f->keys, 101, KEY_SLOT_PSK_IDENTITY);
        g_assert_cmpmem(g_bytes_get_data(identity, NULL), g_bytes_get_size(identity), "me", 2);
        g_assert_cmpint(keystore_serial(f->keys, 101, KEY_SLOT_PSK_IDENTITY), ==, 0);
        g_assert_null(keystore_public(f->keys, 101, KEY_SLOT_PSK));
}

static void test_replace(Fixture *f, gconstpointer data)
{
        char key[64];
        int32_t old;

        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, OLD), ==, 0);
        old = keystore_serial(f->keys, 101, KEY_SLOT_PSK);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, NEW), ==, 0);
        assert_psk(f, 101, NEW);
        g_assert_cmpint(kernel_key_read(old, key, sizeof(key)), <, 0);
        reopen_store(f);
        assert_psk(f, 101, NEW);
}

static void test_describe(Fixture *f, gconstpointer data)
{
        gint64 before = g_get_real_time() / G_USEC_PER_SEC;
        KeyDescription description;

        g_assert_cmpint(keystore_describe(f->keys, 101, KEY_SLOT_PSK, &description), ==, -ENOENT);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, OLD), ==, 0);
        reopen_store(f);
        g_assert_cmpint(keystore_describe(f->keys, 101, KEY_SLOT_PSK, &description), ==, 0);
        g_assert_cmpint(description.slot, ==, KEY_SLOT_PSK);
        g_assert_cmpuint(description.len, ==, strlen(OLD));
        g_assert_cmpint(description.serial, ==, keystore_serial(f->keys, 101, KEY_SLOT_PSK));
        g_assert_cmpint(description.serial, !=, 0);
        g_assert_cmpint(description.set_at, >=, before);
        g_assert_cmpint(description.set_at, <=, g_get_real_time() / G_USEC_PER_SEC);
}

static void test_clear(Fixture *f, gconstpointer data)
{
        char key[64];
        int32_t serial;

        g_assert_cmpint(keystore_clear(f->keys, 101, KEY_SLOT_PSK), ==, 0);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, OLD), ==, 0);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, NEW), ==, 0);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK_IDENTITY, "me"), ==, 0);
        g_assert_cmpint(set(f, 102, KEY_SLOT_PSK, OLD), ==, 0);
        serial = keystore_serial(f->keys, 101, KEY_SLOT_PSK);

        g_assert_cmpint(keystore_clear_account(f->keys, 101), ==, 0);
        g_assert_cmpint(keystore_serial(f->keys, 101, KEY_SLOT_PSK), ==, 0);
        g_assert_cmpint(kernel_key_read(serial, key, sizeof(key)), <, 0);
        g_assert_false(file_exists(f, "key-101-psk"));
        g_assert_false(file_exists(f, "key-101-psk~"));
        reopen_store(f);
        g_assert_cmpint(keystore_serial(f->keys, 101, KEY_SLOT_PSK), ==, 0);
        g_assert_null(keystore_public(f->keys, 101, KEY_SLOT_PSK_IDENTITY));
        assert_psk(f, 102, OLD);
}

static void on_change(uint16_t account, KeySlot slot, void *user)
{
        Fixture *f = user;

        g_string_append_printf(f->log, "[%u %s %s]", account, key_slot_to_string(slot),
                               keystore_serial(f->keys, account, slot) != 0 ? "set" : "clear");
}

static void test_listener(Fixture *f, gconstpointer data)
{
        g_string_truncate(f->log, 0);
        keystore_set_listener(f->keys, on_change, f);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, OLD), ==, 0);
        fault_fail_at(1, ENOSPC);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, NEW), ==, -ENOSPC);
        fault_fail_at(0, 0);
        g_assert_cmpint(keystore_clear_account(f->keys, 101), ==, 0);
        g_assert_cmpstr(f->log->str, ==, "[101 psk set][101 psk clear]");
}

static void test_limits(Fixture *f, gconstpointer data)
{
        g_autofree char *large = g_malloc0(KEYSTORE_MAX_SIZE + 1);

        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, OLD), ==, 0);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, ""), ==, -EINVAL);
        g_assert_cmpint(keystore_set(f->keys, 101, KEY_SLOT_PSK, large, KERNEL_KEY_MAX_SIZE + 1),
                        ==, -EMSGSIZE);
        g_assert_cmpint(
                keystore_set(f->keys, 101, KEY_SLOT_PSK_IDENTITY, large, KEYSTORE_MAX_SIZE + 1), ==,
                -EMSGSIZE);
        g_assert_cmpint(keystore_set(f->keys, 101, KEY_SLOT_PSK_IDENTITY, large, KEYSTORE_MAX_SIZE),
                        ==, 0);
        assert_psk(f, 101, OLD);

        for (uint16_t i = 1; i < KEYSTORE_MAX_ACCOUNTS; i++)
                g_assert_cmpint(set(f, i, KEY_SLOT_PSK, OLD), ==, 0);
        g_assert_cmpint(set(f, 500, KEY_SLOT_PSK, OLD), ==, -ENOSPC);
        g_assert_false(file_exists(f, "key-500-psk"));

        /* Those that are there can still be changed, and after a restart too. */
        reopen_store(f);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, NEW), ==, 0);
        g_assert_cmpint(set(f, 1, KEY_SLOT_PSK_IDENTITY, "one"), ==, 0);
}

/* The kernel has no room: the key that is there keeps working, here and after a restart. */
static void test_quota(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, OLD), ==, 0);
        fault_quota(true);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, NEW), ==, -EDQUOT);
        g_assert_cmpint(set(f, 102, KEY_SLOT_PSK, NEW), ==, -EDQUOT);
        fault_quota(false);
        assert_psk(f, 101, OLD);
        g_assert_false(file_exists(f, "key-102-psk"));
        reopen_store(f);
        assert_psk(f, 101, OLD);
}

static void test_quota_at_start(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, OLD), ==, 0);
        g_clear_pointer(&f->keys, keystore_free);
        fault_quota(true);
        g_assert_cmpint(keystore_new(f->seal, &f->keys), ==, 0);
        fault_quota(false);
        g_assert_cmpint(keystore_serial(f->keys, 101, KEY_SLOT_PSK), ==, 0);
        g_assert_nonnull(strstr(f->log->str, "key-101-psk: not available: Disk quota exceeded"));
        g_assert_true(file_exists(f, "key-101-psk"));
        reopen_store(f);
        assert_psk(f, 101, OLD);
}

static void test_disk_fails(Fixture *f, gconstpointer data)
{
        static const int errors[] = {ENOSPC, EROFS};
        unsigned last;

        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, "older"), ==, 0);
        fault_fail_at(0, 0);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, OLD), ==, 0);
        last = fault_steps();
        for (size_t i = 0; i < G_N_ELEMENTS(errors); i++)
                for (unsigned step = 1; step < last; step++) {
                        fault_fail_at(step, errors[i]);
                        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, NEW), ==, -errors[i]);
                        fault_fail_at(0, 0);
                        assert_psk(f, 101, OLD);
                        reopen_store(f);
                        assert_psk(f, 101, OLD);
                }

        fault_fail_at(1, EROFS);
        g_assert_cmpint(keystore_clear(f->keys, 101, KEY_SLOT_PSK), ==, -EROFS);
        fault_fail_at(0, 0);
        assert_psk(f, 101, OLD);
        reopen_store(f);
        assert_psk(f, 101, OLD);
}

static void test_damaged(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, OLD), ==, 0);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, NEW), ==, 0);
        g_assert_cmpint(set(f, 102, KEY_SLOT_PSK, OLD), ==, 0);
        spoil(f, "key-101-psk");
        spoil(f, "key-102-psk");
        spoil(f, "key-103-psk~");
        spoil(f, "key-0104-psk");
        spoil(f, "key-70000-psk");
        spoil(f, "key-101-password");
        spoil(f, "key-");

        reopen_store(f);
        assert_psk(f, 101, OLD);
        g_assert_cmpint(keystore_serial(f->keys, 102, KEY_SLOT_PSK), ==, 0);
        g_assert_cmpint(keystore_serial(f->keys, 104, KEY_SLOT_PSK), ==, 0);
        g_assert_nonnull(
                strstr(f->log->str, "key-101-psk: the content before the last change is used"));
        g_assert_nonnull(strstr(f->log->str, "key-102-psk: not available: damaged"));
        g_assert_nonnull(strstr(f->log->str, "key-103-psk: not available: damaged"));
        g_assert_nonnull(strstr(f->log->str, "key-0104-psk: not available"));
        g_assert_true(file_exists(f, "key-102-psk"));

        /* It can be set again, and cleared. */
        g_assert_cmpint(set(f, 102, KEY_SLOT_PSK, NEW), ==, 0);
        g_assert_cmpint(keystore_clear(f->keys, 103, KEY_SLOT_PSK), ==, 0);
        g_assert_false(file_exists(f, "key-103-psk~"));
        reopen_store(f);
        assert_psk(f, 102, NEW);
}

/* Bytes that are sealed well but are no key of ours. */
static void test_strange_content(Fixture *f, gconstpointer data)
{
        static const char version_2[10] = {2}, without_content[9] = {1};

        g_assert_cmpint(seal_write(f->seal, "key-1-psk", version_2, sizeof(version_2)), ==, 0);
        g_assert_cmpint(seal_write(f->seal, "key-2-psk", without_content, sizeof(without_content)),
                        ==, 0);
        g_assert_cmpint(seal_write(f->seal, "key-3-psk", "", 0), ==, 0);
        reopen_store(f);
        for (uint16_t account = 1; account <= 3; account++)
                g_assert_cmpint(keystore_serial(f->keys, account, KEY_SLOT_PSK), ==, 0);
}

static int crash(const char *name, const char *directory)
{
        Fixture f = {.directory = (char *) directory};

        kernel_key_init(false);
        open_store(&f);
        fault_arm();
        g_assert_cmpint(strcmp(name, "set") == 0 ? set(&f, 101, KEY_SLOT_PSK, NEW)
                                                 : keystore_clear(f.keys, 101, KEY_SLOT_PSK),
                        ==, 0);
        close_store(&f);
        return 0;
}

/* Killed at each step: afterwards it is the one or the other, and the other slots are as they were.
 */
static void test_crash(Fixture *f, gconstpointer data)
{
        const char *what = data;
        unsigned n_old = 0, step = 1;
        bool killed;

        g_assert_cmpint(set(f, 102, KEY_SLOT_PSK, "other"), ==, 0);
        do {
                KeyDescription description;

                g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, OLD), ==, 0);
                killed = fault_crash(what, f->directory, step++);
                reopen_store(f);
                assert_psk(f, 102, "other");
                if (keystore_describe(f->keys, 101, KEY_SLOT_PSK, &description) < 0) {
                        g_assert_cmpstr(what, ==, "clear");
                } else if (description.len == strlen(OLD)) {
                        n_old++;
                        assert_psk(f, 101, OLD);
                } else {
                        g_assert_cmpstr(what, ==, "set");
                        assert_psk(f, 101, NEW);
                }
                g_assert_null(strstr(f->log->str, "not available"));
                g_assert_null(strstr(f->log->str, "before the last change"));
        } while (killed);
        g_assert_cmpuint(n_old, >=, 3);
        g_assert_cmpuint(n_old, <, step - 1);
}

#define ADD(name, data, func)                                                                      \
        g_test_add("/security/keystore/" name, Fixture, data, set_up, func, tear_down)

int main(int argc, char **argv)
{
        const char *name, *directory;

        if (fault_is_child(argc, argv, &name, &directory))
                return crash(name, directory);

        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/security/keystore/slots", test_slots);
        ADD("restart", NULL, test_restart);
        ADD("replace", NULL, test_replace);
        ADD("describe", NULL, test_describe);
        ADD("clear", NULL, test_clear);
        ADD("listener", NULL, test_listener);
        ADD("limits", NULL, test_limits);
        ADD("quota", NULL, test_quota);
        ADD("quota-at-start", NULL, test_quota_at_start);
        ADD("disk-fails", NULL, test_disk_fails);
        ADD("damaged", NULL, test_damaged);
        ADD("strange-content", NULL, test_strange_content);
        ADD("crash-set", "set", test_crash);
        ADD("crash-clear", "clear", test_crash);
        return g_test_run();
}
