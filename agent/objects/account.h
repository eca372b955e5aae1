/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is to be known of one server: a plain value. */

#include <stdbool.h>
#include <stdint.h>

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

/* An account with defaults and nothing else set. */
Account account_default(void);

/* Whether both say the same. */
bool account_equal(const Account *a, const Account *b);

/* 0, or -EINVAL with the reason in *ret_why (a constant): URI and mode disagree, lifetime 0, ssid
 * out of range, … */
int account_check(const Account *account, const char **ret_why);
