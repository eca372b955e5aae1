/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-util.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

char *test_dir_new(void)
{
        g_autoptr(GError) error = NULL;
        char *directory = g_dir_make_tmp("lwm2md-test-XXXXXX", &error);

        g_assert_no_error(error);
        return directory;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
        return remove(path);
}

void test_dir_free(char *directory)
{
        nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        g_free(directory);
}

void test_dir_put(const char *directory, const char *name, const char *text)
{
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_autofree char *parent = g_path_get_dirname(path);
        g_autoptr(GError) error = NULL;

        g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
        g_file_set_contents(path, text, -1, &error);
        g_assert_no_error(error);
}

GBytes *test_hex(const char *hex)
{
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        int high = -1;

        for (; *hex; hex++) {
                int digit = g_ascii_xdigit_value(*hex);
                guint8 octet;

                if (g_ascii_isspace(*hex))
                        continue;
                g_assert_cmpint(digit, >=, 0);
                octet = (guint8) (high * 16 + digit);
                if (high >= 0)
                        g_byte_array_append(bytes, &octet, 1);
                high = high >= 0 ? -1 : digit;
        }
        g_assert_cmpint(high, ==, -1);
        return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

bool test_needs_root(void)
{
        if (geteuid() == 0)
                return true;
        g_test_skip("needs root");
        return false;
}

static gboolean on_turn_end(gpointer user)
{
        return G_SOURCE_REMOVE;
}

void test_loop_turn(GMainContext *context)
{
        g_autoptr(GSource) source = g_timeout_source_new(50);

        g_source_set_callback(source, on_turn_end, NULL, NULL);
        g_source_attach(source, context);
        g_main_context_iteration(context, TRUE);
        g_source_destroy(source);
}
