/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/transaction.h"
#include "objects/device.h"
#include "test-util.h"

/* 2013-05-02 10:40:15 UTC, the time of the specification's example. */
#define NOW (INT64_C(1367491215) * G_USEC_PER_SEC)

typedef struct Fixture {
        char *root;
        Clock *clock;
        Identity *identity;
        Object *object;
        unsigned n_reboots;
} Fixture;

static int on_reboot(void *user)
{
        ((Fixture *) user)->n_reboots++;
        return 0;
}

static void set_up(Fixture *f, gconstpointer data)
{
        const IdentityOverrides overrides = {
                .manufacturer = "ACME",
                .model = "Gateway",
                .serial = "12345",
                .hardware_version = "B2",
                .device_type = "gateway",
        };
        const ObjectHooks hooks = {.reboot = on_reboot, .user = f};

        f->root = test_dir_new();
        test_dir_put(f->root, "etc/os-release", "VERSION_ID=\"12\"\n");
        test_dir_put(f->root, "etc/timezone", "Asia/Tokyo\n");
        setenv("TZ", "JST-9", 1);
        f->clock = clock_new_manual(0, NOW);
        f->identity = identity_new(f->root, &overrides);
        f->object = device_object_new(f->clock, f->identity, "0.1.0", "U", &hooks);
}

static void tear_down(Fixture *f, gconstpointer data)
{
        device_object_free(f->object);
        identity_free(f->identity);
        clock_free(f->clock);
        test_dir_free(f->root);
        unsetenv("TZ");
}

/* The value at the path, as text; NULL where there is none. */
static char *read_one(Object *object, Path path)
{
        g_autoptr(Records) records = records_new();

        if (object_read(object, path, NULL, NULL, records) < 0)
                return NULL;
        g_assert_cmpuint(records_len(records), ==, 1);
        return value_to_text(&records_get(records, 0)->value);
}

static void assert_value(Fixture *f, uint16_t resource, const char *expected)
{
        g_autofree char *text = read_one(f->object, path_resource(3, 0, resource));

        g_assert_cmpstr(text, ==, expected);
}

static void test_facts(Fixture *f, gconstpointer data)
{
        g_autofree char *error = read_one(f->object, path_resource_instance(3, 0, 11, 0));

        assert_value(f, 0, "ACME");
        assert_value(f, 1, "Gateway");
        assert_value(f, 2, "12345");
        assert_value(f, 3, "12");
        assert_value(f, 13, "1367491215");
        assert_value(f, 14, "+09:00");
        assert_value(f, 15, "Asia/Tokyo");
        assert_value(f, 16, "U");
        g_assert_true(device_object_set_bindings(f->object, "US"));
        g_assert_false(device_object_set_bindings(f->object, "US"));
        assert_value(f, 16, "US");
        assert_value(f, 17, "gateway");
        assert_value(f, 18, "B2");
        assert_value(f, 19, "0.1.0");
        g_assert_cmpstr(error, ==, "0");
        g_assert_cmpint(object_has(f->object, path_resource(3, 0, 4)), ==, 0);
}

/* Read at the moment, not when the object was made. */
static void test_moment(Fixture *f, gconstpointer data)
{
        clock_advance(f->clock, 5 * G_USEC_PER_SEC);
        assert_value(f, 13, "1367491220");
        test_dir_put(f->root, "etc/timezone", "Asia/Seoul\n");
        assert_value(f, 15, "Asia/Seoul");
}

static void test_memory(Fixture *f, gconstpointer data)
{
        g_autofree char *total = read_one(f->object, path_resource(3, 0, 21));
        g_autofree char *left = read_one(f->object, path_resource(3, 0, 10));

        g_assert_cmpuint(g_ascii_strtoull(total, NULL, 10), ==, identity_memory_total(f->identity));
        g_assert_cmpuint(g_ascii_strtoull(left, NULL, 10), >, 0);
        g_assert_cmpuint(g_ascii_strtoull(left, NULL, 10), <, g_ascii_strtoull(total, NULL, 10));
}

/* What nobody knows is absent, and what is mandatory is there all the same (Core E.4). */
static void test_unknown(Fixture *f, gconstpointer data)
{
        char *root = test_dir_new();
        g_autoptr(Identity) identity = identity_new(root, NULL);
        const ObjectHooks hooks = {0};
        Object *object = device_object_new(f->clock, identity, "0.1.0", "U", &hooks);
        static const uint16_t absent[] = {0, 1, 2, 3, 15, 17, 18, 5, 6, 9, 12, 20, 22};
        static const uint16_t mandatory[] = {4, 11, 16};

        for (size_t i = 0; i < G_N_ELEMENTS(absent); i++)
                g_assert_cmpint(object_has(object, path_resource(3, 0, absent[i])), ==, -ENOENT);
        for (size_t i = 0; i < G_N_ELEMENTS(mandatory); i++)
                g_assert_cmpint(object_has(object, path_resource(3, 0, mandatory[i])), ==, 0);
        g_assert_cmpint(object->ops->execute(object, 101, 0, 4, "", NULL, NULL), ==, -EPERM);

        device_object_free(object);
        test_dir_free(root);
}

static void test_one_instance(Fixture *f, gconstpointer data)
{
        uint16_t id;

        g_assert_cmpint(f->object->ops->next_instance(f->object, -1, &id), ==, 0);
        g_assert_cmpuint(id, ==, 0);
        g_assert_cmpint(f->object->ops->next_instance(f->object, 0, &id), ==, -ENOENT);
        g_assert_cmpint(object_has(f->object, path_resource(3, 1, 0)), ==, -ENOENT);
}

static void test_execute(Fixture *f, gconstpointer data)
{
        const ObjectOps *ops = f->object->ops;

        g_assert_cmpint(ops->execute(f->object, 101, 0, 4, "", NULL, NULL), ==, 0);
        g_assert_cmpuint(f->n_reboots, ==, 1);
        g_assert_cmpint(ops->execute(f->object, 101, 0, 0, "", NULL, NULL), ==, -EPERM);
        g_assert_cmpint(ops->execute(f->object, 101, 0, 5, "", NULL, NULL), ==, -ENOENT);
        g_assert_cmpint(ops->execute(f->object, 101, 1, 4, "", NULL, NULL), ==, -ENOENT);
        g_assert_cmpuint(f->n_reboots, ==, 1);
}

static void test_not_written(Fixture *f, gconstpointer data)
{
        g_autoptr(Tree) tree = tree_new();
        g_autoptr(Transaction) transaction = transaction_new(tree, 101);
        Records *records = records_new();

        tree_add(tree, f->object);
        records_add(records, path_resource(3, 0, 13), value_time(0));
        g_assert_cmpint(transaction_write(transaction, WRITE_REPLACE_RESOURCES,
                                          path_resource(3, 0, 13), records),
                        ==, -EPERM);
}

static void add(const char *path, void (*test)(Fixture *, gconstpointer))
{
        g_test_add(path, Fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        add("/objects/device/facts", test_facts);
        add("/objects/device/moment", test_moment);
        add("/objects/device/memory", test_memory);
        add("/objects/device/unknown", test_unknown);
        add("/objects/device/one-instance", test_one_instance);
        add("/objects/device/execute", test_execute);
        add("/objects/device/not-written", test_not_written);
        return g_test_run();
}
