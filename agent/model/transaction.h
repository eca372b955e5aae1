/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A write of any number of instances of any number of objects that happens wholly or not at all.
 * Values are checked against the definitions and staged with their objects; commit then commits
 * object by object and rolls back all if one fails.
 */

#include "model/tree.h"

/* The most instances that one transaction writes. */
#define TRANSACTION_MAX_WRITES 256

typedef struct Transaction Transaction;

Transaction *transaction_new(Tree *tree, Origin origin);

/* Drops what was staged and not committed. Under way: it goes on, `done` is not called any more. */
void transaction_free(Transaction *transaction);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Transaction, transaction_free)

/*
 * Stages a write to the instance of `path` (level instance or below), takes over `records` (also
 * where it fails). Checks, in this order: -ENOENT no such object or instance or (when `path` names
 * it) resource; -EPERM the path names a resource that cannot be written by this origin, or the
 * records hold a read-only one; -EINVAL two values for one node, a resource instance of a single
 * resource, wrong type, a missing mandatory writable resource in WRITE_REPLACE_INSTANCE; -ERANGE.
 * Resources the definition does not know are left out where the path names the instance.
 * ORIGIN_LOCAL is bound by the same operations as servers are. A path of a resource instance
 * changes that one alone, whatever the mode, and it must exist. -ENOSPC above
 * TRANSACTION_MAX_WRITES. Whatever the object says to it.
 */
int transaction_write(Transaction *transaction, WriteMode mode, Path path, Records *records);

/* 0: done. -EINPROGRESS: `done` will be called with the result. Otherwise it failed and nothing was
 * changed. */
int transaction_commit(Transaction *transaction, ObjectDone done, void *user);
