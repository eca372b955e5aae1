/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/kernel-key.h"
#include "fault.h"
#include "objects-fixture.h"

static void on_event(AccountEvent event, const Account *account, void *user)
{
        (*(int *) user)++;
}

/* Fails at each step of the disk in turn; until it comes through, nothing is changed, here or
 * there. */
static void test_disk(Fixture *f, gconstpointer data)
{
        Account changed = fixture_account(1);
        int told = 0, r;

        fixture_add(f, 1);
        changed.lifetime = 60;
        accounts_set_listener(f->accounts, on_event, &told);
        for (unsigned step = 1;; step++) {
                fault_fail_at(step, ENOSPC);
                r = accounts_change(f->accounts, &changed, ORIGIN_LOCAL);
                fault_fail_at(0, 0);
                if (r == 0)
                        break;
                g_assert_cmpint(r, <, 0);
                g_assert_cmpuint(accounts_find(f->accounts, 1)->lifetime, ==, 86400);
                fixture_assert_posted(f, "");
                g_assert_cmpuint(step, <, 100);
        }
        g_assert_cmpint(told, ==, 1);
        fixture_assert_posted(f, "/1/0/1@0 ");
        fixture_reopen(f);
        g_assert_cmpuint(accounts_find(f->accounts, 1)->lifetime, ==, 60);
}

static void test_add_and_remove(Fixture *f, gconstpointer data)
{
        Account account = fixture_account(2);

        fixture_add(f, 1);
        fault_fail_at(1, EROFS);
        g_assert_cmpint(accounts_add(f->accounts, &account), ==, -EROFS);
        g_assert_cmpint(accounts_remove(f->accounts, 1), ==, -EROFS);
        fault_fail_at(0, 0);
        g_assert_null(accounts_find(f->accounts, 2));
        g_assert_nonnull(accounts_find(f->accounts, 1));
        fixture_assert_posted(f, "");
}

int main(int argc, char **argv)
{
        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        g_test_add("/objects/accounts-faults/disk", Fixture, NULL, fixture_set_up, test_disk,
                   fixture_tear_down);
        g_test_add("/objects/accounts-faults/add-and-remove", Fixture, NULL, fixture_set_up,
                   test_add_and_remove, fixture_tear_down);
        return g_test_run();
}
