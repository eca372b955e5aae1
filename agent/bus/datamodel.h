/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* org.lwm2md1.DataModel: the local objects by LwM2M path. */

#include "bus/export.h"
#include "bus/parts.h"

/* Paths of one Read, values of one Write. */
#define BUS_DATAMODEL_MAX_PATHS 256

typedef struct BusDatamodel BusDatamodel;

BusDatamodel *bus_datamodel_new(GDBusConnection *connection, Authorizer *authorizer, Tree *tree);

/* Callers who still wait for an object are answered when it has answered: each call needs the tree
 * alone. */
void bus_datamodel_free(BusDatamodel *datamodel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BusDatamodel, bus_datamodel_free)

Export *bus_datamodel_export(BusDatamodel *datamodel);
