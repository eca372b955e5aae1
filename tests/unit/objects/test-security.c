/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/kernel-key.h"
#include "model/transaction.h"
#include "objects-fixture.h"
#include "objects/security.h"

static Keystore *keystore_of(Fixture *f)
{
        Keystore *keystore;

        g_assert_cmpint(keystore_new(f->seal, &keystore), ==, 0);
        g_assert_cmpint(keystore_set(keystore, 101, KEY_SLOT_PSK_IDENTITY, "gateway", 7), ==, 0);
        g_assert_cmpint(keystore_set(keystore, 101, KEY_SLOT_PSK, "0123456789abcdef", 16), ==, 0);
        return keystore;
}

static char *read_text(Object *object, Path path)
{
        g_autoptr(Records) records = records_new();
        GString *text = g_string_new("");

        g_assert_cmpint(object_read(object, path, NULL, NULL, records), ==, 0);
        for (size_t i = 0; i < records_len(records); i++) {
                const Record *record = records_get(records, i);
                g_autofree char *value = value_to_text(&record->value);
                char name[PATH_TEXT_SIZE];

                g_string_append_printf(text, "%s=%s ", path_to_text(record->path, name), value);
        }
        return g_string_free(text, FALSE);
}

static void test_read(Fixture *f, gconstpointer data)
{
        g_autoptr(Keystore) keystore = keystore_of(f);
        g_autoptr(Records) records = records_new();
        Object *object = security_object_new(f->accounts, keystore);
        g_autofree char *text = NULL;

        fixture_add(f, 100);
        fixture_add(f, 101);
        /* Neither the key nor a trace of it. */
        text = read_text(object, path_instance(0, 1));
        g_assert_cmpstr(text, ==,
                        "/0/1/0=coaps://server101.example:5684 /0/1/1=0 /0/1/2=0 "
                        "/0/1/3=Z2F0ZXdheQ== /0/1/4= /0/1/10=101 ");
        g_assert_cmpint(object_read(object, path_resource(0, 1, 5), NULL, NULL, records), ==,
                        -EACCES);
        g_assert_cmpint(object_has(object, path_resource(0, 1, 5)), ==, 0);
        g_assert_cmpint(object_has(object, path_instance(0, 2)), ==, -ENOENT);
        g_assert_cmpint(object_has(object, path_resource(0, 1, 11)), ==, -ENOENT);
        g_assert_cmpuint(records_len(records), ==, 0);
        security_object_free(object);
}

/* An account may need a '+' that an MSISDN does not have. */
static void assert_short_number(Fixture *f, Object *object, Account *account)
{
        g_autofree char *text = NULL;

        g_assert_cmpint(account_set_sms_number(account, "+29012345"), ==, 0);
        g_assert_cmpint(accounts_change(f->accounts, account, ORIGIN_LOCAL), ==, 0);
        text = read_text(object, path_resource(0, 0, 9));
        g_assert_cmpstr(text, ==, "/0/0/9=29012345 ");
}

static void test_read_sms(Fixture *f, gconstpointer data)
{
        g_autoptr(Keystore) keystore = keystore_of(f);
        g_autoptr(Records) records = records_new();
        Object *object = security_object_new(f->accounts, keystore);
        Account account = fixture_account(102);
        g_autofree char *text = NULL;

        g_strlcpy(account.uri, "tel:+12125550178", sizeof(account.uri));
        account.mode = SECURITY_MODE_NOSEC;
        account.sms_mode = SMS_MODE_SECURED_PACKET_DEVICE;
        account_complete(&account, false);
        g_assert_cmpint(accounts_add(f->accounts, &account), ==, 0);
        g_assert_cmpint(object_has(object, path_resource(0, 0, 7)), ==, -ENOENT);
        g_assert_cmpint(keystore_set(keystore, 102, KEY_SLOT_SMS_PARAMETERS, "\x12\x12\x16gat", 6),
                        ==, 0);
        g_assert_cmpint(keystore_set(keystore, 102, KEY_SLOT_SMS_KEY, "0123456789abcdef", 16), ==,
                        0);
        text = read_text(object, path_instance(0, 0));
        g_assert_cmpstr(text, ==,
                        "/0/0/0=tel:+12125550178 /0/0/1=0 /0/0/2=3 /0/0/3= /0/0/4= /0/0/6=204 "
                        "/0/0/7=EhIWZ2F0 /0/0/9=12125550178 /0/0/10=102 ");
        g_assert_cmpint(object_read(object, path_resource(0, 0, 8), NULL, NULL, records), ==,
                        -EACCES);
        g_assert_cmpuint(records_len(records), ==, 0);
        assert_short_number(f, object, &account);
        security_object_free(object);
}

static void test_not_written(Fixture *f, gconstpointer data)
{
        g_autoptr(Keystore) keystore = keystore_of(f);
        g_autoptr(Tree) tree = tree_new();
        g_autoptr(Transaction) transaction = transaction_new(tree, ORIGIN_LOCAL);
        Object *object = security_object_new(f->accounts, keystore);
        Records *records = records_new();

        fixture_add(f, 101);
        tree_add(tree, object);
        records_add(records, path_resource(0, 0, 5), value_opaque("new", 3));
        g_assert_cmpint(transaction_write(transaction, WRITE_UPDATE, path_instance(0, 0), records),
                        ==, -EPERM);
        security_object_free(object);
}

int main(int argc, char **argv)
{
        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        g_test_add("/objects/security/read", Fixture, NULL, fixture_set_up, test_read,
                   fixture_tear_down);
        g_test_add("/objects/security/R22-read-sms", Fixture, NULL, fixture_set_up, test_read_sms,
                   fixture_tear_down);
        g_test_add("/objects/security/not-written", Fixture, NULL, fixture_set_up, test_not_written,
                   fixture_tear_down);
        return g_test_run();
}
