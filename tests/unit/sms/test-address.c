/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/address.h"

#include <errno.h>
#include <string.h>

#include "sms/charset.h"
#include "test-util.h"

/* An address field, its type, and what it says. */
static const struct {
        const char *field;
        SmsNumberType type;
        const char *text;
} fields[] = {
        {"0B912121550571F8", SMS_NUMBER_INTERNATIONAL, "12125550178"},
        {"0C91945111325476", SMS_NUMBER_INTERNATIONAL, "491511234567"},
        {"058121436F", SMS_NUMBER_UNKNOWN,
         NULL}, /* four digits and a filler where five should be */
        {"05812143F5", SMS_NUMBER_UNKNOWN, "12345"},
        {"0681214365", SMS_NUMBER_UNKNOWN, "123456"},
        {"0AA12121550571", SMS_NUMBER_NATIONAL, "1212555017"},
        {"0581BADCFE", SMS_NUMBER_UNKNOWN, "*#abc"}, /* TS 23.040, 9.1.2.3 */
        {"0091", SMS_NUMBER_INTERNATIONAL, ""},
        {"07D0C161B308", SMS_NUMBER_NAME, "ACME"},
        {"0BD0C7F7FBCC2E03", SMS_NUMBER_NAME, "Google"},
        {"140111111111111111111111", SMS_NUMBER_UNKNOWN, NULL},   /* no 1 in bit 7 */
        {"159111111111111111111111F1", SMS_NUMBER_UNKNOWN, NULL}, /* 21 digits */
        {"1491"
         "21436587092143658709",
         SMS_NUMBER_INTERNATIONAL, "12345678901234567890"},
};

static void test_fields(void)
{
        for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++) {
                g_autoptr(GBytes) field = test_hex(fields[i].field);
                ByteReader reader =
                        byte_reader(g_bytes_get_data(field, NULL), g_bytes_get_size(field));
                uint8_t octets[16];
                ByteWriter writer = byte_writer(octets, sizeof(octets));
                SmsAddress address = {.text = "untouched"};
                int r = sms_address_parse(&reader, &address);

                if (!fields[i].text) {
                        g_assert_cmpint(r, ==, -EBADMSG);
                        g_assert_cmpuint(reader.pos, ==, 0);
                        g_assert_cmpstr(address.text, ==, "untouched");
                        continue;
                }
                g_assert_cmpint(r, ==, 0);
                g_assert_cmpuint(byte_reader_left(&reader), ==, 0);
                g_assert_cmpint(address.type, ==, fields[i].type);
                g_assert_cmpstr(address.text, ==, fields[i].text);
                sms_address_write(&address, &writer);
                g_assert_cmpmem(octets, writer.len, reader.data, reader.len);
        }
}

static void test_truncated(void)
{
        g_autoptr(GBytes) field = test_hex(fields[0].field);

        for (size_t len = 0; len < g_bytes_get_size(field); len++) {
                g_autofree uint8_t *exact = g_memdup2(g_bytes_get_data(field, NULL), len);
                ByteReader reader = byte_reader(exact, len);
                SmsAddress address;

                g_assert_cmpint(sms_address_parse(&reader, &address), ==, -EBADMSG);
        }
}

static void test_unwritable(void)
{
        uint8_t octets[32];
        SmsAddress bad[] = {
                {.type = SMS_NUMBER_UNKNOWN, .text = "123456789012345678901"},
                {.type = SMS_NUMBER_UNKNOWN, .text = "12+4"},
                {.type = SMS_NUMBER_NAME, .text = "more than eleven"},
                {.type = SMS_NUMBER_NAME, .text = "\xe4\xb8\xad"},
        };

        for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
                ByteWriter writer = byte_writer(octets, sizeof(octets));

                sms_address_write(&bad[i], &writer);
                g_assert_cmpint(byte_writer_result(&writer), ==, -EMSGSIZE);
        }
}

/* ---- Text ------------------------------------------------------------------------ */

static const SmsNumbering german = {.international_prefix = "00", .country_code = "49"};

static void test_from_text(void)
{
        static const struct {
                const char *text;
                SmsNumberType type;
                const char *expect; /* NULL: refused */
        } numbers[] = {
                {"+12125550178", SMS_NUMBER_INTERNATIONAL, "12125550178"},
                {" +1 (212) 555-01.78", SMS_NUMBER_INTERNATIONAL, "12125550178"},
                {"0012125550178", SMS_NUMBER_INTERNATIONAL, "12125550178"},
                {"12125550178", SMS_NUMBER_INTERNATIONAL, "12125550178"},
                {"02125550178", SMS_NUMBER_UNKNOWN, "02125550178"},
                {"12345", SMS_NUMBER_UNKNOWN, "12345"},
                {"1234567", SMS_NUMBER_UNKNOWN, "1234567"},
                {"12345678", SMS_NUMBER_UNKNOWN, "12345678"},
                {"+12345678", SMS_NUMBER_INTERNATIONAL, "12345678"},
                {"0012345678", SMS_NUMBER_INTERNATIONAL, "12345678"},
                {"123456789", SMS_NUMBER_INTERNATIONAL, "123456789"},
                {"00123", SMS_NUMBER_UNKNOWN, "00123"}, /* a short code, prefix or not */
                {"*100#", SMS_NUMBER_UNKNOWN, "*100#"},
                {"ACME", SMS_NUMBER_NAME, "ACME"},
                {"\xc3\x9c"
                 "ber 1",
                 SMS_NUMBER_NAME,
                 "\xc3\x9c"
                 "ber 1"},
                {"", 0, NULL},
                {"+", 0, NULL},
                {"+ACME", 0, NULL},
                {"1234567890123456789012", 0, NULL},
                {"more than eleven", 0, NULL},
                {"\xe4\xb8\xad\xe6\x96\x87", 0, NULL},
                {"\xff", 0, NULL},
        };

        for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++) {
                SmsAddress address;
                int r = sms_address_from_text(numbers[i].text, &german, &address);

                g_test_message("number %u", i);
                g_assert_cmpint(r, ==, numbers[i].expect ? 0 : -EINVAL);
                if (r < 0)
                        continue;
                g_assert_cmpstr(address.text, ==, numbers[i].expect);
                g_assert_cmpint(address.type, ==, numbers[i].type);
        }
}

static SmsAddress received(SmsNumberType type, const char *text)
{
        SmsAddress address = {.type = type, .plan = 1};

        g_strlcpy(address.text, text, sizeof(address.text));
        sms_address_normalise(&address, &german);
        return address;
}

static void test_equal(void)
{
        static const struct {
                const char *configured;
                SmsNumberType type;
                const char *text;
                bool equal;
        } pairs[] = {
                {"+491511234567", SMS_NUMBER_INTERNATIONAL, "491511234567", true},
                {"491511234567", SMS_NUMBER_INTERNATIONAL, "491511234567", true},
                {"491511234567", SMS_NUMBER_UNKNOWN, "491511234567", true},
                {"+491511234567", SMS_NUMBER_UNKNOWN, "00491511234567", true},
                {"+491511234567", SMS_NUMBER_NATIONAL, "1511234567", true},
                {"+491511234567", SMS_NUMBER_UNKNOWN, "1511234567", false},
                {"+491511234567", SMS_NUMBER_INTERNATIONAL, "491511234568", false},
                {"+491511234567", SMS_NUMBER_NAME, "491511234567", false},
                {"12345", SMS_NUMBER_UNKNOWN, "12345", true},
                {"12345", SMS_NUMBER_INTERNATIONAL, "12345", true},
                {"12345", SMS_NUMBER_NATIONAL, "12345", true},
                {"12345", SMS_NUMBER_NETWORK, "12345", true},
                {"12345", SMS_NUMBER_SUBSCRIBER, "12345", true},
                {"12345", SMS_NUMBER_ABBREVIATED, "12345", true},
                {"12345", SMS_NUMBER_NAME, "12345", false},
                {"12345", SMS_NUMBER_NATIONAL, "12346", false},
                {"1234567", SMS_NUMBER_NETWORK, "1234567", true},
                {"12345", SMS_NUMBER_UNKNOWN, "012345", false},
                {"ACME", SMS_NUMBER_NAME, "ACME", true},
                {"ACME", SMS_NUMBER_NAME, "acme", false},
        };

        for (unsigned i = 0; i < G_N_ELEMENTS(pairs); i++) {
                SmsAddress a, b = received(pairs[i].type, pairs[i].text);

                g_test_message("%s and %s", pairs[i].configured, pairs[i].text);
                g_assert_cmpint(sms_address_from_text(pairs[i].configured, &german, &a), ==, 0);
                g_assert_true(sms_address_equal(&a, &b) == pairs[i].equal);
                g_assert_true(sms_address_equal(&b, &a) == pairs[i].equal);
        }
}

static void test_to_string(void)
{
        SmsAddress address = received(SMS_NUMBER_INTERNATIONAL, "491511234567");
        SmsAddress code = received(SMS_NUMBER_UNKNOWN, "12345");
        g_autofree char *a = sms_address_to_string(&address);
        g_autofree char *b = sms_address_to_string(&code);

        g_assert_cmpstr(a, ==, "+491511234567");
        g_assert_cmpstr(b, ==, "12345");
}

/* ---- The alphabet ---------------------------------------------------------------- */

/* TS 23.038, 6.1.2.1: "hellohello" is the customary example. */
static void test_packing(void)
{
        g_autoptr(GBytes) expect = test_hex("E8329BFD4697D9EC37");
        uint8_t octets[9];
        char text[16];

        g_assert_cmpint(charset_encode("hellohello", octets, sizeof(octets)), ==, 10);
        g_assert_cmpmem(octets, sizeof(octets), g_bytes_get_data(expect, NULL),
                        g_bytes_get_size(expect));
        g_assert_cmpint(charset_decode(octets, 10, text, sizeof(text)), ==, 0);
        g_assert_cmpstr(text, ==, "hellohello");
        g_assert_cmpint(charset_decode(octets, 10, text, 10), ==, -EMSGSIZE);
        g_assert_cmpint(charset_encode("hellohello", octets, 8), ==, -EMSGSIZE);
}

/* Every septet there and back. Of the escape and the space that stands for it, the space. */
static void test_alphabet(void)
{
        for (unsigned septet = 0; septet < 128; septet++) {
                uint8_t octets[2] = {(uint8_t) septet, 0}, again[2];
                char text[8];

                g_assert_cmpint(charset_decode(octets, 1, text, sizeof(text)), ==, 0);
                g_assert_cmpint(charset_encode(text, again, sizeof(again)), ==, 1);
                g_assert_cmpint(again[0], ==, septet == 0x1B ? 0x20 : septet);
        }
}

static void test_extension(void)
{
        static const char all[] = "{}[]~|^\\\xe2\x82\xac";
        uint8_t octets[32];
        char text[32];
        ssize_t n = charset_encode(all, octets, sizeof(octets));

        g_assert_cmpint(n, ==, 18);
        g_assert_cmpint(charset_decode(octets, (size_t) n, text, sizeof(text)), ==, 0);
        g_assert_cmpstr(text, ==, all);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/sms/address/fields", test_fields);
        g_test_add_func("/sms/address/truncated", test_truncated);
        g_test_add_func("/sms/address/unwritable", test_unwritable);
        g_test_add_func("/sms/address/from-text", test_from_text);
        g_test_add_func("/sms/address/equal", test_equal);
        g_test_add_func("/sms/address/to-string", test_to_string);
        g_test_add_func("/sms/charset/packing", test_packing);
        g_test_add_func("/sms/charset/alphabet", test_alphabet);
        g_test_add_func("/sms/charset/extension", test_extension);
        return g_test_run();
}
