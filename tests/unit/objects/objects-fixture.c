/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "objects-fixture.h"

#include "base/log.h"
#include "test-util.h"

static void on_line(LogLevel level, const char *line, void *user)
{
        g_string_append_printf(user, "%s\n", line);
}

static void on_change(Path path, ChangeKind kind, Origin origin, void *user)
{
        char text[PATH_TEXT_SIZE];

        g_string_append_printf(user, "%s%s@%u ", path_to_text(path, text),
                               kind == CHANGE_INSTANCES ? "+" : "", origin);
}

static void open_state(Fixture *f)
{
        g_assert_cmpint(seal_new(f->directory, NULL, &f->seal), ==, 0);
        g_assert_cmpint(accounts_new(f->seal, f->changes, &f->accounts), ==, 0);
}

static void close_state(Fixture *f)
{
        g_clear_pointer(&f->accounts, accounts_free);
        g_clear_pointer(&f->seal, seal_free);
}

void fixture_set_up(Fixture *f, gconstpointer data)
{
        f->log = g_string_new("");
        f->posted = g_string_new("");
        log_set_sink(on_line, f->log);
        f->directory = test_dir_new();
        f->clock = clock_new_manual(0, 0);
        f->changes = changes_new(f->clock);
        changes_listen(f->changes, on_change, f->posted);
        open_state(f);
}

void fixture_tear_down(Fixture *f, gconstpointer data)
{
        close_state(f);
        changes_free(f->changes);
        clock_free(f->clock);
        test_dir_free(f->directory);
        log_set_sink(NULL, NULL);
        g_string_free(f->log, TRUE);
        g_string_free(f->posted, TRUE);
}

void fixture_reopen(Fixture *f)
{
        close_state(f);
        open_state(f);
}

void fixture_assert_posted(Fixture *f, const char *expected)
{
        clock_advance(f->clock, 0);
        g_assert_cmpstr(f->posted->str, ==, expected);
        g_string_truncate(f->posted, 0);
}

Account fixture_account(uint16_t ssid)
{
        Account account = account_default();

        account.ssid = ssid;
        g_snprintf(account.uri, sizeof(account.uri), "coaps://server%u.example:5684", ssid);
        return account;
}

void fixture_add(Fixture *f, uint16_t ssid)
{
        Account account = fixture_account(ssid);

        g_assert_cmpint(accounts_add(f->accounts, &account), ==, 0);
        clock_advance(f->clock, 0);
        g_string_truncate(f->posted, 0);
}
