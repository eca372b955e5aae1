/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/key-arena.h"

static int32_t add(KeyArena *arena, const char *text)
{
        int32_t serial;

        g_assert_cmpint(key_arena_add(arena, text, strlen(text), &serial), ==, 0);
        g_assert_cmpint(serial, <, -100);
        return serial;
}

static void assert_secret(KeyArena *arena, int32_t serial, const char *expected)
{
        char copy[100];
        ssize_t n = key_arena_read(arena, serial, copy, sizeof(copy));

        g_assert_cmpmem(copy, n, expected, strlen(expected));
}

static void test_add_remove(void)
{
        KeyArena *arena = key_arena_new(8192, 10);
        int32_t a = add(arena, "first secret"), b = add(arena, "second"), c = add(arena, "third");
        char small[4] = "xxx";

        assert_secret(arena, a, "first secret");
        assert_secret(arena, c, "third");
        key_arena_remove(arena, b);
        g_assert_cmpint(key_arena_read(arena, b, small, sizeof(small)), ==, -ENOKEY);
        assert_secret(arena, a, "first secret");
        assert_secret(arena, c, "third");
        key_arena_remove(arena, a);
        assert_secret(arena, c, "third");
        g_assert_cmpint(add(arena, "fourth"), !=, a);
        assert_secret(arena, c, "third");

        g_assert_cmpint(key_arena_read(arena, c, small, sizeof(small)), ==, 5);
        g_assert_cmpstr(small, ==, "xxx");
        key_arena_remove(arena, 12345);
        key_arena_free(arena);
        key_arena_free(NULL);
}

/* The arena's mapping: the one that is not dumped (dd) and wiped on fork (wf), or the locked part
 * of it where `locked` is " lo". proc(5), VmFlags. */
static char *arena_memory(const char *locked, size_t *ret_len)
{
        g_autofree char *maps = NULL;
        g_auto(GStrv) lines = NULL;
        unsigned long begin = 0, end = 0, from, to;

        g_assert_true(g_file_get_contents("/proc/self/smaps", &maps, NULL, NULL));
        lines = g_strsplit(maps, "\n", -1);
        for (char **line = lines; *line; line++) {
                if (sscanf(*line, "%lx-%lx ", &from, &to) == 2) {
                        begin = from;
                        end = to;
                }
                if (g_str_has_prefix(*line, "VmFlags:") && strstr(*line, locked) &&
                    strstr(*line, " dd") && strstr(*line, " wf")) {
                        *ret_len = end - begin;
                        return (char *) begin;
                }
        }
        return NULL;
}

static void test_wiped(void)
{
        KeyArena *arena = key_arena_new(64 * 1024, 10);
        int32_t serial = add(arena, "a secret that goes");
        const char *memory;
        size_t len;

        add(arena, "what moves to the front");
        memory = arena_memory("", &len);
        g_assert_nonnull(memory);
        g_assert_nonnull(memmem(memory, len, "secret", 6));
        g_assert_nonnull(memmem(memory, len, "front", 5));

        key_arena_remove(arena, serial);
        g_assert_null(memmem(memory, len, "secret", 6));
        g_assert_null(memmem(memory + 23, len - 23, "front", 5)); /* moved, not copied */
        g_assert_nonnull(memmem(memory, len, "front", 5));
        key_arena_free(arena);
        g_assert_null(arena_memory("", &len));
}

static void test_limits(void)
{
        KeyArena *arena = key_arena_new(8192, 3);
        static uint8_t data[8192];
        int32_t serial, first = add(arena, "1");

        g_assert_cmpint(key_arena_add(arena, data, 8192, &serial), ==, -ENOSPC);
        g_assert_cmpint(key_arena_add(arena, data, 8191, &serial), ==, 0);
        g_assert_cmpint(key_arena_add(arena, data, 1, &serial), ==, -ENOSPC);
        key_arena_remove(arena, serial);
        add(arena, "2");
        add(arena, "3");
        g_assert_cmpint(key_arena_add(arena, data, 1, &serial), ==, -ENOSPC);
        assert_secret(arena, first, "1");
        key_arena_free(arena);
}

/* The address sanitizer makes mlock(2) do nothing. Then there is nothing to see. */
static bool mlock_works(void)
{
        g_autofree char *page = g_malloc(8192);
        g_autofree char *status = NULL;
        bool works;

        g_assert_cmpint(mlock(page, 8192), ==, 0);
        g_assert_true(g_file_get_contents("/proc/self/status", &status, NULL, NULL));
        works = !strstr(status, "VmLck:\t       0 kB");
        munlock(page, 8192);
        if (!works)
                g_test_skip("mlock() is switched off");
        return works;
}

static void test_locked(void)
{
        KeyArena *arena;
        size_t len;

        if (!mlock_works())
                return;
        arena = key_arena_new(64 * 1024, 10);
        g_assert_null(arena_memory(" lo", &len));
        add(arena, "secret");
        g_assert_nonnull(arena_memory(" lo", &len));
        g_assert_cmpuint(len, ==, 4096); /* no more than needed */
        key_arena_free(arena);
}

/* In a child, because limits do not go up again. Root would ignore this one. */
static void test_may_not_lock(void)
{
        static const struct rlimit nothing = {0, 0};
        pid_t child;
        int status;

        if (!mlock_works())
                return;
        child = fork();
        if (child == 0) {
                int32_t serial;

                if (setrlimit(RLIMIT_MEMLOCK, &nothing) < 0 ||
                    (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0))
                        _exit(2);
                _exit(key_arena_add(key_arena_new(8192, 3), "x", 1, &serial) == -EDQUOT ? 0 : 1);
        }
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_cmpint(status, ==, 0);
}

/* Makes mlock(2) fail as a container manager's filter does, seccomp(2), in this process for good.
 */
static bool forbid_mlock(void)
{
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mlock, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        const struct sock_fprog filter = {G_N_ELEMENTS(code), code};

        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
               prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static int use_without_mlock(void)
{
        KeyArena *arena;
        char copy[6];
        int32_t serial;

        if (!forbid_mlock())
                return 2;
        arena = key_arena_new(8192, 3);
        if (key_arena_is_lockable(arena) || key_arena_add(arena, "secret", 6, &serial) < 0)
                return 1;
        return key_arena_read(arena, serial, copy, 6) == 6 && memcmp(copy, "secret", 6) == 0 ? 0
                                                                                             : 1;
}

static void test_filtered(void)
{
        KeyArena *arena;
        pid_t child;
        int status;

        if (!mlock_works())
                return;
        arena = key_arena_new(8192, 3);
        g_assert_true(key_arena_is_lockable(arena));
        key_arena_free(arena);
        child = fork();
        if (child == 0)
                _exit(use_without_mlock());
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_cmpint(status, ==, 0);
}

static void test_not_inherited(void)
{
        KeyArena *arena = key_arena_new(8192, 3);
        int32_t serial = add(arena, "secret");
        pid_t child = fork();
        int status;

        if (child == 0) {
                char copy[6];

                key_arena_read(arena, serial, copy, sizeof(copy));
                _exit(memcmp(copy, "\0\0\0\0\0\0", 6) == 0 ? 0 : 1);
        }
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_cmpint(status, ==, 0);
        assert_secret(arena, serial, "secret");
        key_arena_free(arena);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/key-arena/add-remove", test_add_remove);
        g_test_add_func("/key-arena/wiped", test_wiped);
        g_test_add_func("/key-arena/limits", test_limits);
        g_test_add_func("/key-arena/locked", test_locked);
        g_test_add_func("/key-arena/may-not-lock", test_may_not_lock);
        g_test_add_func("/key-arena/filtered", test_filtered);
        g_test_add_func("/key-arena/not-inherited", test_not_inherited);
        return g_test_run();
}
