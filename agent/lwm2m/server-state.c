/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/server-state.h"

static const char *const state_names[SERVER_STATES] = {
        [SERVER_IDLE] = "idle",
        [SERVER_RESOLVING] = "resolving",
        [SERVER_CONNECTING] = "connecting",
        [SERVER_REGISTERING] = "registering",
        [SERVER_REGISTERED] = "registered",
        [SERVER_UPDATING] = "updating",
        [SERVER_DEREGISTERING] = "deregistering",
        [SERVER_WAITING] = "waiting",
        [SERVER_FAILED] = "failed",
};

#define MOVE(state) (1u << (state))

/* From anywhere: an operator ends it (idle), an attempt fails (waiting, failed). */
#define MOVE_ENDS (MOVE(SERVER_IDLE) | MOVE(SERVER_WAITING) | MOVE(SERVER_FAILED))

static const unsigned state_moves[SERVER_STATES] = {
        [SERVER_IDLE] = MOVE(SERVER_WAITING),
        /* Back to registered, here and below: by SMS, and UDP was only tried. */
        [SERVER_RESOLVING] = MOVE_ENDS | MOVE(SERVER_CONNECTING) | MOVE(SERVER_REGISTERED),
        /* Straight to updating: the session was resumed. Back to resolving, here and below: no
         * answer from this address, there is another. */
        [SERVER_CONNECTING] = MOVE_ENDS | MOVE(SERVER_RESOLVING) | MOVE(SERVER_REGISTERING) |
                              MOVE(SERVER_UPDATING) | MOVE(SERVER_REGISTERED),
        [SERVER_REGISTERING] = MOVE_ENDS | MOVE(SERVER_RESOLVING) | MOVE(SERVER_REGISTERED) |
                               MOVE(SERVER_DEREGISTERING),
        [SERVER_REGISTERED] = MOVE_ENDS | MOVE(SERVER_REGISTERING) | MOVE(SERVER_UPDATING) |
                              MOVE(SERVER_DEREGISTERING),
        [SERVER_UPDATING] = MOVE_ENDS | MOVE(SERVER_REGISTERING) | MOVE(SERVER_REGISTERED) |
                            MOVE(SERVER_DEREGISTERING),
        [SERVER_DEREGISTERING] = MOVE(SERVER_IDLE),
        [SERVER_WAITING] = MOVE(SERVER_IDLE) | MOVE(SERVER_FAILED) | MOVE(SERVER_RESOLVING),
        [SERVER_FAILED] = MOVE(SERVER_IDLE) | MOVE(SERVER_WAITING),
};

const char *server_state_to_string(ServerState state)
{
        return (unsigned) state < SERVER_STATES ? state_names[state] : "?";
}

bool server_state_may_follow(ServerState from, ServerState to)
{
        if ((unsigned) from >= SERVER_STATES || (unsigned) to >= SERVER_STATES)
                return false;
        return from == to || (state_moves[from] & MOVE(to));
}
