/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log-journal.h"
#include "base/log.h"

static void on_line(LogLevel level, const char *line, void *user)
{
        g_string_append_printf(user, "[%s] %s\n", log_level_to_string(level), line);
}

static void test_lines(void)
{
        g_autoptr(GString) lines = g_string_new(NULL);

        log_set_sink(on_line, lines);
        log_set_level(LOG_LEVEL_INFO);
        log_info("server 101", "registered, lifetime %d s", 86400);
        log_warning(NULL, "state directory is %s", "read-only");
        log_debug("server 101", "not seen");
        log_set_level(LOG_LEVEL_DEBUG);
        log_debug("server 101", "seen");
        log_set_level(LOG_LEVEL_ERROR);
        log_warning(NULL, "not seen");
        log_set_sink(NULL, NULL);
        log_set_level(LOG_LEVEL_INFO);

        g_assert_cmpstr(lines->str, ==,
                        "[info] server 101: registered, lifetime 86400 s\n"
                        "[warning] state directory is read-only\n"
                        "[debug] server 101: seen\n");
}

static int count_evaluated(int *count)
{
        return ++*count;
}

static void test_arguments_of_suppressed(void)
{
        int count = 0;

        log_set_level(LOG_LEVEL_NOTICE);
        log_info(NULL, "%d", count_evaluated(&count));
        log_set_level(LOG_LEVEL_INFO);
        g_assert_cmpint(count, ==, 0);
}

static void test_hostile_text(void)
{
        g_autoptr(GString) lines = g_string_new(NULL);
        g_autofree char *longest = g_strnfill(5000, 'x');

        log_set_sink(on_line, lines);
        log_error("server \n1", "alert \"%s\"", "\r\nerror: all is lost\x1b[2J\x7f é");
        g_assert_cmpstr(lines->str, ==,
                        "[error] server ?1: alert \"??error: all is lost?[2J? é\"\n");
        g_string_truncate(lines, 0);
        log_error(NULL, "\xff\xc3 %s", "\xe2\x82");
        g_assert_cmpstr(lines->str, ==, "[error] ?? ??\n");
        g_string_truncate(lines, 0);
        log_error(longest, "%s", longest);
        log_set_sink(NULL, NULL);
        g_assert_cmpuint(lines->len, <, 1200);
}

static void test_errno(void)
{
        g_autoptr(GString) lines = g_string_new(NULL);

        log_set_sink(on_line, lines);
        errno = ENOSPC;
        log_error("state", "cannot be written: %m");
        g_assert_cmpint(errno, ==, ENOSPC);
        log_set_sink(NULL, NULL);
        g_assert_cmpstr(lines->str, ==,
                        "[error] state: cannot be written: No space left on device\n");
}

static void test_levels(void)
{
        g_assert_cmpint(log_level_from_string("error"), ==, LOG_LEVEL_ERROR);
        g_assert_cmpint(log_level_from_string("debug"), ==, LOG_LEVEL_DEBUG);
        g_assert_cmpint(log_level_from_string("verbose"), ==, -EINVAL);
        g_assert_cmpint(log_level_from_string(""), ==, -EINVAL);
        g_assert_cmpstr(log_level_to_string(LOG_LEVEL_NOTICE), ==, "notice");
        g_assert_cmpstr(log_level_to_string((LogLevel) 99), ==, "?");
}

static void test_masked(void)
{
        g_autofree char *longest = g_strnfill(1000, 'y');
        const char *first, *second;

        g_assert_cmpstr(log_masked("urn:imei:490154203237518"), ==, "urn:imei:490…518");
        g_assert_cmpstr(log_masked("+33612345678"), ==, "+33…78");
        g_assert_cmpstr(log_masked("abc"), ==, "…");
        g_assert_cmpstr(log_masked(""), ==, "…");
        g_assert_cmpstr(log_masked("éééééé"), ==, "é…é");
        g_assert_true(g_utf8_validate(log_masked("ééééééé"), -1, NULL));
        g_assert_cmpuint(strlen(log_masked(longest)), <, 128);

        first = log_masked("first-identity");
        second = log_masked("other-identity");
        g_assert_cmpstr(first, !=, second);

        log_set_show_personal(1);
        g_assert_cmpstr(log_masked("+33612345678"), ==, "+33612345678");
        log_set_show_personal(0);
}

/* In a child, whose stderr is a file. */
static void test_stderr(void)
{
        if (g_test_subprocess()) {
                unsetenv("JOURNAL_STREAM");
                log_notice("server 7", "hello");
                return;
        }
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_passed();
        g_test_trap_assert_stderr("notice: server 7: hello\n");
}

static void test_journal_wanted(void)
{
        g_autofree char *right = NULL, *wrong = NULL;
        struct stat st;

        g_assert_cmpint(fstat(STDERR_FILENO, &st), ==, 0);
        right = g_strdup_printf("%lu:%lu", (gulong) st.st_dev, (gulong) st.st_ino);
        wrong = g_strdup_printf("%lu:%lu", (gulong) st.st_dev, (gulong) st.st_ino + 1);

        setenv("JOURNAL_STREAM", wrong, 1);
        g_assert_false(log_journal_wanted());
        setenv("JOURNAL_STREAM", "", 1);
        g_assert_false(log_journal_wanted());
        setenv("JOURNAL_STREAM", "1:2:3", 1);
        g_assert_false(log_journal_wanted());
        setenv("JOURNAL_STREAM", right, 1);
        if (log_journal_write(LOG_DEBUG, NULL, NULL, "") == -EOPNOTSUPP)
                g_test_skip("built without libsystemd");
        else
                g_assert_true(log_journal_wanted());
        unsetenv("JOURNAL_STREAM");
        g_assert_false(log_journal_wanted());
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/log/lines", test_lines);
        g_test_add_func("/log/arguments-of-suppressed", test_arguments_of_suppressed);
        g_test_add_func("/log/hostile-text", test_hostile_text);
        g_test_add_func("/log/errno", test_errno);
        g_test_add_func("/log/levels", test_levels);
        g_test_add_func("/log/masked", test_masked);
        g_test_add_func("/log/stderr", test_stderr);
        g_test_add_func("/log/journal-wanted", test_journal_wanted);
        return g_test_run();
}
