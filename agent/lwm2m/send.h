/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Send (Core 6.4.6): values that a server is told unasked. The requests of one server that are
 * under way; server_send_values() begins one. */

#include "lwm2m/server.h"

/* Under way at once; those whose values an object still owes are among them, also when nobody waits
 * for them any more. */
#define SENDS_MAX 16

typedef struct Sends Sends;

/* `server` must outlive it. */
Sends *sends_new(Server *server);

/* Tells who waits -ECANCELED. */
void sends_free(Sends *sends);

/* The session is gone: who waits will be told -ENOTCONN. */
void sends_abort(Sends *sends);

/* `done` of that caller is not called any more. */
void sends_forget(Sends *sends, ServerDone done, void *user);
