/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Disks that are full or read-only, a kernel without room for keys, and a power cut at each step.
 */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/kernel-key.h"
#include "base/log.h"
#include "fault.h"
#include "seal-fixture.h"
#include "test-util.h"

static void on_line(LogLevel level, const char *line, void *user)
{
}

/* Each step of a replacement fails in turn, as on a full or a read-only disk. */
static void test_disk_fails(Fixture *f, gconstpointer data)
{
        static const int errors[] = {ENOSPC, EROFS, EIO};
        unsigned last = 0;

        put(f->seal, "name", "the oldest");
        put(f->seal, "name", OLD);
        fault_fail_at(0, 0);
        put(f->seal, "name", OLD);
        last = fault_steps();
        g_assert_cmpuint(last, ==, 10); /* twice: make, write, fsync, rename, fsync the directory */

        for (size_t i = 0; i < G_N_ELEMENTS(errors); i++)
                for (unsigned step = 1; step < last; step++) {
                        fault_fail_at(step, errors[i]);
                        g_assert_cmpint(seal_write(f->seal, "name", NEW, strlen(NEW)), ==,
                                        -errors[i]);
                        fault_fail_at(0, 0);
                        assert_content(f->seal, "name", OLD, false);
                }
        put(f->seal, "name", NEW);
        assert_content(f->seal, "name", NEW, false);
}

/* A sector that cannot be read is no reason not to write elsewhere. */
static void test_bad_sector(Fixture *f, gconstpointer data)
{
        put(f->seal, "name", OLD);
        put(f->seal, "name", "lost with the sector");
        fault_unreadable("name");
        assert_content(f->seal, "name", OLD, true);
        put(f->seal, "name", NEW);
        fault_unreadable(NULL);
        assert_content(f->seal, "name", NEW, false);

        /* The generation before is the one that was sound. */
        fault_unreadable("name");
        assert_content(f->seal, "name", OLD, true);
        fault_unreadable(NULL);
}

static void test_no_room_for_key(void)
{
        char *directory = test_dir_new();
        Seal *seal;

        log_set_sink(on_line, NULL);
        for (unsigned step = 1; step <= 5; step++) {
                fault_fail_at(step, EROFS);
                g_assert_cmpint(seal_new(directory, NULL, &seal), ==, -EROFS);
        }
        fault_fail_at(0, 0);
        fault_quota(true);
        g_assert_cmpint(seal_new(directory, NULL, &seal), ==, -EDQUOT);
        fault_quota(false);
        test_dir_free(directory);
}

/* ---- Power cuts -------------------------------------------------------------------- */

static int crash(const char *name, const char *directory)
{
        g_autoptr(Seal) seal = NULL;

        log_set_sink(on_line, NULL);
        kernel_key_init(false);
        if (strcmp(name, "new") == 0)
                fault_arm();
        g_assert_cmpint(seal_new(directory, NULL, &seal), ==, 0);
        fault_arm();
        if (strcmp(name, "write") == 0)
                put(seal, "name", NEW);
        if (strcmp(name, "remove") == 0)
                g_assert_cmpint(seal_remove(seal, "name"), ==, 0);
        return 0;
}

/* At every step there is the old content or the new one, whole, and never the generation before. */
static void test_crash_write(Fixture *f, gconstpointer data)
{
        unsigned n_old = 0, n_new = 0, step = 1;
        bool killed;

        do {
                int r;
                bool previous;
                g_autofree char *text = NULL;

                put(f->seal, "name", OLD);
                killed = fault_crash("write", f->directory, step++);
                text = get(f->seal, "name", &r, &previous);
                g_assert_cmpint(r, ==, 0);
                g_assert_false(previous);
                if (strcmp(text, OLD) == 0)
                        n_old++;
                else
                        n_new++;
                if (n_new > 0)
                        g_assert_cmpstr(text, ==, NEW);
        } while (killed);
        g_assert_cmpuint(n_old, >=, 9);
        g_assert_cmpuint(n_new, ==, 2); /* after the last rename, and at the end */
}

static void test_crash_remove(Fixture *f, gconstpointer data)
{
        unsigned step = 1;
        bool killed;

        do {
                int r;
                bool previous = false;
                g_autofree char *text = NULL;

                put(f->seal, "name", OLD);
                put(f->seal, "name", NEW);
                killed = fault_crash("remove", f->directory, step++);
                text = get(f->seal, "name", &r, &previous);
                g_assert_true(r == -ENOENT || (strcmp(text, NEW) == 0 && !previous));
        } while (killed);
        g_assert_cmpuint(step, ==, 6); /* two names, two directories, the end */
        assert_error(f->seal, "name", -ENOENT);
}

/* The first start: the key is there whole or not at all. */
static void test_crash_new(void)
{
        char *directory = test_dir_new();
        unsigned step = 1;

        while (fault_crash("new", directory, step++)) {
                g_autofree char *path = g_build_filename(directory, "master.key", NULL);
                struct stat st;

                if (stat(path, &st) == 0)
                        g_assert_cmpint(st.st_size, ==, 32);
                unlink(path);
                g_assert_cmpint(file_sweep(directory), ==, 0);
        }
        g_assert_cmpuint(step, ==,
                         7); /* make, write, fsync, rename, fsync the directory, the end */
        test_dir_free(directory);
}

#define ADD(name, func)                                                                            \
        g_test_add("/security/seal-faults/" name, Fixture, NULL, fixture_set_up, func,             \
                   fixture_tear_down)

int main(int argc, char **argv)
{
        const char *name, *directory;

        if (fault_is_child(argc, argv, &name, &directory))
                return crash(name, directory);

        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        ADD("disk-fails", test_disk_fails);
        ADD("bad-sector", test_bad_sector);
        g_test_add_func("/security/seal-faults/no-room-for-key", test_no_room_for_key);
        ADD("crash-write", test_crash_write);
        ADD("crash-remove", test_crash_remove);
        g_test_add_func("/security/seal-faults/crash-new", test_crash_new);
        return g_test_run();
}
