/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/address.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "sms/charset.h"

#define PLAN_E164 1
#define FILLER 0x0F
#define NO_EXTENSION 0x80

/* TS 23.040, 9.1.2.3 */
static const char digits[] = "0123456789*#abc";

/* ---- The field ----------------------------------------------------------------- */

static int digits_parse(const uint8_t *octets, size_t n, char *text)
{
        for (size_t i = 0; i < n; i++) {
                uint8_t nibble = i % 2 == 0 ? octets[i / 2] & 0x0F : octets[i / 2] >> 4;

                if (nibble == FILLER)
                        return -EBADMSG;
                text[i] = digits[nibble];
        }
        text[n] = '\0';
        return 0;
}

int sms_address_parse(ByteReader *reader, SmsAddress *ret)
{
        ByteReader ahead = *reader;
        SmsAddress address = {0};
        const uint8_t *octets;
        uint8_t n, type;
        int r;

        if (byte_reader_u8(&ahead, &n) < 0 || byte_reader_u8(&ahead, &type) < 0 ||
            byte_reader_view(&ahead, (n + 1u) / 2, &octets) < 0)
                return -EBADMSG;
        if (n > SMS_ADDRESS_MAX_DIGITS || !(type & NO_EXTENSION))
                return -EBADMSG;

        address.type = (SmsNumberType) (type >> 4 & 7);
        address.plan = type & 0x0F;
        /* TS 23.040, 9.1.2.5: the length of a name counts its useful semi-octets. */
        if (address.type == SMS_NUMBER_NAME)
                r = charset_decode(octets, n * 4u / 7, address.text, sizeof(address.text));
        else
                r = digits_parse(octets, n, address.text);
        if (r < 0)
                return -EBADMSG;

        *reader = ahead;
        *ret = address;
        return 0;
}

static uint8_t type_octet(const SmsAddress *address)
{
        return (uint8_t) (NO_EXTENSION | (unsigned) address->type << 4 | (address->plan & 0x0F));
}

static void name_write(const SmsAddress *address, ByteWriter *writer)
{
        uint8_t octets[SMS_ADDRESS_MAX_DIGITS / 2];
        ssize_t septets = charset_encode(address->text, octets, sizeof(octets));
        size_t n;

        if (septets < 0) {
                writer->failed = true;
                return;
        }

        n = ((size_t) septets * 7 + 3) / 4;
        byte_writer_u8(writer, (uint8_t) n);
        byte_writer_u8(writer, type_octet(address));
        byte_writer_bytes(writer, octets, (n + 1) / 2);
}

/* The nibble of a digit, or -EINVAL. */
static int digit_value(char c)
{
        const char *found = c ? strchr(digits, c) : NULL;

        return found ? (int) (found - digits) : -EINVAL;
}

void sms_address_write(const SmsAddress *address, ByteWriter *writer)
{
        size_t n = strlen(address->text);

        if (address->type == SMS_NUMBER_NAME) {
                name_write(address, writer);
                return;
        }
        if (n > SMS_ADDRESS_MAX_DIGITS) {
                writer->failed = true;
                return;
        }

        byte_writer_u8(writer, (uint8_t) n);
        byte_writer_u8(writer, type_octet(address));
        for (size_t i = 0; i < n; i += 2) {
                int low = digit_value(address->text[i]);
                int high = i + 1 < n ? digit_value(address->text[i + 1]) : FILLER;

                if (low < 0 || high < 0)
                        writer->failed = true;
                byte_writer_u8(writer, (uint8_t) (high << 4 | low));
        }
}

/* ---- Numbers and people ---------------------------------------------------------- */

/* The digits of a number without what people put between them. -EINVAL: not a number. */
static int number_from_text(const char *text, char *ret)
{
        size_t n = 0;

        for (; *text; text++) {
                if (strchr(" -.()", *text))
                        continue;
                if (n == SMS_ADDRESS_MAX_DIGITS || !strchr("0123456789*#", *text))
                        return -EINVAL;
                ret[n++] = *text;
        }
        ret[n] = '\0';
        return n > 0 ? 0 : -EINVAL;
}

static int name_from_text(const char *text, SmsAddress *address)
{
        uint8_t octets[SMS_ADDRESS_MAX_DIGITS / 2];
        ssize_t septets = charset_encode(text, octets, sizeof(octets));

        if (septets <= 0 || septets * 7 > SMS_ADDRESS_MAX_DIGITS * 4)
                return -EINVAL;
        address->type = SMS_NUMBER_NAME;
        g_strlcpy(address->text, text, sizeof(address->text));
        return 0;
}

bool sms_address_is_msisdn(const char *text)
{
        return strlen(text) >= SMS_ADDRESS_MSISDN && text[0] >= '1' && text[0] <= '9';
}

int sms_address_from_text(const char *text, const SmsNumbering *numbering, SmsAddress *ret)
{
        SmsAddress address = {.plan = PLAN_E164};
        bool plus;

        while (*text == ' ')
                text++;
        plus = *text == '+';
        if (number_from_text(text + plus, address.text) == 0) {
                address.type = plus ? SMS_NUMBER_INTERNATIONAL : SMS_NUMBER_UNKNOWN;
                sms_address_normalise(&address, numbering);
                if (sms_address_is_msisdn(address.text))
                        address.type = SMS_NUMBER_INTERNATIONAL;
        } else if (plus || name_from_text(text, &address) < 0) {
                return -EINVAL;
        } else {
                address.plan = 0;
        }

        *ret = address;
        return 0;
}

static bool is_set(const char *text)
{
        return text && *text;
}

static void make_international(SmsAddress *address, const char *prefix, size_t skip)
{
        g_autofree char *text = g_strconcat(prefix, address->text + skip, NULL);

        if (strlen(text) > SMS_ADDRESS_MAX_DIGITS)
                return;
        g_strlcpy(address->text, text, sizeof(address->text));
        address->type = SMS_NUMBER_INTERNATIONAL;
}

void sms_address_normalise(SmsAddress *address, const SmsNumbering *numbering)
{
        const char *prefix = numbering ? numbering->international_prefix : NULL;
        const char *country = numbering ? numbering->country_code : NULL;

        if (strlen(address->text) <= SMS_ADDRESS_SHORT)
                return;
        if (address->type == SMS_NUMBER_UNKNOWN && is_set(prefix) &&
            g_str_has_prefix(address->text, prefix))
                make_international(address, "", strlen(prefix));
        else if (address->type == SMS_NUMBER_NATIONAL && is_set(country))
                make_international(address, country, 0);
}

bool sms_address_equal(const SmsAddress *a, const SmsAddress *b)
{
        bool same_kind = (a->type == SMS_NUMBER_NAME) == (b->type == SMS_NUMBER_NAME);

        return same_kind && strcmp(a->text, b->text) == 0;
}

char *sms_address_to_string(const SmsAddress *address)
{
        return g_strconcat(address->type == SMS_NUMBER_INTERNATIONAL ? "+" : "", address->text,
                           NULL);
}
