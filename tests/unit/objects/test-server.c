/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/kernel-key.h"
#include "model/transaction.h"
#include "objects-fixture.h"
#include "objects/server.h"

typedef struct Bench {
        Fixture fixture;
        Tree *tree;
        Object *object;
        unsigned n_updates;
        uint16_t ssid;
        int hook_result;
} Bench;

static int on_update(uint16_t ssid, void *user)
{
        Bench *bench = user;

        bench->n_updates++;
        bench->ssid = ssid;
        return bench->hook_result;
}

static void set_up(Bench *bench, gconstpointer data)
{
        const ObjectHooks hooks = {.update = on_update, .user = bench};

        fixture_set_up(&bench->fixture, NULL);
        fixture_add(&bench->fixture, 100);
        fixture_add(&bench->fixture, 101);
        bench->object = server_object_new(bench->fixture.accounts, &hooks);
        bench->tree = tree_new();
        tree_add(bench->tree, bench->object);
}

static void tear_down(Bench *bench, gconstpointer data)
{
        tree_free(bench->tree);
        server_object_free(bench->object);
        fixture_tear_down(&bench->fixture, NULL);
}

/* Reads without the resources that no server reads. */
static void assert_read(Bench *bench, Path path, const char *expected)
{
        g_autoptr(Records) records = records_new();
        g_autoptr(GString) text = g_string_new("");

        g_assert_cmpint(object_read(bench->object, path, NULL, NULL, records), ==, 0);
        for (size_t i = 0; i < records_len(records); i++) {
                const Record *record = records_get(records, i);
                g_autofree char *value = value_to_text(&record->value);
                char name[PATH_TEXT_SIZE];

                g_string_append_printf(text, "%s=%s ", path_to_text(record->path, name), value);
        }
        g_assert_cmpstr(text->str, ==, expected);
}

/* Writes (resource, value) pairs to /1/1 as server 101; the list ends with -1. */
static int write_values(Bench *bench, WriteMode mode, Path path, ...)
{
        g_autoptr(Transaction) transaction = transaction_new(bench->tree, 101);
        Records *records = records_new();
        va_list args;
        int id, r;

        va_start(args, path);
        while ((id = va_arg(args, int)) >= 0)
                records_add(records, path_resource(1, 1, (uint16_t) id), va_arg(args, Value));
        va_end(args);

        r = transaction_write(transaction, mode, path, records);
        return r < 0 ? r : transaction_commit(transaction, NULL, NULL);
}

static void test_read(Bench *bench, gconstpointer data)
{
        Account account = *accounts_find(bench->fixture.accounts, 101);

        assert_read(bench, path_object(1),
                    "/1/0/0=100 /1/0/1=86400 /1/0/2=0 /1/0/3=0 /1/0/6=1 /1/0/7=U "
                    "/1/1/0=101 /1/1/1=86400 /1/1/2=0 /1/1/3=0 /1/1/6=1 /1/1/7=U ");
        g_assert_cmpint(object_has(bench->object, path_resource(1, 1, 8)), ==, 0);
        g_assert_cmpint(object_has(bench->object, path_resource(1, 1, 17)), ==, -ENOENT);

        account.retry_count = 3;
        g_assert_cmpint(accounts_change(bench->fixture.accounts, &account, ORIGIN_LOCAL), ==, 0);
        g_assert_cmpint(object_has(bench->object, path_resource(1, 1, 17)), ==, 0);
        g_assert_cmpint(object_has(bench->object, path_resource(1, 1, 18)), ==, -ENOENT);
        g_assert_cmpint(object_has(bench->object, path_instance(1, 2)), ==, -ENOENT);
        g_assert_cmpint(object_has(bench->object, path_resource(1, 2, 0)), ==, -ENOENT);
}

static void test_write_resource(Bench *bench, gconstpointer data)
{
        Path path = path_resource(1, 1, 1);

        g_assert_cmpint(
                write_values(bench, WRITE_REPLACE_RESOURCES, path, 1, value_integer(300), -1), ==,
                0);
        fixture_assert_posted(&bench->fixture, "/1/1/1@101 ");
        assert_read(bench, path, "/1/1/1=300 ");

        /* Once more the same: nothing changes, nothing is posted. */
        g_assert_cmpint(
                write_values(bench, WRITE_REPLACE_RESOURCES, path, 1, value_integer(300), -1), ==,
                0);
        fixture_assert_posted(&bench->fixture, "");

        fixture_reopen(&bench->fixture);
        g_assert_cmpuint(accounts_find(bench->fixture.accounts, 101)->lifetime, ==, 300);
        g_assert_cmpuint(accounts_find(bench->fixture.accounts, 100)->lifetime, ==, 86400);
}

static void test_write_instance(Bench *bench, gconstpointer data)
{
        Path path = path_instance(1, 1);

        g_assert_cmpint(write_values(bench, WRITE_UPDATE, path, 2, value_integer(5), 3,
                                     value_integer(50), 6, value_boolean(false), -1),
                        ==, 0);
        fixture_assert_posted(&bench->fixture, "/1/1/2@101 /1/1/3@101 /1/1/6@101 ");
        assert_read(bench, path, "/1/1/0=101 /1/1/1=86400 /1/1/2=5 /1/1/3=50 /1/1/6=0 /1/1/7=U ");

        /* Disable Timeout is not supported: passed over in the instance, unknown by itself. */
        g_assert_cmpint(write_values(bench, WRITE_UPDATE, path, 1, value_integer(60), 5,
                                     value_integer(9), -1),
                        ==, 0);
        g_assert_cmpint(write_values(bench, WRITE_REPLACE_RESOURCES, path_resource(1, 1, 5), 5,
                                     value_integer(9), -1),
                        ==, -ENOENT);

        /* Replacing takes the optional ones away, and the number is not the server's to write. */
        g_assert_cmpint(write_values(bench, WRITE_REPLACE_INSTANCE, path, 1, value_integer(99), 6,
                                     value_boolean(true), 7, value_string("U"), -1),
                        ==, 0);
        assert_read(bench, path, "/1/1/0=101 /1/1/1=99 /1/1/2=0 /1/1/3=0 /1/1/6=1 /1/1/7=U ");
        g_assert_cmpint(write_values(bench, WRITE_REPLACE_INSTANCE, path, 1, value_integer(99), -1),
                        ==, -EINVAL);
        g_assert_cmpint(write_values(bench, WRITE_UPDATE, path, 0, value_integer(7), -1), ==,
                        -EPERM);
}

static void test_bad_values(Bench *bench, gconstpointer data)
{
        static const int64_t lifetimes[] = {0, -1, INT64_C(4294967296), INT64_MIN};
        Path path = path_instance(1, 1);

        for (size_t i = 0; i < G_N_ELEMENTS(lifetimes); i++)
                g_assert_cmpint(write_values(bench, WRITE_UPDATE, path, 2, value_integer(5), 1,
                                             value_integer(lifetimes[i]), -1),
                                ==, -ERANGE);
        g_assert_cmpint(write_values(bench, WRITE_UPDATE, path, 2, value_integer(-1), -1), ==,
                        -ERANGE);
        g_assert_cmpint(write_values(bench, WRITE_UPDATE, path, 7, value_string("UT"), -1), ==,
                        -EINVAL);
        g_assert_cmpint(
                write_values(bench, WRITE_UPDATE, path, 7, value_string("a very long binding"), -1),
                ==, -EINVAL);
        g_assert_cmpint(write_values(bench, WRITE_REPLACE_RESOURCES, path_resource(1, 1, 17), 17,
                                     value_unsigned(1), -1),
                        ==, -EPERM);
        fixture_assert_posted(&bench->fixture, "");
        g_assert_cmpuint(accounts_find(bench->fixture.accounts, 101)->pmin, ==, 0);
}

/* 7 and 21 are written as one and last; what the account cannot do is refused. */
static void test_sms(Bench *bench, gconstpointer data)
{
        Path path = path_instance(1, 1);
        Account account = *accounts_find(bench->fixture.accounts, 101);

        g_assert_cmpint(write_values(bench, WRITE_UPDATE, path, 7, value_string("US"), -1), ==,
                        -EINVAL);
        account.sms_mode = SMS_MODE_SECURED_PACKET;
        g_strlcpy(account.sms_number, "12125550178", sizeof(account.sms_number));
        g_assert_cmpint(accounts_change(bench->fixture.accounts, &account, 0), ==, 0);
        g_assert_cmpint(write_values(bench, WRITE_UPDATE, path, 7, value_string("UQS"), 21,
                                     value_boolean(true), -1),
                        ==, 0);
        g_assert_cmpint(write_values(bench, WRITE_REPLACE_RESOURCES, path_resource(1, 1, 21), 21,
                                     value_boolean(false), -1),
                        ==, 0);
        g_assert_cmpint(write_values(bench, WRITE_UPDATE, path, 21, value_boolean(true), -1), ==,
                        0);
        fixture_reopen(&bench->fixture);
        g_assert_true(accounts_find(bench->fixture.accounts, 101)->trigger);
        g_assert_cmpstr(accounts_find(bench->fixture.accounts, 101)->binding, ==, "UQS");
}

/* The account of the second of two writes is gone when it is committed: the first is undone. */
static void test_rollback(Bench *bench, gconstpointer data)
{
        g_autoptr(Transaction) transaction = transaction_new(bench->tree, 101);
        Records *first = records_new(), *second = records_new();

        records_add(first, path_resource(1, 0, 1), value_integer(60));
        records_add(second, path_resource(1, 1, 1), value_integer(60));
        g_assert_cmpint(transaction_write(transaction, WRITE_UPDATE, path_instance(1, 0), first),
                        ==, 0);
        g_assert_cmpint(transaction_write(transaction, WRITE_UPDATE, path_instance(1, 1), second),
                        ==, 0);
        g_assert_cmpint(accounts_remove(bench->fixture.accounts, 101), ==, 0);

        g_assert_cmpint(transaction_commit(transaction, NULL, NULL), ==, -ENOENT);
        g_assert_cmpuint(accounts_find(bench->fixture.accounts, 100)->lifetime, ==, 86400);
        fixture_reopen(&bench->fixture);
        g_assert_cmpuint(accounts_find(bench->fixture.accounts, 100)->lifetime, ==, 86400);
}

static int execute(Bench *bench, uint16_t instance, uint16_t resource, const char *arguments)
{
        return bench->object->ops->execute(bench->object, 101, instance, resource, arguments, NULL,
                                           NULL);
}

static void test_execute(Bench *bench, gconstpointer data)
{
        g_assert_cmpint(execute(bench, 1, 8, ""), ==, 0);
        g_assert_cmpuint(bench->ssid, ==, 101);
        g_assert_cmpint(execute(bench, 0, 8, "0='U'"), ==, 0);
        g_assert_cmpuint(bench->ssid, ==, 100);
        g_assert_cmpuint(bench->n_updates, ==, 2);

        g_assert_cmpint(execute(bench, 0, 8, "0='S'"), ==, -EINVAL);
        g_assert_cmpint(execute(bench, 2, 8, ""), ==, -ENOENT);
        g_assert_cmpint(execute(bench, 1, 9, ""), ==, -ENOENT);
        g_assert_cmpint(execute(bench, 1, 1, ""), ==, -EPERM);
        g_assert_cmpuint(bench->n_updates, ==, 2);

        bench->hook_result = -EBUSY;
        g_assert_cmpint(execute(bench, 1, 8, ""), ==, -EBUSY);
}

static void test_no_hook(Bench *bench, gconstpointer data)
{
        const ObjectHooks hooks = {0};
        Object *object = server_object_new(bench->fixture.accounts, &hooks);

        g_assert_cmpint(object->ops->execute(object, 101, 1, 8, "", NULL, NULL), ==, -EPERM);
        server_object_free(object);
}

static void add(const char *path, void (*test)(Bench *, gconstpointer))
{
        g_test_add(path, Bench, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
        kernel_key_init(false);
        g_test_init(&argc, &argv, NULL);
        add("/objects/server/read", test_read);
        add("/objects/server/write-resource", test_write_resource);
        add("/objects/server/write-instance", test_write_instance);
        add("/objects/server/bad-values", test_bad_values);
        add("/objects/server/R22-sms", test_sms);
        add("/objects/server/rollback", test_rollback);
        add("/objects/server/execute", test_execute);
        add("/objects/server/no-hook", test_no_hook);
        return g_test_run();
}
