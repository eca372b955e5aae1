/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "seal-fixture.h"

#include <string.h>

#include "base/log.h"
#include "test-util.h"

static void on_line(LogLevel level, const char *line, void *user)
{
        g_string_append_printf(user, "%s\n", line);
}

void fixture_set_up(Fixture *f, gconstpointer data)
{
        f->directory = test_dir_new();
        f->log = g_string_new(NULL);
        log_set_sink(on_line, f->log);
        g_assert_cmpint(seal_new(f->directory, NULL, &f->seal), ==, 0);
}

void fixture_tear_down(Fixture *f, gconstpointer data)
{
        seal_free(f->seal);
        log_set_sink(NULL, NULL);
        g_string_free(f->log, TRUE);
        test_dir_free(f->directory);
}

void put(Seal *seal, const char *name, const char *text)
{
        g_assert_cmpint(seal_write(seal, name, text, strlen(text)), ==, 0);
}

char *get(Seal *seal, const char *name, int *ret_error, bool *ret_previous)
{
        GBytes *bytes = NULL;
        bool previous = false;
        char *text;

        *ret_error = seal_read(seal, name, &bytes, &previous);
        if (*ret_error < 0) {
                g_assert_null(bytes);
                return g_strdup("");
        }
        text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        seal_bytes_free(bytes);
        if (ret_previous)
                *ret_previous = previous;
        return text;
}

void assert_content(Seal *seal, const char *name, const char *expected, bool expected_previous)
{
        bool previous = !expected_previous;
        int r;
        g_autofree char *text = get(seal, name, &r, &previous);

        g_assert_cmpint(r, ==, 0);
        g_assert_cmpstr(text, ==, expected);
        g_assert_true(previous == expected_previous);
}

void assert_error(Seal *seal, const char *name, int error)
{
        int r;
        g_autofree char *text = get(seal, name, &r, NULL);

        g_assert_cmpint(r, ==, error);
        g_assert_cmpstr(text, ==, "");
}

char *load(Fixture *f, const char *name, size_t *ret_len)
{
        g_autofree char *path = g_build_filename(f->directory, name, NULL);
        char *data;

        g_assert_true(g_file_get_contents(path, &data, ret_len, NULL));
        return data;
}

void store(Fixture *f, const char *name, const char *data, size_t len)
{
        g_autofree char *path = g_build_filename(f->directory, name, NULL);

        g_assert_true(g_file_set_contents(path, data, (gssize) len, NULL));
}
