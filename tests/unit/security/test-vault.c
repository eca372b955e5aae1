/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/vault.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/kernel-key.h"
#include "base/log.h"
#include "fault.h"
#include "test-util.h"

#define TICKET LWM_SECURITY_SAVE_TICKET
#define CONTEXT LWM_SECURITY_SAVE_CONTEXT

/* What a counter costs the disk: an earlier failure's remains, then its file is opened, written
 * and synchronised, then its name and that. */
#define COUNT_STEPS 6

typedef struct Fixture {
        char *directory;
        Seal *seal;
        Vault *vault;
} Fixture;

static void on_line(LogLevel level, const char *line, void *user)
{
}

static void set_up(Fixture *f, gconstpointer data)
{
        log_set_sink(on_line, NULL);
        f->directory = test_dir_new();
        g_assert_cmpint(seal_new(f->directory, NULL, &f->seal), ==, 0);
        f->vault = vault_new(f->seal);
}

static void tear_down(Fixture *f, gconstpointer data)
{
        vault_free(f->vault);
        seal_free(f->seal);
        test_dir_free(f->directory);
}

static void put(Fixture *f, uint16_t account, LwmSecuritySave kind, const char *text)
{
        g_assert_cmpint(vault_put(f->vault, account, kind, text, strlen(text)), ==, 0);
}

static void assert_take(Fixture *f, uint16_t account, LwmSecuritySave kind, const char *expected)
{
        GBytes *bytes;

        g_assert_cmpint(vault_take(f->vault, account, kind, &bytes), ==, 0);
        g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), expected,
                        strlen(expected));
        seal_bytes_free(bytes);
}

static void assert_nothing(Fixture *f, uint16_t account, LwmSecuritySave kind, int error)
{
        GBytes *bytes = NULL;

        g_assert_cmpint(vault_take(f->vault, account, kind, &bytes), ==, error);
        g_assert_null(bytes);
}

static void spoil(Fixture *f, const char *name)
{
        g_autofree char *path = g_build_filename(f->directory, name, NULL);

        g_assert_true(g_file_set_contents(path, "spoilt", -1, NULL));
}

static void test_ticket(Fixture *f, gconstpointer data)
{
        assert_nothing(f, 101, TICKET, -ENOENT);
        put(f, 101, TICKET, "ticket");
        assert_take(f, 101, TICKET, "ticket");
        assert_take(f, 101, TICKET, "ticket");
        assert_nothing(f, 102, TICKET, -ENOENT);
        assert_nothing(f, 101, CONTEXT, -ENOENT);
}

static void test_context_once(Fixture *f, gconstpointer data)
{
        put(f, 101, CONTEXT, "context");
        assert_take(f, 101, CONTEXT, "context");
        assert_nothing(f, 101, CONTEXT, -ENOENT);
}

/* However it is damaged, an earlier context does not come back. */
static void test_context_previous(Fixture *f, gconstpointer data)
{
        put(f, 101, CONTEXT, "first");
        put(f, 101, CONTEXT, "second");
        spoil(f, "context-101");
        assert_nothing(f, 101, CONTEXT, -EBADMSG);
        assert_nothing(f, 101, CONTEXT, -ENOENT);

        put(f, 101, CONTEXT, "first");
        g_assert_cmpint(seal_write(f->seal, "context-101", "second", 6), ==, 0);
        spoil(f, "context-101");
        assert_nothing(f, 101, CONTEXT, -EBADMSG);
        assert_nothing(f, 101, CONTEXT, -ENOENT);
}

static void test_context_stuck(Fixture *f, gconstpointer data)
{
        put(f, 101, CONTEXT, "context");
        fault_fail_at(1, EROFS);
        assert_nothing(f, 101, CONTEXT, -EROFS);
        fault_fail_at(0, 0);
        assert_take(f, 101, CONTEXT, "context");
}

/* A context that cannot be stored leaves none behind, least of all the one before. */
static void test_context_not_stored(Fixture *f, gconstpointer data)
{
        for (unsigned step = 3; step <= 6; step++) {
                put(f, 101, CONTEXT, "first");
                fault_fail_at(step, ENOSPC);
                g_assert_cmpint(vault_put(f->vault, 101, CONTEXT, "second", 6), ==, -ENOSPC);
                fault_fail_at(0, 0);
                assert_nothing(f, 101, CONTEXT, -ENOENT);
        }
}

static void test_too_long(Fixture *f, gconstpointer data)
{
        g_autofree char *large = g_malloc0(VAULT_MAX_SIZE + 1);

        g_assert_cmpint(vault_put(f->vault, 1, TICKET, large, VAULT_MAX_SIZE + 1), ==, -EMSGSIZE);
        g_assert_cmpint(vault_put(f->vault, 1, TICKET, large, VAULT_MAX_SIZE), ==, 0);
}

static void test_forget(Fixture *f, gconstpointer data)
{
        uint64_t value;

        put(f, 101, TICKET, "older");
        put(f, 101, TICKET, "ticket");
        put(f, 101, CONTEXT, "context");
        put(f, 102, TICKET, "other");
        g_assert_cmpint(vault_counter_set(f->vault, 101, 1, 5), ==, 0);
        vault_forget(f->vault, 101);
        assert_nothing(f, 101, TICKET, -ENOENT);
        assert_nothing(f, 101, CONTEXT, -ENOENT);
        assert_take(f, 102, TICKET, "other");
        g_assert_cmpint(vault_counter_get(f->vault, 101, 1, &value), ==, 0);
        g_assert_cmpuint(value, ==, 5);
}

static void test_counters(Fixture *f, gconstpointer data)
{
        uint64_t value = 1;

        g_assert_cmpint(vault_counter_get(f->vault, 101, 1, &value), ==, 0);
        g_assert_cmpuint(value, ==, 0);
        g_assert_cmpint(vault_counter_set(f->vault, 101, 1, 0x0102030405), ==, 0);
        g_assert_cmpint(vault_counter_set(f->vault, 101, 2, 7), ==, 0);
        g_assert_cmpint(vault_counter_set(f->vault, 101, 1, 0x0102030404), ==, -ERANGE);
        g_assert_cmpint(vault_counter_set(f->vault, 101, 1, 0x0102030405), ==, 0);
        g_assert_cmpint(vault_counter_get(f->vault, 101, 1, &value), ==, 0);
        g_assert_cmpuint(value, ==, 0x0102030405);
        g_assert_cmpint(vault_counter_get(f->vault, 101, 2, &value), ==, 0);
        g_assert_cmpuint(value, ==, 7);
        g_assert_cmpint(vault_counter_get(f->vault, 102, 3, &value), ==, 0);
        g_assert_cmpuint(value, ==, 0);

        for (uint32_t id = 3; id <= VAULT_MAX_COUNTERS; id++)
                g_assert_cmpint(vault_counter_set(f->vault, 101, id, 1), ==, 0);
        g_assert_cmpint(vault_counter_set(f->vault, 101, 2, 8), ==, 0);
}

static void assert_counter(Fixture *f, uint32_t id, uint64_t expected)
{
        uint64_t value = ~expected;

        g_assert_cmpint(vault_counter_get(f->vault, 101, id, &value), ==, 0);
        g_assert_cmpuint(value, ==, expected);
}

/* The one that was set the longest ago makes room, whenever it came. */
static void test_counters_full(Fixture *f, gconstpointer data)
{
        for (uint32_t id = 1; id <= VAULT_MAX_COUNTERS; id++)
                g_assert_cmpint(vault_counter_set(f->vault, 101, id, 7), ==, 0);
        g_assert_cmpint(vault_counter_set(f->vault, 101, 1, 8), ==, 0);
        assert_counter(f, 2, 7);

        g_assert_cmpint(vault_counter_set(f->vault, 101, 1000, 9), ==, 0);
        assert_counter(f, 1, 8);
        assert_counter(f, 2, 0);
        assert_counter(f, 3, 7);
        assert_counter(f, VAULT_MAX_COUNTERS, 7);
        assert_counter(f, 1000, 9);
}

/* The generation before would be a step back: better none. */
/* It is told once, and then it is so: that counter stands still, others begin. */
static void assert_lost(Fixture *f, uint16_t account, uint32_t id)
{
        const uint32_t other = 4000u + account;
        uint64_t value = 0;

        g_assert_cmpint(vault_counter_get(f->vault, account, id, &value), ==, -EBADMSG);
        g_assert_cmpint(vault_counter_get(f->vault, account, id, &value), ==, 0);
        g_assert_cmpuint(value, ==, VAULT_COUNTER_LOST);
        g_assert_cmpint(vault_counter_set(f->vault, account, id, 1000), ==, -ERANGE);
        g_assert_cmpint(vault_counter_get(f->vault, account, other, &value), ==, 0);
        g_assert_cmpuint(value, ==, 0);
        g_assert_cmpint(vault_counter_set(f->vault, account, other, 5), ==, 0);
        g_assert_cmpint(vault_counter_get(f->vault, account, other, &value), ==, 0);
        g_assert_cmpuint(value, ==, 5);
}

static void remove_file(Fixture *f, const char *name)
{
        g_autofree char *path = g_build_filename(f->directory, name, NULL);

        g_assert_cmpint(g_remove(path), ==, 0);
}

/* A file that is gone is not one that never was, from its first content on. */
static void test_counters_gone(Fixture *f, gconstpointer data)
{
        g_assert_cmpint(vault_counter_set(f->vault, 101, 1, 1), ==, 0);
        remove_file(f, "counters-101");
        assert_lost(f, 101, 1);

        for (uint64_t i = 1; i < 10; i++)
                g_assert_cmpint(vault_counter_set(f->vault, 102, 2, i), ==, 0);
        remove_file(f, "counters-102");
        assert_lost(f, 102, 2);
}

/* Keys that come back in another account. */
static void test_counters_elsewhere(Fixture *f, gconstpointer data)
{
        uint64_t value;

        g_assert_cmpint(vault_counter_set(f->vault, 101, 8, 70), ==, 0);
        g_assert_cmpint(vault_counter_set(f->vault, 102, 8, 90), ==, 0);
        g_assert_cmpint(vault_counter_get(f->vault, 101, 8, &value), ==, 0);
        g_assert_cmpuint(value, ==, 70);
        g_assert_cmpint(vault_counter_get(f->vault, 103, 8, &value), ==, 0);
        g_assert_cmpuint(value, ==, 90);
        g_assert_cmpint(vault_counter_get(f->vault, 103, 9, &value), ==, 0);
        g_assert_cmpuint(value, ==, 0);
        g_assert_cmpint(vault_counter_set(f->vault, 103, 8, 89), ==, -ERANGE);
        g_assert_cmpint(vault_counter_set(f->vault, 103, 8, 91), ==, 0);
        g_assert_cmpint(vault_counter_get(f->vault, 103, 8, &value), ==, 0);
        g_assert_cmpuint(value, ==, 91);
        g_assert_cmpint(vault_counter_get(f->vault, 102, 8, &value), ==, 0);
        g_assert_cmpuint(value, ==, 90);
}

static void test_counters_damaged(Fixture *f, gconstpointer data)
{
        static const uint8_t many[(VAULT_MAX_COUNTERS + 1) * 12] = {0};
        uint64_t value;

        g_assert_cmpint(vault_counter_set(f->vault, 101, 1, 1), ==, 0);
        g_assert_cmpint(vault_counter_set(f->vault, 101, 1, 2), ==, 0);
        spoil(f, "counters-101");
        g_assert_cmpint(vault_counter_set(f->vault, 101, 1, 3), ==, -EBADMSG);
        assert_lost(f, 101, 1);

        g_assert_cmpint(seal_write(f->seal, "counters-102", "13 octets ...", 13), ==, 0);
        g_assert_cmpint(vault_counter_get(f->vault, 102, 1, &value), ==, -EBADMSG);

        /* More than there can be, each of 12 octets. */
        g_assert_cmpint(seal_write(f->seal, "counters-103", many, sizeof(many)), ==, 0);
        g_assert_cmpint(vault_counter_get(f->vault, 103, 1, &value), ==, -EBADMSG);
}

/* ---- Power cuts --------------------------------------------------------------- */

/* Says, in a file, that it has seen the context; or counts. */
static int crash(const char *name, const char *directory)
{
        Fixture f = {.directory = (char *) directory};
        GBytes *bytes;

        log_set_sink(on_line, NULL);
        kernel_key_init(false);
        g_assert_cmpint(seal_new(directory, NULL, &f.seal), ==, 0);
        f.vault = vault_new(f.seal);
        fault_arm();
        if (strcmp(name, "count") == 0) {
                g_assert_cmpint(vault_counter_set(f.vault, 101, 1, 2), ==, 0);
        } else {
                g_assert_cmpint(vault_take(f.vault, 101, CONTEXT, &bytes), ==, 0);
                seal_bytes_free(bytes);
        }
        vault_free(f.vault);
        seal_free(f.seal);
        return 0;
}

/* Killed at each step of taking it: nobody has seen it yet, so it may be there once more, but never
 * after it was seen. */
static void test_crash_take(Fixture *f, gconstpointer data)
{
        unsigned n_there = 0, step = 1;
        GBytes *bytes;

        put(f, 101, CONTEXT, "context");
        while (fault_crash("take", f->directory, step++)) {
                int r = vault_take(f->vault, 101, CONTEXT, &bytes);

                g_assert_true(r == 0 || r == -ENOENT);
                if (r == 0) {
                        n_there++;
                        seal_bytes_free(bytes);
                }
                put(f, 101, CONTEXT, "context");
        }
        assert_nothing(f, 101, CONTEXT, -ENOENT);
        g_assert_cmpuint(n_there, ==, 1);
        g_assert_cmpuint(step, ==, 4); /* the name, the directory, the end */
}

static void test_crash_count(Fixture *f, gconstpointer data)
{
        uint64_t value = 1, last = 1;
        unsigned step = 1;
        bool killed;

        g_assert_cmpint(vault_counter_set(f->vault, 101, 1, 1), ==, 0);
        do {
                killed = fault_crash("count", f->directory, step++);
                g_assert_cmpint(vault_counter_get(f->vault, 101, 1, &value), ==, 0);
                g_assert_cmpuint(value, >=, last);
                last = value;
        } while (killed);
        g_assert_cmpuint(value, ==, 2);
        g_assert_cmpuint(step - 2, ==, COUNT_STEPS);
}

#define ADD(name, func) g_test_add("/security/vault/" name, Fixture, NULL, set_up, func, tear_down)

int main(int argc, char **argv)
{
        const char *name, *directory;

        if (fault_is_child(argc, argv, &name, &directory))
                return crash(name, directory);

        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        ADD("ticket", test_ticket);
        ADD("context-once", test_context_once);
        ADD("context-previous", test_context_previous);
        ADD("context-stuck", test_context_stuck);
        ADD("context-not-stored", test_context_not_stored);
        ADD("too-long", test_too_long);
        ADD("forget", test_forget);
        ADD("counters", test_counters);
        ADD("counters-full", test_counters_full);
        ADD("counters-damaged", test_counters_damaged);
        ADD("counters-gone", test_counters_gone);
        ADD("counters-elsewhere", test_counters_elsewhere);
        ADD("crash-take", test_crash_take);
        ADD("crash-count", test_crash_count);
        return g_test_run();
}
