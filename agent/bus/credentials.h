/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* org.lwm2md1.Credentials: servers and keys, in but never out. */

#include "bus/export.h"
#include "bus/parts.h"

/* SetKey calls that still read, RemoveServer calls that still deregister. */
#define BUS_CREDENTIALS_MAX_CALLS 16

typedef struct BusCredentials BusCredentials;

/* `parts` is borrowed. */
BusCredentials *bus_credentials_new(GDBusConnection *connection, Authorizer *authorizer,
                                    const BusParts *parts);

/* Callers under way are answered Failed. */
void bus_credentials_free(BusCredentials *credentials);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BusCredentials, bus_credentials_free)

Export *bus_credentials_export(BusCredentials *credentials);
