/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Accounts in a state directory that is thrown away afterwards. */

#include "objects/accounts.h"

typedef struct Fixture {
        char *directory;
        Clock *clock;
        Changes *changes;
        Seal *seal;
        Accounts *accounts;
        GString *log;    /* what was logged */
        GString *posted; /* "/1/0/1@101 ": what was posted, and by whom; after fixture_turn() */
} Fixture;

void fixture_set_up(Fixture *f, gconstpointer data);
void fixture_tear_down(Fixture *f, gconstpointer data);

/* As after a restart of the daemon. */
void fixture_reopen(Fixture *f);

/* A turn of the loop; then what was posted is `expected`, and forgotten. */
void fixture_assert_posted(Fixture *f, const char *expected);

/* A valid account that is not added. */
Account fixture_account(uint16_t ssid);

/* Adds it and forgets what was posted. */
void fixture_add(Fixture *f, uint16_t ssid);
