/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What transaction_write() checks before an object hears of a write. */

#include "model/object.h"

/* The path and what it names: -ENOENT, -EPERM as transaction_write() says. */
int transaction_check_path(Object *object, Path path);

/*
 * The records against the definition: -EPERM, -EINVAL, -ERANGE as transaction_write() says.
 * `records` lose their values; *ret has those that the object is to see, converted to their types
 * and sorted.
 */
int transaction_check_records(const ObjectDefinition *object, WriteMode mode, Path path,
                              Records *records, Records **ret);
