/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The states of one server, their names, and which follows which. */

#include <stdbool.h>

typedef enum ServerState {
        SERVER_IDLE,          /* deregistered by request, or not started */
        SERVER_RESOLVING,
        SERVER_CONNECTING,    /* security handshake */
        SERVER_REGISTERING,
        SERVER_REGISTERED,
        SERVER_UPDATING,
        SERVER_DEREGISTERING,
        SERVER_WAITING,       /* for the next attempt */
        SERVER_FAILED,        /* a person must act: no plugin, no key, bad URI, or retries are used up */
} ServerState;

const char *server_state_to_string(ServerState state);
bool server_state_may_follow(ServerState from, ServerState to);
