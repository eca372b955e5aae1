/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings of AddServer. */
#include <errno.h>
#include <string.h>

#include "bus/account-settings.h"

#define REQUIRED "'uri': <'coaps://a'>, 'ssid': <uint16 7>"

static GVariant *settings(const char *text)
{
        return g_variant_ref_sink(g_variant_new_parsed(text));
}

static void test_all(void)
{
        g_autoptr(GVariant) given = settings(
                "{" REQUIRED ", 'mode': <'psk'>, 'lifetime': <uint32 60>, 'binding': <'U'>, "
                "'pmin': <uint32 5>, 'pmax': <uint32 50>, 'identity': <'me'>}");
        g_autofree char *why = NULL;
        const char *identity = NULL;
        Account account;

        g_assert_cmpint(account_from_settings(given, &account, &identity, &why), ==, 0);
        g_assert_null(why);
        g_assert_cmpstr(account.uri, ==, "coaps://a");
        g_assert_cmpuint(account.ssid, ==, 7);
        g_assert_cmpint(account.mode, ==, SECURITY_MODE_PSK);
        g_assert_cmpuint(account.lifetime, ==, 60);
        g_assert_cmpstr(account.binding, ==, "U");
        g_assert_cmpuint(account.pmin, ==, 5);
        g_assert_cmpuint(account.pmax, ==, 50);
        g_assert_cmpstr(account.source, ==, "");
        g_assert_cmpstr(identity, ==, "me");
}

/* The mode follows from the scheme. */
static void test_defaults(void)
{
        g_autoptr(GVariant) secure = settings("{" REQUIRED "}");
        g_autoptr(GVariant) open = settings("{'uri': <'coap://a'>, 'ssid': <uint16 8>}");
        const char *identity = NULL;
        g_autofree char *why = NULL;
        Account account;

        g_assert_cmpint(account_from_settings(secure, &account, &identity, &why), ==, 0);
        g_assert_cmpint(account.mode, ==, SECURITY_MODE_PSK);
        g_assert_cmpuint(account.lifetime, ==, ACCOUNT_LIFETIME_DEFAULT);
        g_assert_null(identity);
        g_assert_cmpint(account_from_settings(open, &account, &identity, &why), ==, 0);
        g_assert_cmpint(account.mode, ==, SECURITY_MODE_NOSEC);
}

static void test_sms(void)
{
        g_autoptr(GVariant) given = settings(
                "{'uri': <'tel:+12125550178'>, 'ssid': <uint16 7>, 'binding': <'SQ'>, "
                "'sms-mode': <'secured-packet'>, 'sms-options': <'cc=4'>, 'trigger': <true>}");
        g_autoptr(GVariant) both =
                settings("{" REQUIRED ", 'binding': <'US'>, 'sms-mode': <'secured-packet-device'>, "
                         "'sms-number': <'+1 212 5550178'>, 'sms-coding': <'7DF5'>, "
                         "'sms-strict': <true>, 'sms-fallback': <true>}");
        const char *identity = NULL;
        g_autofree char *why = NULL;
        Account account;

        g_assert_cmpint(account_from_settings(given, &account, &identity, &why), ==, 0);
        g_assert_cmpint(account.mode, ==, SECURITY_MODE_NOSEC);
        g_assert_cmpuint(account.sms_mode, ==, SMS_MODE_SECURED_PACKET);
        g_assert_cmpstr(account.sms_number, ==, "12125550178");
        g_assert_cmpstr(account.binding, ==, "SQ");
        g_assert_cmpstr(account.sms_options, ==, "cc=4");
        g_assert_true(account.trigger);
        g_assert_cmpint(account_from_settings(both, &account, &identity, &why), ==, 0);
        g_assert_cmpint(account.mode, ==, SECURITY_MODE_PSK);
        g_assert_cmpstr(account.sms_number, ==, "12125550178");
        g_assert_cmphex(account.sms_coding, ==, 0x7DF5);
        g_assert_true(account.sms_strict && account.sms_fallback && !account.trigger);
}

static void refuse(const char *text, const char *part)
{
        g_autoptr(GVariant) given = settings(text);
        g_autofree char *why = NULL;
        const char *identity = NULL;
        Account account;

        g_assert_cmpint(account_from_settings(given, &account, &identity, &why), ==, -EINVAL);
        g_assert_nonnull(why);
        if (!strstr(why, part))
                g_error("%s: \"%s\" does not say \"%s\"", text, why, part);
}

static void test_refused(void)
{
        refuse("@a{sv} {}", "ssid");
        refuse("{'ssid': <uint16 7>}", "URI");
        refuse("{'uri': <'coaps://a'>}", "ssid");
        refuse("{'uri': <'coaps://a'>, 'ssid': <uint16 0>}", "1 to 65534");
        refuse("{'uri': <'coaps://a'>, 'ssid': <uint16 65535>}", "1 to 65534");
        refuse("{'uri': <'coaps://a'>, 'ssid': <uint32 7>}", "ssid q");
        refuse("{'uri': <7>, 'ssid': <uint16 7>}", "uri s");
        refuse("{" REQUIRED ", 'colour': <'red'>}", "\"colour\" is not known");
        refuse("{" REQUIRED ", 'mode': <'rpk'>}", "allowed: psk, nosec");
        refuse("{" REQUIRED ", 'mode': <''>}", "allowed: psk, nosec");
        refuse("{" REQUIRED ", 'mode': <'nosec'>}", "needs a coap URI");
        refuse("{'uri': <'coap://a'>, 'ssid': <uint16 7>, 'mode': <'psk'>}", "needs a coaps URI");
        refuse("{" REQUIRED ", 'binding': <''>}", "allowed: U, S or both");
        refuse("{" REQUIRED ", 'binding': <'UT'>}", "allowed: U, S or both");
        refuse("{" REQUIRED ", 'binding': <'US'>}", "needs an SMS mode");
        refuse("{'uri': <'tel:+12125550178'>, 'ssid': <uint16 7>, 'binding': <'U'>, "
               "'sms-mode': <'secured-packet'>}",
               "binding U needs a coap or coaps URI");
        refuse("{" REQUIRED ", 'sms-mode': <'dtls'>}", "allowed: none, secured-packet");
        refuse("{" REQUIRED ", 'sms-number': <'ACME'>}", "3 to 20 digits");
        refuse("{" REQUIRED ", 'sms-mode': <'secured-packet'>}", "number is missing");
        refuse("{" REQUIRED ", 'trigger': <'yes'>}", "trigger b");
        refuse("{" REQUIRED ", 'lifetime': <uint32 0>}", "lifetime");
        refuse("{" REQUIRED ", 'lifetime': <60>}", "lifetime u");
        refuse("{" REQUIRED ", 'identity': <''>}", "1 to 128 bytes");
        refuse("{'uri': <'coap://a'>, 'ssid': <uint16 7>, 'identity': <'me'>}", "nosec has none");
}

static void test_lengths(void)
{
        g_autofree char *identity = g_strnfill(129, 'i');
        g_autofree char *host = g_strnfill(ACCOUNT_URI_MAX, 'a');
        g_autofree char *long_identity =
                g_strdup_printf("{" REQUIRED ", 'identity': <'%s'>}", identity);
        g_autofree char *long_uri =
                g_strdup_printf("{'uri': <'coaps://%s'>, 'ssid': <uint16 7>}", host);

        refuse(long_identity, "1 to 128 bytes");
        refuse(long_uri, "at most 255 bytes");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/bus/account-settings/all", test_all);
        g_test_add_func("/bus/account-settings/defaults", test_defaults);
        g_test_add_func("/bus/account-settings/R22-sms", test_sms);
        g_test_add_func("/bus/account-settings/refused", test_refused);
        g_test_add_func("/bus/account-settings/lengths", test_lengths);
        return g_test_run();
}
