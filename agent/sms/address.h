/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who a short message comes from or goes to (TS 23.040, 9.1.2.5): a number or a name. */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* An address field has ten octets for digits, two each. */
#define SMS_ADDRESS_MAX_DIGITS 20

/* Numbers up to this long are short codes: they have neither prefix nor country code. */
#define SMS_ADDRESS_SHORT 6

/* Without '+', numbers from this length on are taken for an MSISDN. Short codes have up to eight
 * digits; a number with country code and only eight is rare enough to be written with '+'. */
#define SMS_ADDRESS_MSISDN 9

/* The type of number, bits 4 to 6 of the type octet. */
typedef enum SmsNumberType {
        SMS_NUMBER_UNKNOWN = 0,
        SMS_NUMBER_INTERNATIONAL = 1,
        SMS_NUMBER_NATIONAL = 2,
        SMS_NUMBER_NETWORK = 3,
        SMS_NUMBER_SUBSCRIBER = 4,
        SMS_NUMBER_NAME = 5, /* alphanumeric */
        SMS_NUMBER_ABBREVIATED = 6,
        SMS_NUMBER_RESERVED = 7,
} SmsNumberType;

/* A plain value. `text`: digits, '*', '#', 'a' to 'c', without '+'; of a name, UTF-8. */
typedef struct SmsAddress {
        SmsNumberType type;
        uint8_t plan; /* numbering plan, 1: E.164 */
        char text[40];
} SmsAddress;

/* How numbers are dialled where the modem is. Either may be NULL or "". */
typedef struct SmsNumbering {
        const char *international_prefix; /* "00", "011": what stands for '+' */
        const char *country_code;         /* "49": what national numbers lack */
} SmsNumbering;

/* One address field: number of digits, type, digits. -EBADMSG. */
int sms_address_parse(ByteReader *reader, SmsAddress *ret);

/* A name that the alphabet does not have makes the writer fail. */
void sms_address_write(const SmsAddress *address, ByteWriter *writer);

/*
 * The address of a server as a person or an account gives it: "+12125550178", "0012125550178" with
 * that prefix, "12125550178" (see sms_address_is_msisdn()), "12345" (a short code, of unknown
 * type), "ACME".
 * Blanks, '-', '.', '(' and ')' in numbers are passed over. Normalised. -EINVAL.
 */
int sms_address_from_text(const char *text, const SmsNumbering *numbering, SmsAddress *ret);

/* Whether digits without '+' are an MSISDN, which begins with the country code (TS 23.003, 3.3): no
 * country code begins with 0, and it has SMS_ADDRESS_MSISDN digits or more. */
bool sms_address_is_msisdn(const char *text);

/* Numbers that are international in effect become so: international prefix of an unknown number,
 * country code of a national one. Names and short codes stay. */
void sms_address_normalise(SmsAddress *address, const SmsNumbering *numbering);

/* Whether two normalised addresses are the same. Numbers are compared by digits alone, since
 * networks differ in how they mark them, short codes above all; a name is never a number. */
bool sms_address_equal(const SmsAddress *a, const SmsAddress *b);

/* "+12125550178", "12345", "ACME". The caller's. Personal: log_masked(). */
char *sms_address_to_string(const SmsAddress *address);
