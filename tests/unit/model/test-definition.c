/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <math.h>

#include "model/definition.h"

static void test_order(void)
{
        static const uint16_t objects[] = {0, 1, 3};

        for (size_t o = 0; o < G_N_ELEMENTS(objects); o++) {
                const ObjectDefinition *object = definition_find_core(objects[o]);

                g_assert_nonnull(object);
                g_assert_cmpuint(object->id, ==, objects[o]);
                g_assert_cmpstr(object->version, ==, "1.1");
                for (size_t i = 0; i < object->n_resources; i++) {
                        const ResourceDefinition *resource = &object->resources[i];

                        g_assert_true(i == 0 || resource->id > object->resources[i - 1].id);
                        g_assert_true(definition_find_resource(object, resource->id) == resource);
                        /* What is executed has no type, and all else has one. */
                        g_assert_cmpint(resource->type == VALUE_NONE, ==,
                                        resource->operations == OP_E);
                }
                g_assert_null(definition_find_resource(object, 999));
        }
        g_assert_null(definition_find_core(2));
        g_assert_null(definition_find_core(65535));
}

/* Samples of what OMA's registry says of each. */
static void test_registry(void)
{
        const ObjectDefinition *security = definition_find_core(0);
        const ObjectDefinition *server = definition_find_core(1);
        const ObjectDefinition *device = definition_find_core(3);
        const ResourceDefinition *resource;

        g_assert_cmpuint(security->n_resources, ==, 18);
        g_assert_cmpuint(server->n_resources, ==, 24);
        g_assert_cmpuint(device->n_resources, ==, 23);
        g_assert_true(security->multiple && server->multiple && !device->multiple);

        resource = definition_find_resource(server, 1);
        g_assert_cmpstr(resource->name, ==, "Lifetime");
        g_assert_cmpint(resource->operations, ==, OP_RW);
        g_assert_cmpstr(resource->units, ==, "s");
        g_assert_true(resource->mandatory);

        resource = definition_find_resource(server, 17);
        g_assert_cmpstr(resource->name, ==, "Communication Retry Count");
        g_assert_cmpint(resource->operations, ==, OP_BS_W);

        resource = definition_find_resource(device, 11);
        g_assert_cmpstr(resource->name, ==, "Error Code");
        g_assert_true(resource->multiple && resource->mandatory);
        g_assert_cmpint(resource->max, ==, 8);

        resource = definition_find_resource(security, 10);
        g_assert_cmpint(resource->min, ==, 1);
        g_assert_cmpint(resource->max, ==, 65534);
}

static int accept(uint16_t object, uint16_t resource, Value value)
{
        int r = definition_accept(definition_find_resource(definition_find_core(object), resource),
                                  &value);

        value_clear(&value);
        return r;
}

static Value long_text(size_t len)
{
        g_autofree char *text = g_strnfill(len, 'x');

        return value_string_len(text, len);
}

static void test_accept(void)
{
        static const ResourceDefinition percent = {1,     "P",         OP_RW, false,
                                                   false, VALUE_FLOAT, 0,     100};
        Value value = value_integer(50);

        g_assert_cmpint(accept(1, 0, value_integer(1)), ==, 0);
        g_assert_cmpint(accept(1, 0, value_unsigned(65534)), ==, 0);
        g_assert_cmpint(accept(1, 0, value_integer(0)), ==, -ERANGE);
        g_assert_cmpint(accept(1, 0, value_integer(65535)), ==, -ERANGE);
        g_assert_cmpint(accept(1, 0, value_string("1")), ==, -EINVAL);
        g_assert_cmpint(accept(1, 1, value_integer(INT64_MIN)), ==, 0); /* no range */
        g_assert_cmpint(accept(1, 6, value_integer(1)), ==, -EINVAL);
        g_assert_cmpint(accept(1, 8, value_integer(1)), ==, -EINVAL); /* executable */
        g_assert_cmpint(accept(1, 11, value_unsigned(255)), ==, 0);
        g_assert_cmpint(accept(1, 11, value_integer(256)), ==, -ERANGE);
        g_assert_cmpint(accept(0, 0, long_text(255)), ==, 0);
        g_assert_cmpint(accept(0, 0, long_text(256)), ==, -ERANGE);
        g_assert_cmpint(accept(0, 7, value_opaque("12345", 5)), ==, -ERANGE);
        g_assert_cmpint(accept(0, 7, value_opaque("1234567", 7)), ==, 0);

        g_assert_cmpint(definition_accept(&percent, &value), ==, 0);
        g_assert_cmpint(value.type, ==, VALUE_FLOAT);
        value = value_float(NAN);
        g_assert_cmpint(definition_accept(&percent, &value), ==, -ERANGE);
        value = value_float(100.5);
        g_assert_cmpint(definition_accept(&percent, &value), ==, -ERANGE);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/model/definition/order", test_order);
        g_test_add_func("/model/definition/registry", test_registry);
        g_test_add_func("/model/definition/accept", test_accept);
        return g_test_run();
}
