/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <coap3/coap.h>
#include <glib.h>

/* How many peers are kept at once; libcoap frees the one that was idle the longest. */
#define SESSION_MAX 2000

/* The octets of a ClientHello's random, RFC 5246, 7.4.1.2. */
#define SESSION_RANDOM_LEN 32

/* One peer. The number names it on standard input and output and is never used again. */
typedef struct Session {
        int64_t id;
        coap_session_t *coap; /* borrowed: libcoap owns it and says when it goes */
        GHashTable *resets;   /* set of GBytes: tokens whose responses are answered by a Reset */
} Session;

typedef struct Sessions Sessions;

Sessions *sessions_new(void);
void sessions_free(Sessions *sessions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sessions, sessions_free)

/* The entry of a libcoap session, made when it is not known yet. Owned by the table. */
Session *sessions_add(Sessions *sessions, coap_session_t *coap);

/* NULL when no session has this number, this libcoap session, or this coap_session_str(). */
Session *sessions_find(Sessions *sessions, int64_t id);
Session *sessions_find_coap(Sessions *sessions, const void *coap);
Session *sessions_find_text(Sessions *sessions, const char *text);

/* The DTLS session of a peer's address, or NULL. */
Session *sessions_find_dtls(Sessions *sessions, const coap_address_t *remote);

/* Forgets one; libcoap has freed or is about to free what it stood for. */
void sessions_remove(Sessions *sessions, Session *session);

bool session_is_dtls(const Session *session);

/* The PSK identity that the peer proved, also in a resumed session, or NULL. A C string. */
const char *session_identity(const Session *session);

/* The name of the cipher suite that was agreed on, or NULL. */
const char *session_cipher(const Session *session);

/* Whether it is established, and by another ClientHello than the one with this random. */
bool session_is_another(const Session *session, const uint8_t random[SESSION_RANDOM_LEN]);

/* Ends it. A DTLS peer hears of it only with notify (close_notify alert). */
void session_close(Session *session, bool notify);

/* Sends bytes as DTLS application data. -ENOTCONN without a DTLS session, -EIO when refused. */
int session_write_record(Session *session, GBytes *data);
