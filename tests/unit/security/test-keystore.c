/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/kernel-key.h"
#include "fault.h"
#include "keystore-fixture.h"

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

static void test_stamp(Fixture *f, gconstpointer data)
{
        uint64_t first, second;

        g_assert_cmpuint(keystore_stamp(f->keys, 101), ==, 0);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, OLD), ==, 0);
        first = keystore_stamp(f->keys, 101);
        g_assert_cmpuint(first, !=, 0);
        g_assert_cmpint(set(f, 102, KEY_SLOT_PSK, OLD), ==, 0);
        g_assert_cmpuint(keystore_stamp(f->keys, 101), ==, first);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK_IDENTITY, "me"), ==, 0);
        second = keystore_stamp(f->keys, 101);
        g_assert_cmpuint(second, !=, first);
        reopen_store(f);
        g_assert_cmpuint(keystore_stamp(f->keys, 101), ==, second);
        g_assert_cmpint(set(f, 101, KEY_SLOT_PSK, OLD), ==, 0);
        g_assert_cmpuint(keystore_stamp(f->keys, 101), !=, second);
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
        static const char version_2[18] = {2}, without_content[17] = {1};

        g_assert_cmpint(seal_write(f->seal, "key-1-psk", version_2, sizeof(version_2)), ==, 0);
        g_assert_cmpint(seal_write(f->seal, "key-2-psk", without_content, sizeof(without_content)),
                        ==, 0);
        g_assert_cmpint(seal_write(f->seal, "key-3-psk", "", 0), ==, 0);
        reopen_store(f);
        for (uint16_t account = 1; account <= 3; account++)
                g_assert_cmpint(keystore_serial(f->keys, account, KEY_SLOT_PSK), ==, 0);
}

#define ADD(name, func)                                                                            \
        g_test_add("/security/keystore/" name, Fixture, NULL, fixture_set_up, func,                \
                   fixture_tear_down)

int main(int argc, char **argv)
{
        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/security/keystore/slots", test_slots);
        ADD("restart", test_restart);
        ADD("replace", test_replace);
        ADD("describe", test_describe);
        ADD("clear", test_clear);
        ADD("stamp", test_stamp);
        ADD("listener", test_listener);
        ADD("limits", test_limits);
        ADD("damaged", test_damaged);
        ADD("strange-content", test_strange_content);
        return g_test_run();
}
