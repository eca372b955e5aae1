/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An interface at an object path: its XML's description, and a table of handlers. */

#include <gio/gio.h>
#include <stdint.h>

#include "bus/authorize.h"

/* One method call, until it is answered: exactly once, by either function, which free it. */
typedef struct BusCall BusCall;

/* `result`: a floating tuple, or NULL for (). */
void bus_call_return(BusCall *call, GVariant *result);

/* With the D-Bus error that belongs to a negative errno (lwm2m/status.h) and a text for a person.
 */
void bus_call_fail(BusCall *call, int error, const char *format, ...) G_GNUC_PRINTF(3, 4);

GDBusMethodInvocation *bus_call_invocation(const BusCall *call);

/*
 * Checks an a{sv} of options: `known` names all that are allowed with their type, "wait:b
 * objects:b". FALSE, and the call is answered BadValue, where another is given.
 */
gboolean bus_call_check_options(BusCall *call, GVariant *options, const char *known);

typedef struct ExportMethod {
        const char *name;
        BusAction action;
        void (*handle)(BusCall *call, GVariant *parameters, void *user);
} ExportMethod;

typedef struct ExportProperty {
        const char *name;
        GVariant *(*get)(void *user); /* floating */
} ExportProperty;

/* Constant. Every method and property of the XML has an entry. */
typedef struct ExportTable {
        const GDBusInterfaceInfo *info;
        const ExportMethod *methods;
        size_t n_methods;
        const ExportProperty *properties;
        size_t n_properties;
} ExportTable;

typedef struct Export Export;

Export *export_new(GDBusConnection *connection, Authorizer *authorizer, const char *path,
                   const ExportTable *table, void *user);
void export_free(Export *export);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Export, export_free)

/* Asks for each property whose changes are signalled, and signals those that differ from last time.
 */
void export_changed(Export *export);

/* All properties, a{sv}, floating. */
GVariant *export_properties(Export *export);
const char *export_path(const Export *export);
const char *export_interface(const Export *export);
