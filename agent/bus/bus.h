/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The agent on D-Bus: name org.lwm2md1, objects below /org/lwm2md1. Without a bus the agent works
 * on; connection and name are tried again with growing pauses (1 s to 60 s).
 */

#include "bus/parts.h"
#include "bus/sms.h"

typedef struct Bus Bus;

/* Begins to connect. `ready` (may be NULL) is called once, when the name is owned or the first
 * attempt failed. Asks the name service, which may block. */
Bus *bus_new(const BusParts *parts, GBusType type, void (*ready)(void *user), void *user);

/* Gives the name back and answers callers who still wait with Failed. Calls `done` once, from the
 * main loop, when the answers have left, or after a second. Does not connect again. */
void bus_stop(Bus *bus, void (*done)(void *user), void *user);

/* Without bus_stop() before, answers may be lost. */
void bus_free(Bus *bus);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bus, bus_free)

/* For ClientOps; `user` is the Bus. */
void bus_on_server_changed(Server *server, void *user);
void bus_on_server_added(Server *server, void *user);
void bus_on_server_removed(uint16_t ssid, void *user);

/* Shows the SMS bearer from here on, which outlives the bus; NULL: no longer. */
void bus_set_sms(Bus *bus, const SmsView *view, void *user);

/* The modem came, went, or is in another state; a server woke us by SMS, for `what`. `user` is the
 * Bus. */
void bus_on_sms_changed(void *user);
void bus_on_sms_triggered(uint16_t ssid, const char *what, void *user);

/* The connection while there is one, else NULL: for the parts of the host layer that ask other
 * services. */
GDBusConnection *bus_connection(const Bus *bus);
