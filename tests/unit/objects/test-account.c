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

static void test_equal(void)
{
        Account a = account_of("coaps://a", SECURITY_MODE_PSK), b = a;

        g_assert_true(account_equal(&a, &b));
        b.sequence_count = 9;
        g_assert_false(account_equal(&a, &b));
        b = a;
        g_strlcpy(b.digest, "x", sizeof(b.digest));
        g_assert_false(account_equal(&a, &b));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/objects/account/default", test_default);
        g_test_add_func("/objects/account/names", test_names);
        g_test_add_func("/objects/account/uris", test_uris);
        g_test_add_func("/objects/account/numbers", test_numbers);
        g_test_add_func("/objects/account/equal", test_equal);
        return g_test_run();
}
