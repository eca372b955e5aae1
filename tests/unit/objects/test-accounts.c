/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/kernel-key.h"
#include "objects-fixture.h"

static void test_add(Fixture *f, gconstpointer data)
{
        Account first = fixture_account(300), second = fixture_account(101);
        const Account *found;
        uint16_t instance;

        g_assert_cmpint(accounts_add(f->accounts, &first), ==, 0);
        g_assert_cmpint(accounts_add(f->accounts, &second), ==, 0);
        g_assert_cmpuint(first.server_instance, ==, 0);
        g_assert_cmpuint(second.server_instance, ==, 1);
        g_assert_cmpuint(second.security_instance, ==, 1);
        fixture_assert_posted(f, "/0/0+@0 /1/0+@0 /0/1+@0 /1/1+@0 ");

        g_assert_cmpuint(accounts_len(f->accounts), ==, 2);
        g_assert_cmpuint(accounts_next(f->accounts, 0)->ssid, ==, 101);
        g_assert_cmpuint(accounts_next(f->accounts, 101)->ssid, ==, 300);
        g_assert_null(accounts_next(f->accounts, 300));
        found = accounts_find_server_instance(f->accounts, 0);
        g_assert_true(account_equal(found, &first));
        g_assert_true(accounts_find_security_instance(f->accounts, 1) ==
                      accounts_find(f->accounts, 101));
        g_assert_null(accounts_find(f->accounts, 102));
        g_assert_null(accounts_find_server_instance(f->accounts, 2));

        g_assert_cmpint(accounts_next_server_instance(f->accounts, -1, &instance), ==, 0);
        g_assert_cmpuint(instance, ==, 0);
        g_assert_cmpint(accounts_next_security_instance(f->accounts, 0, &instance), ==, 0);
        g_assert_cmpuint(instance, ==, 1);
        g_assert_cmpint(accounts_next_server_instance(f->accounts, 1, &instance), ==, -ENOENT);
}

static void test_refuses(Fixture *f, gconstpointer data)
{
        Account account = fixture_account(101);

        account.lifetime = 0;
        g_assert_cmpint(accounts_add(f->accounts, &account), ==, -EINVAL);
        g_assert_cmpint(accounts_change(f->accounts, &account, ORIGIN_LOCAL), ==, -ENOENT);
        g_assert_cmpint(accounts_remove(f->accounts, 101), ==, -ENOENT);
        fixture_add(f, 101);
        g_assert_cmpint(accounts_change(f->accounts, &account, ORIGIN_LOCAL), ==, -EINVAL);
        account = fixture_account(101);
        g_assert_cmpint(accounts_add(f->accounts, &account), ==, -EEXIST);
        fixture_assert_posted(f, "");
}

static void test_limit(Fixture *f, gconstpointer data)
{
        Account account;

        for (int i = 1; i <= ACCOUNTS_MAX; i++)
                fixture_add(f, (uint16_t) i);
        account = fixture_account(1000);
        g_assert_cmpint(accounts_add(f->accounts, &account), ==, -ENOSPC);
        fixture_reopen(f);
        g_assert_cmpuint(accounts_len(f->accounts), ==, ACCOUNTS_MAX);
}

/* What is free again is used again: instances stay low. */
static void test_instances_reused(Fixture *f, gconstpointer data)
{
        fixture_add(f, 1);
        fixture_add(f, 2);
        fixture_add(f, 3);
        g_assert_cmpint(accounts_remove(f->accounts, 2), ==, 0);
        fixture_assert_posted(f, "/0/1+@0 /1/1+@0 ");
        fixture_add(f, 9);
        g_assert_cmpuint(accounts_find(f->accounts, 9)->server_instance, ==, 1);
        g_assert_cmpuint(accounts_find(f->accounts, 3)->server_instance, ==, 2);
}

static void test_change(Fixture *f, gconstpointer data)
{
        Account account;

        fixture_add(f, 100);
        fixture_add(f, 101);
        account = fixture_account(101);
        account.lifetime = 60;
        account.pmax = 5;
        account.server_instance = 77; /* is not the caller's to say */
        g_assert_cmpint(accounts_change(f->accounts, &account, 101), ==, 0);
        fixture_assert_posted(f, "/1/1/1@101 /1/1/3@101 ");
        g_assert_cmpuint(accounts_find(f->accounts, 101)->lifetime, ==, 60);
        g_assert_cmpuint(accounts_find(f->accounts, 101)->server_instance, ==, 1);

        account.mode = SECURITY_MODE_NOSEC;
        g_strlcpy(account.uri, "coap://other.example", sizeof(account.uri));
        account.storing = false;
        account.retry_count = 3;
        g_assert_cmpint(accounts_change(f->accounts, &account, ORIGIN_LOCAL), ==, 0);
        fixture_assert_posted(f, "/0/1/0@0 /0/1/2@0 /1/1/6@0 /1/1/17@0 ");
}

static void on_event(AccountEvent event, const Account *account, void *user)
{
        g_string_append_printf(user, "%d:%u:%u ", (int) event, account->ssid, account->lifetime);
}

static void test_listener(Fixture *f, gconstpointer data)
{
        g_autoptr(GString) told = g_string_new("");
        Account account = fixture_account(101);

        accounts_set_listener(f->accounts, on_event, told);
        fixture_add(f, 101);
        g_assert_cmpint(accounts_change(f->accounts, &account, ORIGIN_LOCAL), ==, 0); /* the same */
        account.lifetime = 60;
        g_assert_cmpint(accounts_change(f->accounts, &account, ORIGIN_LOCAL), ==, 0);
        account.lifetime = 0;
        g_assert_cmpint(accounts_change(f->accounts, &account, ORIGIN_LOCAL), ==, -EINVAL);
        g_assert_cmpint(accounts_remove(f->accounts, 101), ==, 0);
        g_assert_cmpstr(told->str, ==, "0:101:86400 1:101:60 2:101:60 ");

        accounts_set_listener(f->accounts, NULL, NULL);
        fixture_add(f, 102);
        g_assert_cmpstr(told->str, ==, "0:101:86400 1:101:60 2:101:60 ");
}

static void test_reopened(Fixture *f, gconstpointer data)
{
        Account account = fixture_account(101), before;

        fixture_add(f, 7);
        account.mode = SECURITY_MODE_NOSEC;
        g_strlcpy(account.uri, "coap://[2001:db8::1]:5683/a", sizeof(account.uri));
        account.lifetime = UINT32_MAX;
        account.pmin = 1;
        account.pmax = 2;
        account.storing = false;
        account.retry_count = 255;
        account.retry_timer = 3;
        account.sequence_delay = UINT32_MAX;
        account.sequence_count = 4;
        memset(account.source, 's', sizeof(account.source) - 1);
        memset(account.digest, 'd', sizeof(account.digest) - 1);
        g_assert_cmpint(accounts_add(f->accounts, &account), ==, 0);
        before = *accounts_find(f->accounts, 101);

        fixture_reopen(f);
        g_assert_cmpuint(accounts_len(f->accounts), ==, 2);
        g_assert_true(account_equal(accounts_find(f->accounts, 101), &before));
        g_assert_true(account_equal(accounts_find(f->accounts, 101), &account));
        g_assert_null(strstr(f->log->str, "account"));

        g_assert_cmpint(accounts_remove(f->accounts, 101), ==, 0);
        fixture_reopen(f);
        g_assert_null(accounts_find(f->accounts, 101));
}

static void damage(Fixture *f, const char *name)
{
        g_autofree char *path = g_build_filename(f->directory, name, NULL);

        g_assert_true(g_file_set_contents(path, "garbage", -1, NULL));
}

static void test_damaged(Fixture *f, gconstpointer data)
{
        fixture_add(f, 1);
        fixture_add(f, 2);
        damage(f, "accounts");
        fixture_reopen(f);
        g_assert_cmpuint(accounts_len(f->accounts), ==, 1); /* the generation before */
        g_assert_nonnull(strstr(f->log->str, "before the last change"));

        damage(f, "accounts");
        damage(f, "accounts~");
        fixture_reopen(f);
        g_assert_cmpuint(accounts_len(f->accounts), ==, 0);
        g_assert_nonnull(strstr(f->log->str, "there are no accounts"));
        fixture_add(f, 3);
}

/* Sealed, so it is ours, and still nothing that is half right is used. */
static void test_nonsense(Fixture *f, gconstpointer data)
{
        /* A good one, one with its ssid, one with its instance, and each with one thing wrong. */
        static const char *const list =
                "[{'ssid': <uint16 7>, 'mode': <'psk'>, 'uri': <'coaps://a'>,"
                "  'from-the-future': <true>},"
                " {'ssid': <uint16 7>, 'mode': <'psk'>, 'uri': <'coaps://b'>,"
                "  'server-instance': <uint16 1>, 'security-instance': <uint16 1>},"
                " {'ssid': <uint16 8>, 'mode': <'psk'>, 'uri': <'coaps://c'>,"
                "  'server-instance': <uint16 0>, 'security-instance': <uint16 2>},"
                " {'ssid': <'nine'>, 'mode': <'psk'>, 'uri': <'coaps://d'>,"
                "  'server-instance': <uint16 3>, 'security-instance': <uint16 3>},"
                " {'ssid': <uint16 10>, 'mode': <'quantum'>, 'uri': <'coaps://e'>,"
                "  'server-instance': <uint16 4>, 'security-instance': <uint16 4>}]";
        g_autofree char *text = g_strdup_printf("(uint32 1, %s)", list);
        g_autofree char *later_text = g_strdup_printf("(uint32 3, %s)", list);
        g_autoptr(GVariant) store = g_variant_ref_sink(g_variant_new_parsed(text));
        g_autoptr(GVariant) later = g_variant_ref_sink(g_variant_new_parsed(later_text));

        g_assert_cmpint(seal_write(f->seal, "accounts", g_variant_get_data(store),
                                   g_variant_get_size(store)),
                        ==, 0);
        fixture_reopen(f);
        g_assert_cmpuint(accounts_len(f->accounts), ==, 1);
        g_assert_cmpstr(accounts_find(f->accounts, 7)->uri, ==, "coaps://a");

        g_assert_cmpint(seal_write(f->seal, "accounts", g_variant_get_data(later),
                                   g_variant_get_size(later)),
                        ==, 0);
        fixture_reopen(f);
        g_assert_cmpuint(accounts_len(f->accounts), ==, 0);

        g_assert_cmpint(seal_write(f->seal, "accounts", "x", 1), ==, 0);
        fixture_reopen(f);
        g_assert_cmpuint(accounts_len(f->accounts), ==, 0);
}

static Account sms_account(uint16_t ssid)
{
        Account account = fixture_account(ssid);

        account.sms_mode = SMS_MODE_SECURED_PACKET_DEVICE;
        account.trigger = true;
        g_strlcpy(account.binding, "UQS", sizeof(account.binding));
        g_strlcpy(account.sms_number, "12125550178", sizeof(account.sms_number));
        g_strlcpy(account.sms_options, "cc=4", sizeof(account.sms_options));
        account.sms_coding = 0x0004;
        account.sms_strict = account.sms_fallback = true;
        return account;
}

static void test_sms(Fixture *f, gconstpointer data)
{
        Account account = sms_account(101);

        g_assert_cmpint(accounts_add(f->accounts, &account), ==, 0);
        fixture_reopen(f);
        g_assert_true(account_equal(accounts_find(f->accounts, 101), &account));
        fixture_assert_posted(f, "/0/0+@0 /1/0+@0 ");

        account.trigger = false;
        account.sms_mode = SMS_MODE_SECURED_PACKET;
        g_strlcpy(account.sms_number, "12125550179", sizeof(account.sms_number));
        g_assert_cmpint(accounts_change(f->accounts, &account, 101), ==, 0);
        fixture_assert_posted(f, "/0/0/6@101 /0/0/9@101 /1/0/21@101 ");
}

/* A file of the format before SMS. */
static void test_without_sms(Fixture *f, gconstpointer data)
{
        g_autoptr(GVariant) store = g_variant_ref_sink(g_variant_new_parsed(
                "(uint32 1, [{'ssid': <uint16 7>, 'mode': <'psk'>, 'uri': <'coaps://a'>,"
                " 'binding': <'U'>}])"));

        g_assert_cmpint(seal_write(f->seal, "accounts", g_variant_get_data(store),
                                   g_variant_get_size(store)),
                        ==, 0);
        fixture_reopen(f);
        g_assert_cmpuint(accounts_find(f->accounts, 7)->sms_mode, ==, SMS_MODE_NONE);
        g_assert_false(accounts_find(f->accounts, 7)->trigger);
        g_assert_cmpstr(accounts_find(f->accounts, 7)->sms_number, ==, "");
}

static void add(const char *path, void (*test)(Fixture *, gconstpointer))
{
        g_test_add(path, Fixture, NULL, fixture_set_up, test, fixture_tear_down);
}

int main(int argc, char **argv)
{
        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        add("/objects/accounts/R22-sms", test_sms);
        add("/objects/accounts/without-sms", test_without_sms);
        add("/objects/accounts/add", test_add);
        add("/objects/accounts/refuses", test_refuses);
        add("/objects/accounts/limit", test_limit);
        add("/objects/accounts/instances-reused", test_instances_reused);
        add("/objects/accounts/change", test_change);
        add("/objects/accounts/listener", test_listener);
        add("/objects/accounts/reopened", test_reopened);
        add("/objects/accounts/damaged", test_damaged);
        add("/objects/accounts/nonsense", test_nonsense);
        return g_test_run();
}
