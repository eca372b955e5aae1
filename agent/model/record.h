/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A list of (path, value): what content formats carry and objects read and write. */

#include <glib.h>

#include "model/path.h"
#include "model/value.h"

/* No list from outside grows longer. */
#define RECORDS_MAX 20000

typedef struct Record {
        Path path; /* of a resource or a resource instance. At a higher level, without value, it
                    * says that this node exists and is empty: an instance without resources, a
                    * multiple resource without instances */
        Value value;
} Record;

typedef struct Records Records;

Records *records_new(void);
void records_free(Records *records);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Records, records_free)

/* Takes over `value`. -E2BIG above RECORDS_MAX (the value is then cleared). */
int records_add(Records *records, Path path, Value value);

size_t records_len(const Records *records);

/* Borrowed, valid until the list changes. `index` < records_len(). */
const Record *records_get(const Records *records, size_t index);

/* Hands the value to the caller, who clears it; the record stays, with VALUE_NONE. What is borrowed
 * stays so. */
Value records_take(Records *records, size_t index);

/* The first record of exactly `path`, or NULL. O(n). */
const Record *records_find(const Records *records, Path path);

/* Forgets what comes after the first `len`. */
void records_truncate(Records *records, size_t len);

/* In order of path_compare(), stable. -EEXIST when two records have the same path. */
int records_sort(Records *records);
