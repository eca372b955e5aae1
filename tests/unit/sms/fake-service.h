/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A modem service on a bus, of the interface's own XML. */

#include <gio/gio.h>

typedef struct FakeService {
        GDBusConnection *connection;
        guint object;
        guint name;
        const char *state;
        GString *log;                /* calls: "send 0102;" "ack 7;" "replay;" */
        GDBusMethodInvocation *held; /* a Send without an answer */
        const char *error;           /* D-Bus error with which Send is refused, or NULL */
        char *agent;                 /* who has called */
} FakeService;

/* Owns `name` when it returns. */
FakeService *fake_service_new(const char *address, const char *name);
void fake_service_free(FakeService *service);

/* To `destination`, NULL: to all. */
void fake_service_receive(FakeService *service, const char *destination, guint64 id,
                          const char *text, gboolean stored);
void fake_service_emit(FakeService *service, const char *signal, GVariant *parameters);
void fake_service_set_state(FakeService *service, const char *state);
void fake_service_answer(FakeService *service, guint32 reference);
