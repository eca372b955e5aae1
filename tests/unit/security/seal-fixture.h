/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A sealed state directory that is thrown away afterwards. */

#include "security/seal.h"

/* Longer than a block of the cipher. */
#define OLD "the old content, which is a secret of somebody"
#define NEW "the new content"

typedef struct Fixture {
        char *directory;
        Seal *seal;
        GString *log;
} Fixture;

void fixture_set_up(Fixture *f, gconstpointer data);
void fixture_tear_down(Fixture *f, gconstpointer data);

void put(Seal *seal, const char *name, const char *text);

/* The content; "" and the errno where there is none. To be freed. `ret_previous` may be NULL. */
char *get(Seal *seal, const char *name, int *ret_error, bool *ret_previous);

void assert_content(Seal *seal, const char *name, const char *expected, bool expected_previous);
void assert_error(Seal *seal, const char *name, int error);

/* The file as it lies on disk. */
char *load(Fixture *f, const char *name, size_t *ret_len);
void store(Fixture *f, const char *name, const char *data, size_t len);
