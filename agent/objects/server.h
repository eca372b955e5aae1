/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Object 1, LwM2M Server (Core E.2): a view of the accounts. Resources 0, 1, 2, 3, 6, 7, 8 and,
 * where they differ from the defaults, 17 to 20. Writes are durable. The accounts post what
 * changes.
 */

#include "model/object.h"
#include "objects/accounts.h"
#include "objects/hooks.h"

/* Free with server_object_free(). `accounts` is borrowed, the hooks are copied. */
Object *server_object_new(Accounts *accounts, const ObjectHooks *hooks);
void server_object_free(Object *object);
