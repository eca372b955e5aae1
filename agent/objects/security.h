/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Object 0, LwM2M Security (Core E.1): a view of the accounts. No server reaches it (Core E.1);
 * locally its secrets read as -EACCES. Nothing of it is written by this way: accounts are added and
 * keys set through accounts.h and keystore.h. */

#include "model/object.h"
#include "objects/accounts.h"
#include "security/keystore.h"

/* Free with security_object_free(). Both stay the caller's. */
Object *security_object_new(Accounts *accounts, const Keystore *keystore);
void security_object_free(Object *object);
