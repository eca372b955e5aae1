/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The properties of org.lwm2md1.Server, made from a ServerInfo. Each returns a floating variant. */

#include <glib.h>

#include "lwm2m/server.h"

#define SERVER_PROPERTIES(X)                                                                       \
        X(short_server_id)                                                                         \
        X(is_bootstrap)                                                                            \
        X(uri)                                                                                     \
        X(state)                                                                                   \
        X(security)                                                                                \
        X(sms_security)                                                                            \
        X(cipher_suite)                                                                            \
        X(resumed)                                                                                 \
        X(lwm2m_version)                                                                           \
        X(binding)                                                                                 \
        X(lifetime)                                                                                \
        X(location)                                                                                \
        X(registered_at)                                                                           \
        X(expires_at)                                                                              \
        X(next_update_at)                                                                          \
        X(next_attempt_at)                                                                         \
        X(last_error)

#define SERVER_PROPERTY_DECLARE(name) GVariant *server_property_##name(const ServerInfo *info);
SERVER_PROPERTIES(SERVER_PROPERTY_DECLARE)

/* (xss): when, the D-Bus error, the text; (0, "", "") where there was none. Floating. */
GVariant *server_error_to_variant(const ServerError *error);

/* a(asaya{sv}u), as ListObservations returns it. Floating. */
GVariant *server_observations_to_variant(const Server *server);
