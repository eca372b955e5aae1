/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "test-util.h"

/* ---- The system calls of file.c, watched ----------------------------------- */

static struct {
        GString *trace;   /* their names in order */
        unsigned step;    /* calls so far */
        unsigned kill_at; /* the process dies instead of this call, 0: never */
        unsigned fail_at; /* this call fails with `error` */
        int error;
        size_t chunk; /* write() takes this much at most, 0: all */
} calls;

ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __real_unlinkat(int dir, const char *name, int flags);
int __wrap_unlinkat(int dir, const char *name, int flags);

/* True: the call is to fail. */
static bool call(const char *name)
{
        calls.step++;
        if (calls.trace)
                g_string_append_printf(calls.trace, "%s ", name);
        if (calls.step == calls.kill_at)
                raise(SIGKILL);
        if (calls.step != calls.fail_at)
                return false;
        errno = calls.error;
        return true;
}

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
        if (call("write"))
                return -1;
        return __real_write(fd, data, calls.chunk > 0 ? MIN(len, calls.chunk) : len);
}

int __wrap_fsync(int fd)
{
        struct stat st;

        g_assert_cmpint(fstat(fd, &st), ==, 0);
        return call(S_ISDIR(st.st_mode) ? "fsync-directory" : "fsync") ? -1 : __real_fsync(fd);
}

int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
        return call("rename") ? -1 : __real_renameat(from_dir, from, to_dir, to);
}

int __wrap_unlinkat(int dir, const char *name, int flags)
{
        return call("unlink") ? -1 : __real_unlinkat(dir, name, flags);
}

/* ---- Fixture ---------------------------------------------------------------- */

typedef struct Fixture {
        char *directory;
} Fixture;

static void set_up(Fixture *f, gconstpointer unused)
{
        f->directory = test_dir_new();
        memset(&calls, 0, sizeof(calls));
}

static void tear_down(Fixture *f, gconstpointer unused)
{
        memset(&calls, 0, sizeof(calls));
        test_dir_free(f->directory);
}

static void assert_content(const char *directory, const char *name, const char *expected)
{
        g_autoptr(GBytes) bytes = NULL;

        g_assert_cmpint(file_read(directory, name, 1000, &bytes), ==, 0);
        g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), expected,
                        strlen(expected));
}

/* The one name in the directory, "" where it is empty. */
static char *list(const char *directory)
{
        g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        const char *name;

        while ((name = g_dir_read_name(dir)))
                g_ptr_array_add(names, (gpointer) name);
        g_assert_cmpuint(names->len, <=, 1);
        return g_strdup(names->len > 0 ? g_ptr_array_index(names, 0) : "");
}

static void assert_list(const char *directory, const char *expected)
{
        g_autofree char *names = list(directory);

        g_assert_cmpstr(names, ==, expected);
}

/* ---- Tests ------------------------------------------------------------------ */

static void test_replace(Fixture *f, gconstpointer unused)
{
        g_autofree char *path = g_build_filename(f->directory, "state", NULL);
        struct stat st;

        g_assert_cmpint(file_replace(f->directory, "state", "one", 3), ==, 0);
        assert_content(f->directory, "state", "one");
        g_assert_cmpint(stat(path, &st), ==, 0);
        g_assert_cmphex(st.st_mode & 07777, ==, 0600);
        g_assert_cmpint(file_replace(f->directory, "state", "twofold", 7), ==, 0);
        assert_content(f->directory, "state", "twofold");
        g_assert_cmpint(file_replace(f->directory, "state", NULL, 0), ==, 0);
        assert_content(f->directory, "state", "");
        assert_list(f->directory, "state");

        g_assert_cmpint(file_remove(f->directory, "state"), ==, 0);
        g_assert_cmpint(file_remove(f->directory, "state"), ==, 0);
        assert_list(f->directory, "");
}

/* The file is on the disk before its name is, and the name before the caller goes on. */
static void test_order(Fixture *f, gconstpointer unused)
{
        g_autoptr(GString) trace = g_string_new(NULL);

        calls.trace = trace;
        g_assert_cmpint(file_replace(f->directory, "state", "one", 3), ==, 0);
        g_assert_cmpstr(trace->str, ==, "unlink write fsync rename fsync-directory ");
        g_string_truncate(trace, 0);
        g_assert_cmpint(file_remove(f->directory, "state"), ==, 0);
        g_assert_cmpstr(trace->str, ==, "unlink fsync-directory ");
}

static void test_short_writes(Fixture *f, gconstpointer unused)
{
        calls.chunk = 2;
        g_assert_cmpint(file_replace(f->directory, "state", "in pieces", 9), ==, 0);
        assert_content(f->directory, "state", "in pieces");

        calls.step = 0;
        calls.fail_at = 4;
        calls.error = EINTR;
        g_assert_cmpint(file_replace(f->directory, "state", "interrupted", 11), ==, 0);
        assert_content(f->directory, "state", "interrupted");
}

/* Dies at each step, in a child: what is there is whole, old or new, and the next one works. */
static void test_kill(Fixture *f, gconstpointer unused)
{
        static const char *const left[] = {"old", "old", "old", "old", "old", "old", "old", "new"};
        unsigned survived = 0;

        calls.chunk = 1; /* three writes: dies in the middle of the content, too */
        for (unsigned step = 1; survived == 0; step++) {
                int status;
                pid_t child;

                calls.kill_at = 0;
                g_assert_cmpint(file_replace(f->directory, "state", "old", 3), ==, 0);
                child = fork();
                if (child == 0) {
                        calls.step = 0;
                        calls.kill_at = step;
                        _exit(file_replace(f->directory, "state", "new", 3) == 0 ? 0 : 1);
                }
                g_assert_cmpint(waitpid(child, &status, 0), ==, child);
                if (WIFEXITED(status)) {
                        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
                        survived = step;
                        continue;
                }
                g_assert_cmpint(WTERMSIG(status), ==, SIGKILL);
                g_assert_cmpuint(step, <, G_N_ELEMENTS(left));
                assert_content(f->directory, "state", left[step]);
                g_assert_cmpint(file_sweep(f->directory), ==, 0);
                assert_list(f->directory, "state");
        }
        /* unlink, 3 × write, fsync, rename, fsync-directory */
        g_assert_cmpuint(survived, ==, 8);
        assert_content(f->directory, "state", "new");
}

/* Each step fails: an error, the old content, no temporary file. */
static void test_fail(Fixture *f, gconstpointer unused)
{
        for (unsigned step = 2; step <= 5; step++) {
                calls.fail_at = 0;
                g_assert_cmpint(file_replace(f->directory, "state", "old", 3), ==, 0);
                calls.step = 0;
                calls.fail_at = step;
                calls.error = step == 2 ? ENOSPC : EIO;
                g_assert_cmpint(file_replace(f->directory, "state", "new", 3), ==, -calls.error);
                assert_content(f->directory, "state", step < 5 ? "old" : "new");
                assert_list(f->directory, "state");
        }
}

static void test_stray_temporary(Fixture *f, gconstpointer unused)
{
        test_dir_put(f->directory, ".state.tmp", "half");
        g_assert_cmpint(file_replace(f->directory, "state", "one", 3), ==, 0);
        assert_list(f->directory, "state");

        test_dir_put(f->directory, ".other.tmp", "half");
        g_assert_cmpint(file_sweep(f->directory), ==, 0);
        assert_list(f->directory, "state");
        g_assert_cmpint(file_sweep("/nonexistent/directory"), ==, 0);
}

static void test_names(Fixture *f, gconstpointer unused)
{
        static const char *const names[] = {"", ".", "..", ".hidden", "a/b", "/etc/passwd"};
        g_autofree char *longest = g_strnfill(300, 'x');
        g_autoptr(GBytes) bytes = NULL;

        for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
                g_assert_cmpint(file_replace(f->directory, names[i], "x", 1), ==, -EINVAL);
                g_assert_cmpint(file_read(f->directory, names[i], 10, &bytes), ==, -EINVAL);
                g_assert_cmpint(file_remove(f->directory, names[i]), ==, -EINVAL);
        }
        g_assert_cmpint(file_replace(f->directory, longest, "x", 1), ==, -EINVAL);
        assert_list(f->directory, "");
}

static void test_read_errors(Fixture *f, gconstpointer unused)
{
        g_autofree char *fifo = g_build_filename(f->directory, "fifo", NULL);
        g_autoptr(GBytes) bytes = NULL;

        g_assert_cmpint(file_read(f->directory, "none", 10, &bytes), ==, -ENOENT);
        g_assert_cmpint(file_read("/nonexistent", "none", 10, &bytes), ==, -ENOENT);
        test_dir_put(f->directory, "long", "01234567890");
        g_assert_cmpint(file_read(f->directory, "long", 10, &bytes), ==, -EFBIG);
        test_dir_put(f->directory, "dir/file", "");
        g_assert_cmpint(file_read(f->directory, "dir", 10, &bytes), ==, -EISDIR);
        g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
        g_assert_cmpint(file_read(f->directory, "fifo", 10, &bytes), ==, -EINVAL); /* no wait */
        g_assert_null(bytes);
        g_assert_cmpint(file_replace("/nonexistent", "x", "x", 1), ==, -ENOENT);
        g_assert_cmpint(file_replace(f->directory, "dir", "x", 1), ==, -EISDIR);
}

static void test_large(Fixture *f, gconstpointer unused)
{
        g_autofree uint8_t *data = g_malloc0(FILE_MAX_SIZE + 1);
        g_autoptr(GBytes) bytes = NULL;

        g_assert_cmpint(file_replace(f->directory, "large", data, FILE_MAX_SIZE + 1), ==, -EFBIG);
        g_assert_cmpint(file_replace(f->directory, "large", data, FILE_MAX_SIZE), ==, 0);
        g_assert_cmpint(file_read(f->directory, "large", SIZE_MAX, &bytes), ==, 0);
        g_assert_cmpuint(g_bytes_get_size(bytes), ==, FILE_MAX_SIZE);
}

static void test_make_directory(Fixture *f, gconstpointer unused)
{
        g_autofree char *deep = g_build_filename(f->directory, "a", "b", "c", NULL);
        g_autofree char *slash = g_strconcat(deep, "/", NULL);
        g_autofree char *file = g_build_filename(f->directory, "a", "file", NULL);
        g_autofree char *below = g_build_filename(file, "x", NULL);
        struct stat st;

        g_assert_cmpint(file_make_directory(deep), ==, 0);
        g_assert_cmpint(file_make_directory(slash), ==, 0);
        g_assert_cmpint(stat(deep, &st), ==, 0);
        g_assert_true(S_ISDIR(st.st_mode));
        g_assert_cmphex(st.st_mode & 0777, ==, 0700);
        test_dir_put(f->directory, "a/file", "");
        g_assert_cmpint(file_make_directory(file), ==, -ENOTDIR);
        g_assert_cmpint(file_make_directory(below), ==, -ENOTDIR);
        g_assert_cmpint(file_make_directory(""), ==, -ENOENT);
}

/* A real file system that is full, then one that may not be written. */
static void test_full_disk(Fixture *f, gconstpointer unused)
{
        g_autofree uint8_t *data = g_malloc0(FILE_MAX_SIZE);

        if (!test_needs_root())
                return;
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("tmpfs", f->directory, "tmpfs", 0, "size=64k") < 0) {
                g_test_skip("may not mount");
                return;
        }

        g_assert_cmpint(file_replace(f->directory, "state", "old", 3), ==, 0);
        g_assert_cmpint(file_replace(f->directory, "state", data, FILE_MAX_SIZE), ==, -ENOSPC);
        assert_content(f->directory, "state", "old");
        assert_list(f->directory, "state");
        g_assert_cmpint(file_replace(f->directory, "state", "new", 3), ==, 0);

        g_assert_cmpint(mount(NULL, f->directory, NULL, MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
        g_assert_cmpint(file_replace(f->directory, "state", "newer", 5), ==, -EROFS);
        g_assert_cmpint(file_remove(f->directory, "state"), ==, -EROFS);
        g_assert_cmpint(file_sweep(f->directory), ==, 0);
        assert_content(f->directory, "state", "new");
        g_assert_cmpint(umount(f->directory), ==, 0);
}

#define ADD(path, func) g_test_add(path, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        ADD("/file/replace", test_replace);
        ADD("/file/order", test_order);
        ADD("/file/short-writes", test_short_writes);
        ADD("/file/kill", test_kill);
        ADD("/file/fail", test_fail);
        ADD("/file/stray-temporary", test_stray_temporary);
        ADD("/file/names", test_names);
        ADD("/file/read-errors", test_read_errors);
        ADD("/file/large", test_large);
        ADD("/file/make-directory", test_make_directory);
        ADD("/file/full-disk", test_full_disk);
        return g_test_run();
}
