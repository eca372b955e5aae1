/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The states of one server, their names, which follows which, and what went wrong last. */

#include <glib.h>
#include <stdbool.h>

typedef enum ServerState {
        SERVER_IDLE, /* deregistered by request, or not started */
        SERVER_RESOLVING,
        SERVER_CONNECTING, /* security handshake */
        SERVER_REGISTERING,
        SERVER_REGISTERED,
        SERVER_UPDATING,
        SERVER_DEREGISTERING,
        SERVER_WAITING, /* for the next attempt */
        SERVER_FAILED,  /* a person must act: no plugin, no key, bad URI, or no further sequence of
                           retries */
} ServerState;
#define SERVER_STATES (SERVER_FAILED + 1)

typedef struct ServerError {
        gint64 at;      /* seconds since 1970; 0: never */
        int error;      /* negative errno, see lwm2m/status.h */
        char text[192]; /* which step, and the alert, CoAP code or system error in words */
} ServerError;

/* "idle", "resolving" … */
const char *server_state_to_string(ServerState state);

/* Whether the move is one of those the state machine makes. A state may always follow itself. */
bool server_state_may_follow(ServerState from, ServerState to);
