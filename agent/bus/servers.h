/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* org.lwm2md1.Server: one object per server, below /org/lwm2md1/server/. */

#include "bus/object-manager.h"
#include "bus/parts.h"

typedef struct BusServers BusServers;

/* Borrows all. Exports the servers there are. */
BusServers *bus_servers_new(GDBusConnection *connection, Authorizer *authorizer,
                            ObjectManager *objects, Client *client);

/* Callers who still wait are answered Failed. */
void bus_servers_free(BusServers *servers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BusServers, bus_servers_free)

void bus_servers_added(BusServers *servers, Server *server);
void bus_servers_removed(BusServers *servers, uint16_t ssid);
void bus_servers_changed(BusServers *servers, Server *server);

/* "/org/lwm2md1/server/101". */
char *bus_server_path(uint16_t ssid);

/* The reverse; -EINVAL. */
int bus_server_parse_path(const char *path, uint16_t *ret_ssid);
