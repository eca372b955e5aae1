/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <stdbool.h>

#define AGENT_NAME "org.lwm2md1"
#define AGENT_PATH "/org/lwm2md1"
#define MANAGER_INTERFACE "org.lwm2md1.Manager"
#define SERVER_INTERFACE "org.lwm2md1.Server"
#define DATA_MODEL_INTERFACE "org.lwm2md1.DataModel"
#define SMS_INTERFACE "org.lwm2md1.Sms"
#define CREDENTIALS_INTERFACE "org.lwm2md1.Credentials"

/* How long a call may take that the agent answers by itself, in seconds. */
#define LOCAL_TIMEOUT 25

/* The agent, seen from a client: one connection to one bus. */
typedef struct BusClient BusClient;

/* Remembers which bus to use and connects with the first call. `timeout` is in seconds and replaces
 * the limit of every call; 0 leaves each its own. */
BusClient *bus_client_new(GBusType bus, unsigned timeout);
void bus_client_free(BusClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BusClient, bus_client_free)

/* From here on a call does not start an agent that is not running. */
void bus_client_set_passive(BusClient *client);

/* Calls a method and waits for its reply, at most LOCAL_TIMEOUT. `parameters` may be floating, or
 * NULL for none. Returns a new reference, or NULL and the error. */
GVariant *bus_client_call(BusClient *client, const char *path, const char *interface,
                          const char *method, GVariant *parameters, GError **error);

/* The same with file descriptors, which stay the caller's. */
GVariant *bus_client_call_with_fds(BusClient *client, const char *path, const char *interface,
                                   const char *method, GVariant *parameters, GUnixFDList *fds,
                                   GError **error);

/* Starts a call without a time limit, unless there is a --timeout; `callback` gets it with the
 * GDBusConnection as source. False and the error if there is no bus. */
bool bus_client_call_long(BusClient *client, const char *path, const char *interface,
                          const char *method, GVariant *parameters, GAsyncReadyCallback callback,
                          gpointer user_data, GError **error);

/* The only value in a reply, if it has `type`: a new reference. NULL and the error otherwise; a
 * `reply` of NULL stays NULL with its error. */
GVariant *bus_client_get_only(GVariant *reply, const char *type, GError **error);

/* The properties of the manager as a{sv}: a new reference, or NULL and the error. */
GVariant *bus_client_get_manager(BusClient *client, GError **error);

/* The properties of the SMS bearer as a{sv}: a new reference. NULL and the error; NULL without one
 * where there is no modem. */
GVariant *bus_client_get_sms(BusClient *client, GError **error);

/* The properties of each server as an array of a{sv}, ordered by Short Server ID. */
GPtrArray *bus_client_list_servers(BusClient *client, GError **error);

/* The Short Server IDs of all servers in order, as guint16. */
GArray *bus_client_list_ids(BusClient *client, GError **error);

/* The object path of a server, to be freed. */
char *bus_client_server_path(guint16 ssid);
