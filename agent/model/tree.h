/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All objects, by ID. Does not own them. */

#include "model/object.h"

/* The most objects there can be. */
#define TREE_MAX_OBJECTS 512

typedef struct Tree Tree;

Tree *tree_new(void);
void tree_free(Tree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tree, tree_free)

/* -EEXIST, -ENOSPC. */
int tree_add(Tree *tree, Object *object);
void tree_remove(Tree *tree, Object *object);

/* NULL where there is none. O(log n). */
Object *tree_find(const Tree *tree, uint16_t id);

/* The object with the lowest ID above `after` (-1: the first), NULL at the end. */
Object *tree_next(const Tree *tree, int after);
