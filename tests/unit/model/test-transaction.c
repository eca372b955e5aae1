/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "memory-object.h"
#include "model/transaction.h"

#define ID 4242
#define OTHER 4243

typedef struct Fixture {
        Tree *tree;
        MemoryObject *memory, *other;
        ObjectDefinition other_definition;
        Transaction *transaction;
        int n_done, result;
} Fixture;

static void set_up(Fixture *fixture, const void *data)
{
        fixture->other_definition = memory_definition;
        fixture->other_definition.id = OTHER;
        fixture->memory = memory_object_new(&memory_definition);
        fixture->other = memory_object_new(&fixture->other_definition);
        memory_object_set(fixture->memory, path_resource(ID, 0, 0), value_string("before"));
        memory_object_set(fixture->memory, path_resource(ID, 0, 1), value_integer(1));
        memory_object_set(fixture->memory, path_resource(ID, 0, 9), value_string("serial"));
        memory_object_set(fixture->memory, path_resource_instance(ID, 0, 12, 3), value_integer(3));
        memory_object_set(fixture->memory, path_resource_instance(ID, 0, 12, 5), value_integer(5));
        memory_object_set(fixture->other, path_resource(OTHER, 0, 1), value_integer(1));

        fixture->tree = tree_new();
        tree_add(fixture->tree, &fixture->memory->object);
        tree_add(fixture->tree, &fixture->other->object);
        fixture->transaction = transaction_new(fixture->tree, 101);
}

static void tear_down(Fixture *fixture, const void *data)
{
        transaction_free(fixture->transaction);
        tree_free(fixture->tree);
        memory_object_free(fixture->memory);
        memory_object_free(fixture->other);
}

static void on_done(int result, void *user)
{
        Fixture *fixture = user;

        fixture->n_done++;
        fixture->result = result;
}

/* A list of one record. */
static Records *one(const char *path, Value value)
{
        Records *records = records_new();
        Path parsed;

        g_assert_cmpint(path_parse(path, &parsed), ==, 0);
        g_assert_cmpint(records_add(records, parsed, value), ==, 0);
        return records;
}

static Records *with(Records *records, const char *path, Value value)
{
        Path parsed;

        g_assert_cmpint(path_parse(path, &parsed), ==, 0);
        g_assert_cmpint(records_add(records, parsed, value), ==, 0);
        return records;
}

static int write_to(Fixture *fixture, WriteMode mode, const char *path, Records *records)
{
        Path parsed;

        g_assert_cmpint(path_parse(path, &parsed), ==, 0);
        return transaction_write(fixture->transaction, mode, parsed, records);
}

static int64_t integer_at(MemoryObject *memory, Path path)
{
        const Value *value = memory_object_get(memory, path);

        g_assert_nonnull(value);
        g_assert_cmpint(value->type, ==, VALUE_INTEGER);
        return value->integer;
}

static void test_commit(Fixture *fixture, const void *data)
{
        Records *records = one("/4242/0/1", value_unsigned(77)); /* is converted */

        g_assert_cmpint(write_to(fixture, WRITE_REPLACE_RESOURCES, "/4242/0/1", records), ==, 0);
        g_assert_cmpint(integer_at(fixture->memory, path_resource(ID, 0, 1)), ==, 1);

        g_assert_cmpint(transaction_commit(fixture->transaction, on_done, fixture), ==, 0);
        g_assert_cmpint(integer_at(fixture->memory, path_resource(ID, 0, 1)), ==, 77);
        g_assert_cmpint(fixture->n_done, ==, 0);

        transaction_free(g_steal_pointer(&fixture->transaction));
        g_assert_cmpstr(fixture->memory->log->str, ==, "stage commit drop ");
}

static void test_dropped(Fixture *fixture, const void *data)
{
        write_to(fixture, WRITE_UPDATE, "/4242/0", one("/4242/0/1", value_integer(9)));
        transaction_free(g_steal_pointer(&fixture->transaction));
        g_assert_cmpstr(fixture->memory->log->str, ==, "stage drop ");
        g_assert_cmpint(integer_at(fixture->memory, path_resource(ID, 0, 1)), ==, 1);
}

static void test_empty(Fixture *fixture, const void *data)
{
        g_assert_cmpint(transaction_commit(fixture->transaction, on_done, fixture), ==, 0);
}

static void test_rollback(Fixture *fixture, const void *data)
{
        write_to(fixture, WRITE_UPDATE, "/4242/0", one("/4242/0/1", value_integer(9)));
        write_to(fixture, WRITE_UPDATE, "/4243/0", one("/4243/0/1", value_integer(9)));
        fixture->other->commit_result = -EIO;

        g_assert_cmpint(transaction_commit(fixture->transaction, on_done, fixture), ==, -EIO);
        g_assert_cmpint(integer_at(fixture->memory, path_resource(ID, 0, 1)), ==, 1);
        g_assert_cmpint(integer_at(fixture->other, path_resource(OTHER, 0, 1)), ==, 1);
        transaction_free(g_steal_pointer(&fixture->transaction));
        g_assert_cmpstr(fixture->memory->log->str, ==, "stage commit rollback drop ");
        g_assert_cmpstr(fixture->other->log->str, ==, "stage commit drop ");
        g_assert_cmpint(fixture->n_done, ==, 0);
}

static void test_async(Fixture *fixture, const void *data)
{
        write_to(fixture, WRITE_UPDATE, "/4242/0", one("/4242/0/1", value_integer(9)));
        write_to(fixture, WRITE_UPDATE, "/4243/0", one("/4243/0/1", value_integer(8)));
        fixture->memory->commit_result = -EINPROGRESS;

        g_assert_cmpint(transaction_commit(fixture->transaction, on_done, fixture), ==,
                        -EINPROGRESS);
        g_assert_cmpstr(fixture->other->log->str, ==, "stage ");
        memory_object_finish(fixture->memory, 0);
        g_assert_cmpint(fixture->n_done, ==, 1);
        g_assert_cmpint(fixture->result, ==, 0);
        g_assert_cmpint(integer_at(fixture->memory, path_resource(ID, 0, 1)), ==, 9);
        g_assert_cmpint(integer_at(fixture->other, path_resource(OTHER, 0, 1)), ==, 8);
}

static void test_async_fails(Fixture *fixture, const void *data)
{
        write_to(fixture, WRITE_UPDATE, "/4242/0", one("/4242/0/1", value_integer(9)));
        write_to(fixture, WRITE_UPDATE, "/4243/0", one("/4243/0/1", value_integer(8)));
        fixture->other->commit_result = -EINPROGRESS;

        g_assert_cmpint(transaction_commit(fixture->transaction, on_done, fixture), ==,
                        -EINPROGRESS);
        g_assert_cmpint(integer_at(fixture->memory, path_resource(ID, 0, 1)), ==, 9);
        memory_object_finish(fixture->other, -EBUSY);
        g_assert_cmpint(fixture->n_done, ==, 1);
        g_assert_cmpint(fixture->result, ==, -EBUSY);
        g_assert_cmpint(integer_at(fixture->memory, path_resource(ID, 0, 1)), ==, 1);
}

/* The first takes time and succeeds, the second then fails at once. */
static void test_async_then_fails(Fixture *fixture, const void *data)
{
        write_to(fixture, WRITE_UPDATE, "/4242/0", one("/4242/0/1", value_integer(9)));
        write_to(fixture, WRITE_UPDATE, "/4243/0", one("/4243/0/1", value_integer(8)));
        fixture->memory->commit_result = -EINPROGRESS;
        fixture->other->commit_result = -ENOSPC;

        g_assert_cmpint(transaction_commit(fixture->transaction, on_done, fixture), ==,
                        -EINPROGRESS);
        memory_object_finish(fixture->memory, 0);
        g_assert_cmpint(fixture->result, ==, -ENOSPC);
        g_assert_cmpint(integer_at(fixture->memory, path_resource(ID, 0, 1)), ==, 1);
}

/* Its owner goes while it is under way: it ends by itself, silently. */
static void test_abandoned(Fixture *fixture, const void *data)
{
        write_to(fixture, WRITE_UPDATE, "/4242/0", one("/4242/0/1", value_integer(9)));
        fixture->memory->commit_result = -EINPROGRESS;
        transaction_commit(fixture->transaction, on_done, fixture);
        transaction_free(g_steal_pointer(&fixture->transaction));
        g_assert_cmpstr(fixture->memory->log->str, ==, "stage commit ");

        memory_object_finish(fixture->memory, 0);
        g_assert_cmpint(fixture->n_done, ==, 0);
        g_assert_cmpint(integer_at(fixture->memory, path_resource(ID, 0, 1)), ==, 9);
        g_assert_cmpstr(fixture->memory->log->str, ==, "stage commit drop ");
}

static void test_replace_instance(Fixture *fixture, const void *data)
{
        Records *records = one("/4242/0/300", value_integer(3));

        g_assert_cmpint(write_to(fixture, WRITE_REPLACE_INSTANCE, "/4242/0", records), ==,
                        -EINVAL); /* resource 0 is mandatory; 9 too, but is not written */
        records = with(one("/4242/0/300", value_integer(3)), "/4242/0/0", value_string("after"));
        g_assert_cmpint(write_to(fixture, WRITE_REPLACE_INSTANCE, "/4242/0", records), ==, 0);
        g_assert_cmpint(transaction_commit(fixture->transaction, on_done, fixture), ==, 0);

        g_assert_cmpint(integer_at(fixture->memory, path_resource(ID, 0, 300)), ==, 3);
        g_assert_null(memory_object_get(fixture->memory, path_resource(ID, 0, 1)));
        g_assert_nonnull(memory_object_get(fixture->memory, path_resource(ID, 0, 9)));
}

static void test_multiple(Fixture *fixture, const void *data)
{
        g_assert_cmpint(write_to(fixture, WRITE_REPLACE_RESOURCES, "/4242/0/12",
                                 one("/4242/0/12/8", value_integer(8))),
                        ==, 0);
        g_assert_cmpint(transaction_commit(fixture->transaction, on_done, fixture), ==, 0);
        g_assert_null(memory_object_get(fixture->memory, path_resource_instance(ID, 0, 12, 3)));
        g_assert_cmpint(integer_at(fixture->memory, path_resource_instance(ID, 0, 12, 8)), ==, 8);
}

/* The siblings of a resource instance stay, though the mode says replace. */
static void test_resource_instance(Fixture *fixture, const void *data)
{
        g_assert_cmpint(write_to(fixture, WRITE_REPLACE_RESOURCES, "/4242/0/12/3",
                                 one("/4242/0/12/3", value_integer(33))),
                        ==, 0);
        g_assert_cmpint(transaction_commit(fixture->transaction, on_done, fixture), ==, 0);
        g_assert_cmpint(integer_at(fixture->memory, path_resource_instance(ID, 0, 12, 3)), ==, 33);
        g_assert_cmpint(integer_at(fixture->memory, path_resource_instance(ID, 0, 12, 5)), ==, 5);
}

static void test_unknown_left_out(Fixture *fixture, const void *data)
{
        Records *records =
                with(one("/4242/0/1", value_integer(9)), "/4242/0/888", value_opaque("x", 1));

        g_assert_cmpint(write_to(fixture, WRITE_UPDATE, "/4242/0", records), ==, 0);
        g_assert_cmpint(transaction_commit(fixture->transaction, on_done, fixture), ==, 0);
        g_assert_cmpint(integer_at(fixture->memory, path_resource(ID, 0, 1)), ==, 9);
        g_assert_null(memory_object_get(fixture->memory, path_resource(ID, 0, 888)));
}

typedef struct RefusedCase {
        WriteMode mode;
        const char *path;
        const char *record; /* NULL: none */
        Value value;
        int result;
} RefusedCase;

static void test_refused(Fixture *fixture, const void *data)
{
        const Value none = {.type = VALUE_NONE}, five = value_integer(5);
        const RefusedCase cases[] = {
                {WRITE_UPDATE, "/5/0", "/5/0/0", five, -ENOENT},
                {WRITE_UPDATE, "/4242/1", "/4242/1/1", five, -ENOENT},
                {WRITE_REPLACE_RESOURCES, "/4242/0/888", "/4242/0/888", five, -ENOENT},
                {WRITE_REPLACE_RESOURCES, "/4242/0/12/4", "/4242/0/12/4", five, -ENOENT},
                {WRITE_UPDATE, "/4242", "/4242/0/1", five, -EPERM},
                {WRITE_REPLACE_RESOURCES, "/4242/0/9", "/4242/0/9", five, -EPERM},
                {WRITE_REPLACE_RESOURCES, "/4242/0/10", "/4242/0/10", five, -EPERM},
                {WRITE_REPLACE_RESOURCES, "/4242/0/1/0", "/4242/0/1/0", five, -EPERM},
                {WRITE_UPDATE, "/4242/0", "/4242/0/9", five, -EPERM},
                {WRITE_UPDATE, "/4242/0", "/4242/0/10", five, -EPERM},
                {WRITE_UPDATE, "/4242/0", "/4242/1/1", five, -EINVAL},
                {WRITE_UPDATE, "/4242/0", "/4243/0/1", five, -EINVAL},
                {WRITE_UPDATE, "/4242/0", "/4242/0/1/0", five, -EINVAL},
                {WRITE_UPDATE, "/4242/0", "/4242/0/1", none, -EINVAL},
                {WRITE_UPDATE, "/4242/0", "/4242/0/12", five, -EINVAL},
                {WRITE_UPDATE, "/4242/0", "/4242/0/12/1", none, -EINVAL},
                {WRITE_UPDATE, "/4242/0", "/4242/0/1", value_boolean(true), -EINVAL},
                {WRITE_UPDATE, "/4242/0", "/4242/0/2", value_integer(-1), -ERANGE},
                {WRITE_UPDATE, "/4242/0", "/4242/0/1", value_integer(101), -ERANGE},
                {WRITE_REPLACE_RESOURCES, "/4242/0/1", "/4242/0/2", five, -EINVAL},
                {WRITE_REPLACE_RESOURCES, "/4242/0/1", NULL, none, -EINVAL},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                Records *records =
                        cases[i].record ? one(cases[i].record, cases[i].value) : records_new();

                g_assert_cmpint(write_to(fixture, cases[i].mode, cases[i].path, records), ==,
                                cases[i].result);
        }
        g_assert_cmpstr(fixture->memory->log->str, ==, ""); /* it heard nothing */
}

/* What is forbidden is said before what is malformed, and that before what is out of range. */
static void test_order_of_errors(Fixture *fixture, const void *data)
{
        Records *records =
                with(one("/4242/0/1", value_integer(101)), "/4242/0/4", value_integer(1));

        g_assert_cmpint(write_to(fixture, WRITE_UPDATE, "/4242/0", records), ==, -EINVAL);
        records = with(one("/4242/0/4", value_integer(1)), "/4242/0/9", value_integer(1));
        g_assert_cmpint(write_to(fixture, WRITE_UPDATE, "/4242/0", records), ==, -EPERM);
        records = with(one("/4242/0/1", value_integer(1)), "/4242/0/1", value_integer(1));
        g_assert_cmpint(write_to(fixture, WRITE_UPDATE, "/4242/0", records), ==, -EINVAL);
        records = with(one("/4242/0/12", (Value){.type = VALUE_NONE}), "/4242/0/12/0",
                       value_integer(1));
        g_assert_cmpint(write_to(fixture, WRITE_UPDATE, "/4242/0", records), ==, -EINVAL);
}

static void test_object_refuses(Fixture *fixture, const void *data)
{
        fixture->memory->stage_result = -EBUSY;
        g_assert_cmpint(
                write_to(fixture, WRITE_UPDATE, "/4242/0", one("/4242/0/1", value_integer(9))), ==,
                -EBUSY);
        g_assert_cmpint(transaction_commit(fixture->transaction, on_done, fixture), ==, 0);
        g_assert_cmpint(integer_at(fixture->memory, path_resource(ID, 0, 1)), ==, 1);
}

static void test_limit(Fixture *fixture, const void *data)
{
        for (int i = 0; i <= TRANSACTION_MAX_WRITES; i++) {
                Records *records = one("/4242/0/1", value_integer(9));

                g_assert_cmpint(write_to(fixture, WRITE_UPDATE, "/4242/0", records), ==,
                                i < TRANSACTION_MAX_WRITES ? 0 : -ENOSPC);
        }
}

static void add(const char *path, void (*test)(Fixture *, const void *))
{
        g_test_add(path, Fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        add("/model/transaction/commit", test_commit);
        add("/model/transaction/dropped", test_dropped);
        add("/model/transaction/empty", test_empty);
        add("/model/transaction/rollback", test_rollback);
        add("/model/transaction/async", test_async);
        add("/model/transaction/async-fails", test_async_fails);
        add("/model/transaction/async-then-fails", test_async_then_fails);
        add("/model/transaction/abandoned", test_abandoned);
        add("/model/transaction/replace-instance", test_replace_instance);
        add("/model/transaction/multiple", test_multiple);
        add("/model/transaction/resource-instance", test_resource_instance);
        add("/model/transaction/unknown-left-out", test_unknown_left_out);
        add("/model/transaction/refused", test_refused);
        add("/model/transaction/order-of-errors", test_order_of_errors);
        add("/model/transaction/object-refuses", test_object_refuses);
        add("/model/transaction/limit", test_limit);
        return g_test_run();
}
