/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "server.h"

/*
 * A peer that lost its state handshakes anew from the same address, RFC 6347, 4.2.8; libcoap
 * would feed that to the old session, which drops it. So before libcoap reads a datagram this
 * looks at it, and lets go of the session of a peer that begins another one. A repeated
 * ClientHello of the session itself, known by its random, changes nothing.
 */
void rehandshake_check(Server *server);
