/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who a short message comes from or goes to (TS 23.040, 9.1.2.5): a number or a name. */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* An address field has ten octets for digits, two each. */
#define SMS_ADDRESS_MAX_DIGITS 20

/* Numbers up to this long are short codes: compared as they are. */
#define SMS_ADDRESS_SHORT 6

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
 * that prefix, "12125550178" (an MSISDN of TS 23.003, 3.3), "12345" (a short code), "ACME".
 * Blanks, '-', '.', '(' and ')' in numbers are passed over. Normalised. -EINVAL.
 */
int sms_address_from_text(const char *text, const SmsNumbering *numbering, SmsAddress *ret);

/* Numbers that are international in effect become so: international prefix of an unknown number,
 * country code of a national one. Names and short codes stay. */
void sms_address_normalise(SmsAddress *address, const SmsNumbering *numbering);

/* Whether two normalised addresses are the same. Longer numbers are compared by digits alone, since
 * networks differ in how they mark an international number; short codes and names as they are. */
bool sms_address_equal(const SmsAddress *a, const SmsAddress *b);

/* "+12125550178", "12345", "ACME". The caller's. Personal: log_masked(). */
char *sms_address_to_string(const SmsAddress *address);
