/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Factory-provisioned accounts (Core 6.1, factory bootstrap): the files of servers.d/.
 *
 * A file makes its account once; what the server changes afterwards (its lifetime, say) stays until
 * the file itself changes. An account that no file defines any more goes, with its keys; one that
 * another file defines stays with that, keys included. A file with an error is told of and changes
 * nothing.
 */

#include "objects/accounts.h"
#include "security/keystore.h"
#include "security/loader.h"

/* Files read of one directory. */
#define PROVISION_MAX_FILES ACCOUNTS_MAX

/* `credentials`: $CREDENTIALS_DIRECTORY or NULL. Returns how many files had an error; each is
 * logged. */
int provision_apply(const char *directory, const char *credentials, Accounts *accounts,
                    Keystore *keystore, const Loader *loader);

/* As provision_apply() without accounts, for `lwm2md --check`: only reads, judges the keys and
 * tells. */
int provision_check(const char *directory, const char *credentials, const Loader *loader);
