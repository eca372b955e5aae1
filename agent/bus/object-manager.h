/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* org.freedesktop.DBus.ObjectManager over a set of exports. */

#include "bus/export.h"

/* Exports at once: ACCOUNTS_MAX servers, and those of the agent itself. */
#define OBJECT_MANAGER_MAX 128

typedef struct ObjectManager ObjectManager;

ObjectManager *object_manager_new(GDBusConnection *connection, const char *path);

/* The exports must be gone. */
void object_manager_free(ObjectManager *manager);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ObjectManager, object_manager_free)

/* Borrows the export until object_manager_remove(). Both signal it. */
void object_manager_add(ObjectManager *manager, Export *export);
void object_manager_remove(ObjectManager *manager, Export *export);
