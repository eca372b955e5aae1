/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One LwM2M server and our registration with it: resolves, connects, registers, keeps the
 * registration alive, serves its requests, repairs what breaks. What the rest of the program may
 * know of it; made and freed by lwm2m/client.h.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "lwm2m/composite.h"
#include "lwm2m/server-state.h"
#include "objects/accounts.h"

typedef struct Server Server;

/* What there is to show. Strings are borrowed, valid until the next turn of the main loop. Times:
 * seconds since 1970, 0: not set. */
typedef struct ServerInfo {
        uint16_t ssid;
        const char *uri;
        ServerState state;
        const char *security;  /* "psk"; of the registration by SMS: the SMS security mode */
        const char *plugin;    /* "psk 1.0 (Mbed TLS 2.28.3)", "" before there is one */
        uint16_t cipher_suite; /* IANA, 0 while not connected */
        bool resumed;
        const char *sms_security;  /* "secured-packet", "" where there is no SMS */
        const char *sms_suite;     /* "AES-128, CMAC 8, key set 1", "" while not heard */
        const char *lwm2m_version; /* "1.1", "1.0", "" while not registered */
        const char *binding;
        uint32_t lifetime;    /* as registered, before that as it will be */
        const char *location; /* "/rd/5a3f", "" without registration */
        gint64 registered_at;
        gint64 expires_at, next_update_at, next_attempt_at;
        const ServerError *last_error;
} ServerInfo;

void server_get_info(const Server *server, ServerInfo *ret);
uint16_t server_ssid(const Server *server);

/*
 * Counters by name: "datagrams-in", "datagrams-out", "bytes-in", "bytes-out", "dropped",
 * "handshakes", "handshakes-failed", "requests-in", "requests-out", "retransmissions",
 * "duplicates", "timeouts", "registrations", "updates", "sends", "observations", "notifications",
 * "notifications-lost". All but "observations" only rise. And what the security plugins count:
 * "security-" and "sms-" before their own names; over SMS "sms-heard", which is 1 while a message
 * of the server would be taken, and "sms-ignored", requests that were opened and are none for us.
 */
typedef void (*ServerCounterFunc)(const char *name, uint64_t value, void *user);
void server_foreach_counter(const Server *server, ServerCounterFunc func, void *user);

/* One observation. `token` valid during the call. */
typedef struct ObservationInfo {
        Path path;
        const Composite *composite; /* NULL: of `path` alone, else of its paths */
        const uint8_t *token;
        size_t token_len;
        uint32_t pmin, pmax; /* in force; pmax 0: none */
        uint32_t notifications;
} ObservationInfo;
typedef void (*ObservationFunc)(const ObservationInfo *info, void *user);
void server_foreach_observation(const Server *server, ObservationFunc func, void *user);

/* Called once with 0 or a negative errno; server's last_error has the text. Never before the
 * request returned. NULL where nobody waits. At most 16 callers wait (-EBUSY above). Callers are
 * told -ECANCELED when the server goes. */
typedef void (*ServerDone)(Server *server, int result, void *user);

/* Each of the following returns 1 where `done` will be called, 0 where it will not (there is
 * nothing to wait for, or no `done`), or a negative errno. */

/* Registers now, from any state (a wait is cut short); where registered, it registers anew. -EBUSY
 * while deregistering. */
int server_register(Server *server, ServerDone done, void *user);

/* Updates the registration within a second, later where the server has said that it is busy (5.03).
 * -ENOTCONN unless registered. `objects`: with the object
 * list. A server that has forgotten us is registered with again, and that is the result then. */
int server_update(Server *server, bool objects, ServerDone done, void *user);

/* De-registers and stays idle until server_register() or a restart, whatever the server answers.
 * Idle already: 0. */
int server_deregister(Server *server, ServerDone done, void *user);

/*
 * Sends (Core 6.4.6) what the server may read at `paths`, in `format`, at once. 4.04 makes it
 * register again. `done` gets 0, -ETIMEDOUT, -ENOTCONN (the session ended before the answer),
 * -EBUSY, -ECONNREFUSED. Refused before: -ENOTCONN unless registered, -EPROTONOSUPPORT with LwM2M
 * 1.0, -ESHUTDOWN while /1/x/23 is true or absent, -ENOTSUP no such format, -EBUSY too many under
 * way; and for the path that *ret_path then is (else the root): -EINVAL the root, -ENOENT, -EPERM
 * not readable, -EACCES not by this server, -EAGAIN its object is not registered yet.
 */
int server_send_values(Server *server, const PathList *paths, int format, ServerDone done,
                       void *user, Path *ret_path);

/* For a caller who goes away: its `done` is not called any more. */
void server_forget_waiter(Server *server, ServerDone done, void *user);
