/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A key store in a directory that is thrown away afterwards. */

#include "security/keystore.h"

#define OLD "old key: 0123456789"
#define NEW "new key"

typedef struct Fixture {
        char *directory;
        Seal *seal;
        Keystore *keys;
        GString *log;
} Fixture;

void fixture_set_up(Fixture *f, gconstpointer data);
void fixture_tear_down(Fixture *f, gconstpointer data);

void open_store(Fixture *f);
void close_store(Fixture *f);

/* As after a restart of the agent. */
void reopen_store(Fixture *f);

int set(Fixture *f, uint16_t account, KeySlot slot, const char *text);

/* What the kernel has, read as a plugin would. */
void assert_psk(Fixture *f, uint16_t account, const char *expected);

bool file_exists(Fixture *f, const char *name);
void spoil(Fixture *f, const char *name);
