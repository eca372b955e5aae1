/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A credential comes to a state directory that was sealed under its own key file. */

#include "security/reseal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/kernel-key.h"
#include "base/log.h"
#include "fault.h"
#include "seal-fixture.h"
#include "test-util.h"

#define CREDENTIAL "0123456789abcdef0123456789abcdef"

/* Below the state directory, where it is as little in the way as any other directory. */
static Seal *open_with_credential(const char *directory)
{
        g_autofree char *credentials = g_build_filename(directory, "credentials", NULL);
        Seal *seal = NULL;

        test_dir_put(credentials, "lwm2md.kmk", CREDENTIAL);
        g_assert_cmpint(seal_new(directory, credentials, &seal), ==, 0);
        g_assert_cmpstr(seal_key_source(seal), ==, "credential");
        return seal;
}

static bool has(Fixture *f, const char *name)
{
        g_autofree char *path = g_build_filename(f->directory, name, NULL);

        return access(path, F_OK) == 0;
}

static void fill(Fixture *f)
{
        put(f->seal, "accounts", "the accounts before");
        put(f->seal, "accounts", OLD);
        put(f->seal, "key-101-psk", NEW);
}

static void assert_moved(Fixture *f, Seal *seal)
{
        assert_content(seal, "accounts", OLD, false);
        assert_content(seal, "key-101-psk", NEW, false);
        g_assert_false(has(f, "master.key"));
}

static void test_moved(Fixture *f, gconstpointer data)
{
        g_autoptr(Seal) seal = NULL;

        fill(f);
        seal = open_with_credential(f->directory);
        g_assert_false(seal_owns(seal, "accounts"));
        g_assert_cmpint(reseal(seal, f->directory), ==, 0);
        g_assert_true(seal_owns(seal, "accounts"));
        assert_moved(f, seal);
        g_assert_null(strstr(f->log->str, "not used"));

        /* The generation before too: it is what is left when the newest is lost. */
        store(f, "accounts", "torn", 4);
        store(f, "key-101-psk", "torn", 4);
        assert_content(seal, "accounts", OLD, true);
        assert_content(seal, "key-101-psk", NEW, true);

        g_assert_cmpint(reseal(seal, f->directory), ==, 0);
        assert_content(seal, "accounts", OLD, true);
}

/* Nothing to do: no credential, or no key file. */
static void test_nothing(Fixture *f, gconstpointer data)
{
        g_autoptr(Seal) seal = NULL;
        g_autofree char *before = NULL, *after = NULL;
        size_t len, len_after;

        fill(f);
        before = load(f, "accounts", &len);
        g_assert_cmpint(reseal(f->seal, f->directory), ==, 0);
        after = load(f, "accounts", &len_after);
        g_assert_cmpmem(before, len, after, len_after);
        g_assert_true(has(f, "master.key"));

        g_assert_cmpint(file_remove(f->directory, "master.key"), ==, 0);
        seal = open_with_credential(f->directory);
        g_assert_cmpint(reseal(seal, f->directory), ==, 0);
        g_clear_pointer(&after, g_free);
        after = load(f, "accounts", &len_after);
        g_assert_cmpmem(before, len, after, len_after);
        g_assert_false(has(f, "master.key"));
}

/* One file that nobody can open does not keep the others. */
static void test_damaged(Fixture *f, gconstpointer data)
{
        g_autoptr(Seal) seal = NULL;

        fill(f);
        store(f, "a-stranger", "not sealed at all", 17);
        seal = open_with_credential(f->directory);
        g_assert_cmpint(reseal(seal, f->directory), ==, 0);
        assert_moved(f, seal);
        g_assert_true(has(f, "a-stranger"));
}

/* What cannot be read now may be the next time: its key is not thrown away. */
static void test_bad_sector(Fixture *f, gconstpointer data)
{
        g_autoptr(Seal) seal = NULL;

        fill(f);
        seal = open_with_credential(f->directory);
        fault_unreadable("key-101-psk");
        g_assert_cmpint(reseal(seal, f->directory), ==, 0);
        fault_unreadable(NULL);
        assert_content(seal, "accounts", OLD, false);
        g_assert_true(has(f, "master.key"));
        g_assert_cmpint(reseal(seal, f->directory), ==, 0);
        assert_moved(f, seal);
}

static void test_damaged_key_file(Fixture *f, gconstpointer data)
{
        g_autoptr(Seal) seal = NULL;

        fill(f);
        store(f, "master.key", "short", 5);
        seal = open_with_credential(f->directory);
        g_assert_cmpint(reseal(seal, f->directory), ==, 0);
        g_assert_nonnull(strstr(f->log->str, "master.key: cannot be used"));
        g_assert_true(has(f, "master.key"));
}

/* The disk fails at each step; with room again it goes on. */
static void test_disk_fails(Fixture *f, gconstpointer data)
{
        unsigned step = 1;
        int r;

        fill(f);
        do {
                g_autoptr(Seal) seal = open_with_credential(f->directory);

                fault_fail_at(step++, ENOSPC);
                r = reseal(seal, f->directory);
                fault_fail_at(0, 0);
                g_assert_true(r == 0 || r == -ENOSPC);
                if (r < 0 && has(f, "master.key"))
                        assert_content(seal_owns(seal, "accounts") ? seal : f->seal, "accounts",
                                       OLD, false);
                if (r == 0)
                        assert_moved(f, seal);
        } while (r < 0 && step < 100);
        g_assert_cmpint(r, ==, 0);
}

static int crash(const char *name, const char *directory)
{
        g_autoptr(Seal) seal = NULL;

        kernel_key_init(false);
        log_set_level(LOG_LEVEL_ERROR);
        seal = open_with_credential(directory);
        fault_arm();
        g_assert_cmpint(reseal(seal, directory), ==, 0);
        return 0;
}

/* The power is cut at each step of the first start with the credential. */
static void test_crash(void)
{
        unsigned step = 1;
        bool killed;

        do {
                Fixture f = {0};
                g_autoptr(Seal) seal = NULL;

                fixture_set_up(&f, NULL);
                fill(&f);
                killed = fault_crash("reseal", f.directory, step++);
                seal = open_with_credential(f.directory);
                g_assert_cmpint(file_sweep(f.directory), ==, 0);
                g_assert_cmpint(reseal(seal, f.directory), ==, 0);
                assert_moved(&f, seal);
                fixture_tear_down(&f, NULL);
        } while (killed);
        g_assert_cmpuint(step, >, 30); /* four replacements of five steps or ten, the key file */
}

#define ADD(name, func)                                                                            \
        g_test_add("/security/reseal/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int main(int argc, char **argv)
{
        const char *name, *directory;

        if (fault_is_child(argc, argv, &name, &directory))
                return crash(name, directory);

        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        ADD("moved", test_moved);
        ADD("nothing", test_nothing);
        ADD("damaged", test_damaged);
        ADD("bad-sector", test_bad_sector);
        ADD("damaged-key-file", test_damaged_key_file);
        ADD("disk-fails", test_disk_fails);
        g_test_add_func("/security/reseal/crash", test_crash);
        return g_test_run();
}
