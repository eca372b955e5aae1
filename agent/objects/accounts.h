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
#include "security/seal.h"

#define ACCOUNTS_MAX 64
#define ACCOUNT_URI_MAX 255
/* /1/x/1 where none was set (Core 6.2.1). */
#define ACCOUNT_LIFETIME_DEFAULT 86400

/* Values of /0/x/2. */
typedef enum SecurityMode {
        SECURITY_MODE_PSK = 0,
        SECURITY_MODE_RPK = 1,
        SECURITY_MODE_CERTIFICATE = 2,
        SECURITY_MODE_NOSEC = 3,
} SecurityMode;

const char *security_mode_to_string(SecurityMode mode); /* "psk", "rpk", "cert", "nosec" */
int security_mode_from_string(const char *name);

/* A plain value. 0 in the retry fields means the default of Core table 6.2.1.1-1 (they are absent
 * in /1/x). */
typedef struct Account {
        uint16_t ssid; /* 1 … 65534, unique; also the account's number in the key store */
        uint16_t security_instance; /* /0/x; given by accounts_add() */
        uint16_t server_instance;   /* /1/x; likewise */
        char uri[ACCOUNT_URI_MAX + 1];
        SecurityMode mode;
        uint32_t lifetime;       /* /1/x/1, seconds */
        uint32_t pmin, pmax;     /* /1/x/2, /1/x/3, seconds; pmax 0: none */
        bool storing;            /* /1/x/6 */
        char binding[8];         /* /1/x/7, "U" */
        uint8_t retry_count;     /* /1/x/17 */
        uint32_t retry_timer;    /* /1/x/18, seconds */
        uint32_t sequence_delay; /* /1/x/19, seconds */
        uint8_t sequence_count;  /* /1/x/20 */
        char source[256];        /* the servers.d file it comes from, "" where added over D-Bus */
        char digest[65];         /* of that file's content when it was last applied */
} Account;

typedef struct Accounts Accounts;

/*
 * Reads the store. A damaged one is logged and the previous generation, or nothing, is used. Errno
 * of reading it. Both are borrowed. Instances that come and go, and resources of objects 0 and 1
 * whose value changes, are posted to `changes`.
 */
int accounts_new(Seal *seal, Changes *changes, Accounts **ret);
void accounts_free(Accounts *accounts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Accounts, accounts_free)

/* An account with defaults and nothing else set. */
Account account_default(void);

/* Whether both say the same. */
bool account_equal(const Account *a, const Account *b);

/* 0, or -EINVAL with the reason in *ret_why (a constant): URI and mode disagree, lifetime 0, ssid
 * out of range, … */
int account_check(const Account *account, const char **ret_why);

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
