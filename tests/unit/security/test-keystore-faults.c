/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A kernel without room, disks that are full or read-only, and a power cut at each step. */

#include <errno.h>
#include <string.h>

#include "base/kernel-key.h"
#include "fault.h"
#include "keystore-fixture.h"

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
        g_test_add("/security/keystore-faults/" name, Fixture, data, fixture_set_up, func,         \
                   fixture_tear_down)

int main(int argc, char **argv)
{
        const char *name, *directory;

        if (fault_is_child(argc, argv, &name, &directory))
                return crash(name, directory);

        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        ADD("quota", NULL, test_quota);
        ADD("quota-at-start", NULL, test_quota_at_start);
        ADD("disk-fails", NULL, test_disk_fails);
        ADD("crash-set", "set", test_crash);
        ADD("crash-clear", "clear", test_crash);
        return g_test_run();
}
