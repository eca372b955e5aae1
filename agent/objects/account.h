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

/* Values of /0/x/6. The standard's secured packets (2) end in a smartcard; those that end in this
 * device are a proprietary mode of ours. */
typedef enum SmsMode {
        SMS_MODE_NONE = 0, /* the resource is absent */
        SMS_MODE_SECURED_PACKET = 2,
        SMS_MODE_NOSEC = 3, /* for triggers alone */
        SMS_MODE_SECURED_PACKET_DEVICE = 204,
} SmsMode;

/* /1/x/23. Absent means muted (Core E.2, resource 23). */
typedef enum MuteSend {
        MUTE_SEND_ABSENT = 0,
        MUTE_SEND_OFF = 1,
        MUTE_SEND_ON = 2,
} MuteSend;

/* '+', digits of a number and the NUL; the longest local policy of an SMS plugin. */
#define ACCOUNT_SMS_NUMBER_SIZE 24
#define ACCOUNT_SMS_NUMBER_MAX 20
#define ACCOUNT_SMS_OPTIONS_SIZE 96

const char *security_mode_to_string(SecurityMode mode); /* "psk", "rpk", "cert", "nosec" */
int security_mode_from_string(const char *name);

/* "none", "secured-packet", "nosec", "secured-packet-device" */
const char *sms_mode_to_string(SmsMode mode);
int sms_mode_from_string(const char *name);

/* A plain value. 0 in the retry fields means the default of Core table 6.2.1.1-1 (they are absent
 * in /1/x). */
typedef struct Account {
        uint16_t ssid; /* 1 … 65534, unique; also the account's number in the key store */
        uint16_t security_instance; /* /0/x; given by accounts_add() */
        uint16_t server_instance;   /* /1/x; likewise */
        char uri[ACCOUNT_URI_MAX + 1];
        SecurityMode mode;
        uint32_t lifetime;                        /* /1/x/1, seconds */
        uint32_t pmin, pmax;                      /* /1/x/2, /1/x/3, seconds; pmax 0: none */
        bool storing;                             /* /1/x/6 */
        char binding[8];                          /* /1/x/7, each of U, S and Q at most once */
        uint8_t retry_count;                      /* /1/x/17 */
        uint32_t retry_timer;                     /* /1/x/18, seconds */
        uint32_t sequence_delay;                  /* /1/x/19, seconds */
        uint8_t sequence_count;                   /* /1/x/20 */
        bool trigger;                             /* /1/x/21: may be woken by SMS */
        uint8_t mute_send;                        /* /1/x/23, a MuteSend */
        uint8_t sms_mode;                         /* /0/x/6, an SmsMode */
        char sms_number[ACCOUNT_SMS_NUMBER_SIZE]; /* /0/x/9, digits, see account_set_sms_number() */
        char sms_options[ACCOUNT_SMS_OPTIONS_SIZE]; /* LwmSecurityConfig.options, or "" */
        uint16_t sms_coding; /* TP-PID and TP-DCS of what is sent, 0: those of sms_mode */
        bool sms_strict;     /* only messages of that TP-PID and message class are heard */
        bool sms_fallback;   /* a registration goes by SMS where UDP finds no way */
        char source[256];    /* the servers.d file it comes from, "" where added over D-Bus */
        char digest[65];     /* of that file's content when it was last applied */
} Account;

/* An account with defaults and nothing else set. */
Account account_default(void);

/* Whether both say the same. */
bool account_equal(const Account *a, const Account *b);

/* Whether the URI is a telephone number: tel:, sms:, coap+sms:// or coap+tel:// (Core 1.0, 8.2.4).
 */
bool account_is_sms_uri(const char *uri);

/* Sets the number from what a person or a URI gives: visual separators (RFC 3966, 5.1.1) are left
 * out, and so is '+' where the digits are an MSISDN without it (sms/address.h). -EINVAL: not 3 to
 * ACCOUNT_SMS_NUMBER_MAX digits. */
int account_set_sms_number(Account *account, const char *text);

/* Sets TP-PID and TP-DCS from four hexadecimal digits, "0004", also with blanks. -EINVAL: not that,
 * or no 8-bit data scheme (TS 23.038, 4). */
int account_set_sms_coding(Account *account, const char *text);

/* Fills in what the URI says where nothing else was set: with a telephone number the number, and
 * binding S instead of U. */
void account_complete(Account *account);

/* Whether the binding has S, or U. */
bool account_has_sms(const Account *account);
bool account_has_udp(const Account *account);

/* 0, or -EINVAL with the reason in *ret_why (a constant): URI and mode disagree, lifetime 0, ssid
 * out of range, binding S without a number, … */
int account_check(const Account *account, const char **ret_why);
