/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Server accounts: what objects 0 (Security) and 1 (Server) are views of. Kept in memory and in one
 * sealed file; what a function here reports as done is on disk.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/change.h"
#include "objects/account.h"
#include "security/seal.h"

#define ACCOUNTS_MAX 64

typedef struct Accounts Accounts;

/*
 * Reads the store. A damaged one is logged and the previous generation, or nothing, is used. Errno
 * of reading it. Both are borrowed. Instances that come and go, and resources of objects 0 and 1
 * whose value changes, are posted to `changes`.
 */
int accounts_new(Seal *seal, Changes *changes, Accounts **ret);
void accounts_free(Accounts *accounts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Accounts, accounts_free)

/* -EEXIST (ssid), -ENOSPC (ACCOUNTS_MAX), -EINVAL, errno of the disk. On success *account has its
 * instances. */
int accounts_add(Accounts *accounts, Account *account);

/* Replaces the account of that ssid; instances stay. -ENOENT, -EINVAL, errno of the disk; then
 * nothing changed. The same account again is no change: nothing is written or told. */
int accounts_change(Accounts *accounts, const Account *account, Origin origin);

/* -ENOENT, errno of the disk. */
int accounts_remove(Accounts *accounts, uint16_t ssid);

/* Borrowed, valid until the next change. NULL: none. */
const Account *accounts_find(const Accounts *accounts, uint16_t ssid);
const Account *accounts_find_server_instance(const Accounts *accounts, uint16_t instance);
const Account *accounts_find_security_instance(const Accounts *accounts, uint16_t instance);

/* In order of ssid; `after` 0: the first. NULL at the end. */
const Account *accounts_next(const Accounts *accounts, uint16_t after);
size_t accounts_len(const Accounts *accounts);

/* The instances of object 1 and of object 0 in ascending order; `after` -1: the first. -ENOENT at
 * the end. */
int accounts_next_server_instance(const Accounts *accounts, int after, uint16_t *ret);
int accounts_next_security_instance(const Accounts *accounts, int after, uint16_t *ret);

typedef enum AccountEvent {
        ACCOUNT_ADDED,
        ACCOUNT_CHANGED,
        ACCOUNT_REMOVED, /* `account` is what it was */
} AccountEvent;

/* Told from inside the call that did it, after it is on disk; changes nothing itself. `account` is
 * only lent. One listener. */
typedef void (*AccountFunc)(AccountEvent event, const Account *account, void *user);
void accounts_set_listener(Accounts *accounts, AccountFunc func, void *user);
