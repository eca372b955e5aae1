/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* org.lwm2md1.Manager: the agent as a whole. */

#include "bus/export.h"
#include "bus/parts.h"

typedef struct BusManager BusManager;

/* `parts` is borrowed. */
BusManager *bus_manager_new(GDBusConnection *connection, Authorizer *authorizer,
                            const BusParts *parts);
void bus_manager_free(BusManager *manager);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BusManager, bus_manager_free)

/* The state of servers changed. */
void bus_manager_changed(BusManager *manager);
Export *bus_manager_export(BusManager *manager);
