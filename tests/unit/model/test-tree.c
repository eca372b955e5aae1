/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "memory-object.h"
#include "model/tree.h"

static void test_order(void)
{
        g_autoptr(Tree) tree = tree_new();
        Object objects[] = {
                {definition_find_core(3), NULL},
                {definition_find_core(0), NULL},
                {&memory_definition, NULL},
                {definition_find_core(1), NULL},
        };
        Object twin = {definition_find_core(3), NULL};

        g_assert_null(tree_next(tree, -1));
        for (size_t i = 0; i < G_N_ELEMENTS(objects); i++)
                g_assert_cmpint(tree_add(tree, &objects[i]), ==, 0);
        g_assert_cmpint(tree_add(tree, &twin), ==, -EEXIST);

        g_assert_true(tree_next(tree, -1) == &objects[1]);
        g_assert_true(tree_next(tree, 0) == &objects[3]);
        g_assert_true(tree_next(tree, 1) == &objects[0]);
        g_assert_true(tree_next(tree, 3) == &objects[2]);
        g_assert_null(tree_next(tree, 4242));
        g_assert_null(tree_next(tree, 65535));

        g_assert_true(tree_find(tree, 3) == &objects[0]);
        g_assert_null(tree_find(tree, 2));
        tree_remove(tree, &objects[0]);
        g_assert_null(tree_find(tree, 3));
        tree_remove(tree, &twin); /* is not in it: nothing happens */
        g_assert_true(tree_next(tree, 1) == &objects[2]);
}

static void test_limit(void)
{
        g_autoptr(Tree) tree = tree_new();
        g_autofree ObjectDefinition *definitions = g_new0(ObjectDefinition, TREE_MAX_OBJECTS + 1);
        g_autofree Object *objects = g_new0(Object, TREE_MAX_OBJECTS + 1);

        for (int i = 0; i <= TREE_MAX_OBJECTS; i++) {
                definitions[i].id = (uint16_t) i;
                objects[i].definition = &definitions[i];
                g_assert_cmpint(tree_add(tree, &objects[i]), ==,
                                i < TREE_MAX_OBJECTS ? 0 : -ENOSPC);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/model/tree/order", test_order);
        g_test_add_func("/model/tree/limit", test_limit);
        return g_test_run();
}
