/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "objects/accounts.h"

static Account account_of(const char *uri, SecurityMode mode)
{
        Account account = account_default();

        account.ssid = 101;
        account.mode = mode;
        g_strlcpy(account.uri, uri, sizeof(account.uri));
        return account;
}

static void test_default(void)
{
        Account account = account_default();
        const char *why = NULL;

        g_assert_cmpuint(account.lifetime, ==, 86400);
        g_assert_true(account.storing);
        g_assert_cmpstr(account.binding, ==, "U");
        g_assert_cmpint(account_check(&account, &why), ==, -EINVAL); /* no ssid, no URI */
        g_assert_nonnull(why);
}

static void test_names(void)
{
        g_assert_cmpstr(security_mode_to_string(SECURITY_MODE_NOSEC), ==, "nosec");
        g_assert_cmpint(security_mode_from_string("psk"), ==, SECURITY_MODE_PSK);
        g_assert_cmpint(security_mode_from_string("cert"), ==, SECURITY_MODE_CERTIFICATE);
        g_assert_cmpint(security_mode_from_string("tls"), ==, -EINVAL);
        g_assert_cmpint(sms_mode_from_string("secured-packet-device"), ==, 204);
        g_assert_cmpstr(sms_mode_to_string((SmsMode) 1), ==, "?");
}

static void test_uris(void)
{
        static const char *const secure[] = {
                "coaps://a",
                "coaps://a:5684",
                "coaps://a.example:1/lwm2m",
                "coaps://192.0.2.1",
                "coaps://[2001:db8::1]:65535",
                "COAPS://a",
        };
        static const char *const plain[] = {"coap://a", "coap://[::1]:5683"};
        static const char *const bad[] = {
                "",
                "a",
                "//a",
                "coaps:",
                "coaps://",
                "coaps://:5684",
                "http://a",
                "coaps://a:0",
                "coaps://a:65536",
                "coaps://a:x",
                "coaps://u@a",
                "coaps://a?b",
                "coaps://a#b",
                "coaps://[::1",
                "coaps+tcp://a",
                " coaps://a",
        };
        const char *why;

        for (size_t i = 0; i < G_N_ELEMENTS(secure); i++) {
                Account account = account_of(secure[i], SECURITY_MODE_PSK);

                g_assert_cmpint(account_check(&account, &why), ==, 0);
                account.mode = SECURITY_MODE_NOSEC;
                g_assert_cmpint(account_check(&account, &why), ==, -EINVAL);
                g_assert_cmpstr(why, ==, "mode nosec needs a coap URI, not coaps");
        }
        for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
                Account account = account_of(plain[i], SECURITY_MODE_NOSEC);

                g_assert_cmpint(account_check(&account, &why), ==, 0);
                account.mode = SECURITY_MODE_PSK;
                g_assert_cmpint(account_check(&account, &why), ==, -EINVAL);
                g_assert_cmpstr(why, ==, "a secure mode needs a coaps URI, not coap");
        }
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                Account account = account_of(bad[i], SECURITY_MODE_PSK);

                g_assert_cmpint(account_check(&account, &why), ==, -EINVAL);
        }
}

static void test_numbers(void)
{
        Account account = account_of("coaps://a", SECURITY_MODE_PSK);
        const char *why = NULL;

        account.ssid = 65534;
        g_assert_cmpint(account_check(&account, &why), ==, 0);
        account.ssid = 65535;
        g_assert_cmpint(account_check(&account, &why), ==, -EINVAL);
        g_assert_nonnull(strstr(why, "1 to 65534"));

        account = account_of("coaps://a", SECURITY_MODE_PSK);
        account.lifetime = 0;
        g_assert_cmpint(account_check(&account, &why), ==, -EINVAL);
        g_assert_nonnull(strstr(why, "lifetime"));

        account = account_of("coaps://a", (SecurityMode) 4);
        g_assert_cmpint(account_check(&account, &why), ==, -EINVAL);
        g_assert_nonnull(strstr(why, "mode"));

        account = account_of("coaps://a", SECURITY_MODE_PSK);
        g_strlcpy(account.binding, "UT", sizeof(account.binding));
        g_assert_cmpint(account_check(&account, &why), ==, -EINVAL);
        g_assert_nonnull(strstr(why, "binding"));
}

static void assert_why(const Account *account, const char *part)
{
        const char *why = "nothing";
        int r = account_check(account, &why);

        if (!part && r == 0)
                return;
        if (!part || r != -EINVAL || !strstr(why, part))
                g_error("%s, binding %s: \"%s\" is not \"%s\"", account->uri, account->binding, why,
                        part ? part : "nothing");
}

static Account sms_account(const char *uri, const char *binding, SmsMode mode)
{
        Account account =
                account_of(uri, account_is_sms_uri(uri) ? SECURITY_MODE_NOSEC : SECURITY_MODE_PSK);

        account.sms_mode = (uint8_t) mode;
        if (binding)
                g_strlcpy(account.binding, binding, sizeof(account.binding));
        account_complete(&account, binding != NULL);
        return account;
}

/* Where without '+' it would be a short code it makes a difference. */
static void test_number(void)
{
        static const struct {
                const char *text, *expect; /* NULL: refused */
        } all[] = {
                {"+1 (212) 555-0178", "12125550178"},
                {"12125550178", "12125550178"},
                {"+29012345", "+29012345"},
                {"29012345", "29012345"},
                {"12345", "12345"},
                {"0012125550178", "0012125550178"},
                {"+12345678901234567890", "12345678901234567890"},
                {"+01234567890123456789", "+01234567890123456789"},
                {"+123456789012345678901", NULL},
                {"++12125550178", NULL},
                {"+12", NULL},
                {"", NULL},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
                Account account = sms_account("coaps://a", "US", SMS_MODE_SECURED_PACKET);
                int r = account_set_sms_number(&account, all[i].text);

                g_test_message("%s", all[i].text);
                g_assert_cmpint(r, ==, all[i].expect ? 0 : -EINVAL);
                if (r < 0)
                        continue;
                g_assert_cmpstr(account.sms_number, ==, all[i].expect);
                assert_why(&account, NULL);
        }
}

static void test_bindings(void)
{
        static const char *const good[] = {"U", "S", "US", "UQ", "SQ", "UQS", "SU", "USQ"};
        static const char *const bad[] = {"", "Q", "UU", "UT", "us", "U S", "UQSQ", "N"};
        Account account = sms_account("coaps://a", "U", SMS_MODE_SECURED_PACKET);

        g_assert_cmpint(account_set_sms_number(&account, "+1 (212) 555-0178"), ==, 0);
        g_assert_cmpstr(account.sms_number, ==, "12125550178");
        for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
                g_strlcpy(account.binding, good[i], sizeof(account.binding));
                assert_why(&account, NULL);
                g_assert_true(account_has_udp(&account) == (strchr(good[i], 'U') != NULL));
                g_assert_true(account_has_sms(&account) == (strchr(good[i], 'S') != NULL));
        }
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_strlcpy(account.binding, bad[i], sizeof(account.binding));
                assert_why(&account, "binding is not supported");
        }
}

static void test_sms_uris(void)
{
        static const char *const good[] = {"tel:+12125550178", "sms:+12125550178",
                                           "coap+sms://12125550178", "COAP+TEL://12125550178",
                                           "tel:+1-212-555-0178"};
        static const char *const bad[] = {
                "tel:",       "sms:+", "tel:12", "coap+sms://a", "tel:+123456789012345678901",
                "tel:+1212/a"};

        for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
                Account account = sms_account(good[i], NULL, SMS_MODE_SECURED_PACKET_DEVICE);

                assert_why(&account, NULL);
                g_assert_cmpstr(account.sms_number, ==, "12125550178");
                g_assert_cmpstr(account.binding, ==, "S");
                account.mode = SECURITY_MODE_PSK;
                assert_why(&account, "needs mode nosec");
        }
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                Account account = sms_account(bad[i], "S", SMS_MODE_SECURED_PACKET);

                assert_why(&account, "no telephone number");
        }
        g_assert_false(account_is_sms_uri("coap://12125550178"));
}

static void test_sms_reasons(void)
{
        Account account = sms_account("tel:+12125550178", "UQS", SMS_MODE_SECURED_PACKET);

        assert_why(&account, "needs a coap or coaps URI");
        account = sms_account("tel:+12125550178", "U", SMS_MODE_SECURED_PACKET);
        assert_why(&account, "binding U needs a coap or coaps URI");
        account = sms_account("tel:+12125550178", "S", SMS_MODE_SECURED_PACKET);
        account.sms_fallback = true;
        assert_why(&account, "SMS fallback needs a coap or coaps URI");
        account = sms_account("tel:+12125550178", "S", SMS_MODE_NONE);
        assert_why(&account, "needs an SMS mode");
        account = sms_account("tel:+12125550178", "S", SMS_MODE_NOSEC);
        assert_why(&account, "triggers alone");
        account = sms_account("coaps://a", "US", SMS_MODE_SECURED_PACKET);
        assert_why(&account, "number is missing");
        account = sms_account("coaps://a", "U", SMS_MODE_NONE);
        account.trigger = true;
        assert_why(&account, "need an SMS mode");
        account = sms_account("tel:+12125550178", "S", (SmsMode) 1);
        assert_why(&account, "mode is not supported");
        account = sms_account("tel:+12125550178", "S", SMS_MODE_SECURED_PACKET);
        g_strlcpy(account.sms_options, "cc=4, por=yes", sizeof(account.sms_options));
        assert_why(&account, "options are malformed");
}

static void test_sms_coding(void)
{
        Account account = sms_account("tel:+12125550178", "S", SMS_MODE_SECURED_PACKET);

        g_assert_cmpint(account_set_sms_coding(&account, "00 04"), ==, 0);
        g_assert_cmphex(account.sms_coding, ==, 0x0004);
        g_assert_cmpint(account_set_sms_coding(&account, "7ff6"), ==, 0);
        g_assert_cmphex(account.sms_coding, ==, 0x7FF6);
        assert_why(&account, NULL);
        g_assert_cmpint(account_set_sms_coding(&account, "7D00"), ==, -EINVAL);
        g_assert_cmpint(account_set_sms_coding(&account, "0000"), ==, -EINVAL);
        g_assert_cmpint(account_set_sms_coding(&account, "7D"), ==, -EINVAL);
        g_assert_cmpint(account_set_sms_coding(&account, "class1"), ==, -EINVAL);
        g_assert_cmphex(account.sms_coding, ==, 0x7FF6);
        account.sms_coding = 0x7D00;
        assert_why(&account, "no 8-bit data");

        account = sms_account("coaps://a", "U", SMS_MODE_NONE);
        account.sms_strict = true;
        assert_why(&account, "need an SMS mode");
        account = sms_account("coap://a", "US", SMS_MODE_NOSEC);
        account.mode = SECURITY_MODE_NOSEC;
        g_assert_cmpint(account_set_sms_number(&account, "12125550178"), ==, 0);
        assert_why(&account, NULL);
        account.sms_fallback = true;
        assert_why(&account, "not for fallback");
}

static void test_equal(void)
{
        Account a = account_of("coaps://a", SECURITY_MODE_PSK), b = a;

        g_assert_true(account_equal(&a, &b));
        b.sequence_count = 9;
        g_assert_false(account_equal(&a, &b));
        b = a;
        g_strlcpy(b.digest, "x", sizeof(b.digest));
        g_assert_false(account_equal(&a, &b));
        b = a;
        b.trigger = true;
        g_assert_false(account_equal(&a, &b));
        b = a;
        g_strlcpy(b.sms_number, "123", sizeof(b.sms_number));
        g_assert_false(account_equal(&a, &b));
        b = a;
        b.sms_coding = 0x0004;
        g_assert_false(account_equal(&a, &b));
        b = a;
        b.sms_strict = true;
        g_assert_false(account_equal(&a, &b));
        b = a;
        b.sms_fallback = true;
        g_assert_false(account_equal(&a, &b));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/objects/account/default", test_default);
        g_test_add_func("/objects/account/sms-coding", test_sms_coding);
        g_test_add_func("/objects/account/names", test_names);
        g_test_add_func("/objects/account/uris", test_uris);
        g_test_add_func("/objects/account/numbers", test_numbers);
        g_test_add_func("/objects/account/sms-number", test_number);
        g_test_add_func("/objects/account/R22-bindings", test_bindings);
        g_test_add_func("/objects/account/R22-sms-uris", test_sms_uris);
        g_test_add_func("/objects/account/R22-sms-reasons", test_sms_reasons);
        g_test_add_func("/objects/account/equal", test_equal);
        return g_test_run();
}
