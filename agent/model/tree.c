/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tree.h"

#include <errno.h>

struct Tree {
        GPtrArray *objects; /* of Object, borrowed, IDs ascending */
};

Tree *tree_new(void)
{
        Tree *tree = g_new0(Tree, 1);

        tree->objects = g_ptr_array_new();
        return tree;
}

void tree_free(Tree *tree)
{
        if (!tree)
                return;

        g_ptr_array_unref(tree->objects);
        g_free(tree);
}

static Object *object_at(const Tree *tree, guint index)
{
        return g_ptr_array_index(tree->objects, index);
}

/* The index of the first object with this ID or a higher one. */
static guint lower_bound(const Tree *tree, int id)
{
        guint low = 0, high = tree->objects->len;

        while (low < high) {
                guint middle = low + (high - low) / 2;

                if ((int) object_at(tree, middle)->definition->id < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

int tree_add(Tree *tree, Object *object)
{
        if (tree_find(tree, object->definition->id))
                return -EEXIST;
        if (tree->objects->len >= TREE_MAX_OBJECTS)
                return -ENOSPC;

        g_ptr_array_insert(tree->objects, (gint) lower_bound(tree, object->definition->id), object);
        return 0;
}

void tree_remove(Tree *tree, Object *object)
{
        g_ptr_array_remove(tree->objects, object);
}

Object *tree_find(const Tree *tree, uint16_t id)
{
        guint index = lower_bound(tree, id);

        if (index == tree->objects->len || object_at(tree, index)->definition->id != id)
                return NULL;
        return object_at(tree, index);
}

Object *tree_next(const Tree *tree, int after)
{
        guint index = lower_bound(tree, after + 1);

        return index < tree->objects->len ? object_at(tree, index) : NULL;
}
