/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keystore-fixture.h"

#include <string.h>

#include "base/kernel-key.h"
#include "base/log.h"
#include "test-util.h"

static void on_line(LogLevel level, const char *line, void *user)
{
        g_string_append_printf(user, "%s\n", line);
}

void open_store(Fixture *f)
{
        g_assert_cmpint(seal_new(f->directory, NULL, &f->seal), ==, 0);
        g_assert_cmpint(keystore_new(f->seal, &f->keys), ==, 0);
}

void close_store(Fixture *f)
{
        g_clear_pointer(&f->keys, keystore_free);
        g_clear_pointer(&f->seal, seal_free);
}

void reopen_store(Fixture *f)
{
        close_store(f);
        open_store(f);
}

void fixture_set_up(Fixture *f, gconstpointer data)
{
        f->directory = test_dir_new();
        f->log = g_string_new(NULL);
        log_set_sink(on_line, f->log);
        open_store(f);
}

void fixture_tear_down(Fixture *f, gconstpointer data)
{
        close_store(f);
        log_set_sink(NULL, NULL);
        g_string_free(f->log, TRUE);
        test_dir_free(f->directory);
}

int set(Fixture *f, uint16_t account, KeySlot slot, const char *text)
{
        return keystore_set(f->keys, account, slot, text, strlen(text));
}

void assert_psk(Fixture *f, uint16_t account, const char *expected)
{
        char key[64] = {0};
        ssize_t n =
                kernel_key_read(keystore_serial(f->keys, account, KEY_SLOT_PSK), key, sizeof(key));

        g_assert_cmpint(n, ==, strlen(expected));
        g_assert_cmpmem(key, (size_t) n, expected, strlen(expected));
}

bool file_exists(Fixture *f, const char *name)
{
        g_autofree char *path = g_build_filename(f->directory, name, NULL);

        return g_file_test(path, G_FILE_TEST_EXISTS);
}

void spoil(Fixture *f, const char *name)
{
        g_autofree char *path = g_build_filename(f->directory, name, NULL);

        g_assert_true(g_file_set_contents(path, "spoilt", -1, NULL));
}
