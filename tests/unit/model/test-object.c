/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "memory-object.h"

#define ID 4242

typedef struct Fixture {
        MemoryObject *memory;
        Records *records;
} Fixture;

static void set_up(Fixture *fixture, const void *data)
{
        MemoryObject *memory = memory_object_new(&memory_definition);

        memory_object_set(memory, path_resource(ID, 0, 0), value_string("hello"));
        memory_object_set(memory, path_resource(ID, 0, 1), value_integer(5));
        memory_object_set(memory, path_resource(ID, 0, 10), (Value){.type = VALUE_NONE});
        memory_object_set(memory, path_resource(ID, 0, 11), value_string("not to be read"));
        memory_object_set(memory, path_resource_instance(ID, 0, 12, 3), value_integer(3));
        memory_object_set(memory, path_resource_instance(ID, 0, 12, 70), value_integer(70));
        memory_object_set(memory, path_resource(ID, 0, 13), (Value){.type = VALUE_NONE});
        memory_object_set(memory, path_resource(ID, 0, 999), value_integer(999)); /* undefined */
        memory_object_set(memory, path_resource(ID, 7, 0), value_string("seven"));
        memory_object_add_instance(memory, 9);
        fixture->memory = memory;
        fixture->records = records_new();
}

static void tear_down(Fixture *fixture, const void *data)
{
        memory_object_free(fixture->memory);
        records_free(fixture->records);
}

static void assert_read(Fixture *fixture, const char *path, int result, const char *expected)
{
        g_autoptr(GString) text = g_string_new("");
        Path parsed;

        g_assert_cmpint(path_parse(path, &parsed), ==, 0);
        g_assert_cmpint(object_read(&fixture->memory->object, parsed, NULL, NULL, fixture->records),
                        ==, result);
        for (size_t i = 0; i < records_len(fixture->records); i++) {
                char buffer[PATH_TEXT_SIZE];

                g_string_append(text, path_to_text(records_get(fixture->records, i)->path, buffer));
                g_string_append_c(text, ' ');
        }
        g_assert_cmpstr(text->str, ==, expected);
        records_truncate(fixture->records, 0);
}

static void test_read(Fixture *fixture, const void *data)
{
        assert_read(fixture, "/4242", 0,
                    "/4242/0/0 /4242/0/1 /4242/0/12/3 /4242/0/12/70 /4242/0/13 /4242/7/0 "
                    "/4242/9 ");
        assert_read(fixture, "/4242/7", 0, "/4242/7/0 ");
        assert_read(fixture, "/4242/9", 0, "/4242/9 ");
        assert_read(fixture, "/4242/0/12", 0, "/4242/0/12/3 /4242/0/12/70 ");
        assert_read(fixture, "/4242/0/12/70", 0, "/4242/0/12/70 ");
        assert_read(fixture, "/4242/0/13", 0, "/4242/0/13 ");
}

static void test_read_errors(Fixture *fixture, const void *data)
{
        assert_read(fixture, "/4242/0/10", -EPERM, ""); /* executable */
        assert_read(fixture, "/4242/0/11", -EPERM, ""); /* write-only */
        assert_read(fixture, "/4242/0/11/0", -EPERM, "");
        assert_read(fixture, "/4242/0/2", -ENOENT, ""); /* defined, absent */
        assert_read(fixture, "/4242/0/12/4", -ENOENT, "");
        assert_read(fixture, "/4242/0/0/0", -ENOENT, ""); /* of a single resource */
        assert_read(fixture, "/4242/1", -ENOENT, "");
        assert_read(fixture, "/4242/1/0", -ENOENT, "");
        assert_read(fixture, "/3", -ENOENT, "");
        assert_read(fixture, "/", -ENOENT, "");

        fixture->memory->read_result = -EIO;
        assert_read(fixture, "/4242", -EIO, "");
        fixture->memory->read_result = -EACCES;
        assert_read(fixture, "/4242/0/0", -EACCES, "");
        assert_read(fixture, "/4242/7", 0, "/4242/7 "); /* passed over */
}

static void test_read_appends(Fixture *fixture, const void *data)
{
        records_add(fixture->records, path_resource(1, 0, 0), value_integer(1));
        fixture->memory->read_result = -EIO;
        fixture->memory->good_reads = 3;
        assert_read(fixture, "/4242", -EIO, "/1/0/0 ");
}

static bool allow_seven(Path instance, void *user)
{
        g_assert_cmpint(instance.level, ==, PATH_INSTANCE);
        (*(int *) user)++;
        return instance.id[1] == 7;
}

static void test_filter(Fixture *fixture, const void *data)
{
        int asked = 0;

        g_assert_cmpint(object_read(&fixture->memory->object, path_object(ID), allow_seven, &asked,
                                    fixture->records),
                        ==, 0);
        g_assert_cmpint(asked, ==, 3);
        g_assert_cmpuint(records_len(fixture->records), ==, 1);
        g_assert_true(path_equal(records_get(fixture->records, 0)->path, path_resource(ID, 7, 0)));
}

static void test_has(Fixture *fixture, const void *data)
{
        static const char *const there[] = {
                "/4242",      "/4242/0",     "/4242/9",      "/4242/0/0",
                "/4242/0/10", "/4242/0/999", "/4242/0/12/3", "/4242/0/13",
        };
        static const char *const absent[] = {
                "/",           "/3",           "/4242/1",
                "/4242/8",     "/4242/65534",  "/4242/0/2",
                "/4242/9/0",   "/4242/0/12/2", "/4242/0/13/0",
                "/4242/0/0/0", "/4242/0/10/0", "/4242/1/12/3",
        };
        Path path;

        for (size_t i = 0; i < G_N_ELEMENTS(there); i++) {
                g_assert_cmpint(path_parse(there[i], &path), ==, 0);
                g_assert_cmpint(object_has(&fixture->memory->object, path), ==, 0);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(absent); i++) {
                g_assert_cmpint(path_parse(absent[i], &path), ==, 0);
                g_assert_cmpint(object_has(&fixture->memory->object, path), ==, -ENOENT);
        }
}

/* Object 0 has no operations, and is read by local callers alone. */
static void test_security_object(void)
{
        g_autoptr(MemoryObject) memory = memory_object_new(definition_find_core(0));
        g_autoptr(Records) records = records_new();

        memory_object_set(memory, path_resource(0, 0, 0), value_string("coaps://example.org"));
        g_assert_cmpint(object_read(&memory->object, path_resource(0, 0, 0), NULL, NULL, records),
                        ==, 0);
        g_assert_cmpuint(records_len(records), ==, 1);
}

/* In object 1, what only bootstrap writes is not read either. */
static void test_bootstrap_only(void)
{
        g_autoptr(MemoryObject) memory = memory_object_new(definition_find_core(1));
        g_autoptr(Records) records = records_new();

        memory_object_set(memory, path_resource(1, 0, 17), value_unsigned(5));
        g_assert_cmpint(object_read(&memory->object, path_resource(1, 0, 17), NULL, NULL, records),
                        ==, -EPERM);
}

/* A walk asks once for each instance and once for each resource, and does not begin again. */
static void test_many(void)
{
        g_autoptr(MemoryObject) memory = memory_object_new(&memory_definition);
        g_autoptr(Records) records = records_new();
        const unsigned n = 10000;

        for (unsigned i = 0; i < n; i++)
                memory_object_set(memory, path_resource(ID, (uint16_t) (i * 6), 1),
                                  value_integer((int) i));

        g_assert_cmpint(object_read(&memory->object, path_object(ID), NULL, NULL, records), ==, 0);
        g_assert_cmpuint(records_len(records), ==, n);
        g_assert_cmpuint(memory->n_instance_calls, <=, n + 1);
        g_assert_cmpuint(memory->n_resource_calls, <=, 2 * n);
        for (unsigned i = 0; i < n; i++)
                g_assert_cmpuint(records_get(records, i)->path.id[1], ==, i * 6);

        memory->n_instance_calls = memory->n_resource_calls = 0;
        records_truncate(records, 0);
        g_assert_cmpint(
                object_read(&memory->object, path_resource(ID, 59994, 1), NULL, NULL, records), ==,
                0);
        g_assert_cmpuint(memory->n_instance_calls + memory->n_resource_calls, <=, 4);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add("/model/object/read", Fixture, NULL, set_up, test_read, tear_down);
        g_test_add("/model/object/read-errors", Fixture, NULL, set_up, test_read_errors, tear_down);
        g_test_add("/model/object/read-appends", Fixture, NULL, set_up, test_read_appends,
                   tear_down);
        g_test_add("/model/object/filter", Fixture, NULL, set_up, test_filter, tear_down);
        g_test_add("/model/object/has", Fixture, NULL, set_up, test_has, tear_down);
        g_test_add_func("/model/object/security-object", test_security_object);
        g_test_add_func("/model/object/bootstrap-only", test_bootstrap_only);
        g_test_add_func("/model/object/many", test_many);
        return g_test_run();
}
