/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session.h"

/*
 * libcoap hands empty messages (Acknowledgement, Reset, ping), datagrams that do not parse and
 * the end of some sessions to no handler. Its debug log is the only public place where they
 * show, so the log is read here and turned into events:
 * "ACK", "RST", "ping" (session, mid), "malformed" (session), "session" closed, and "log" for
 * what libcoap itself thinks worth a warning, DTLS alerts among it.
 *
 * It also swallows the repetition of a confirmable response without a word, though RFC 7252, 4.2
 * has each copy acknowledged: this does it, and tells of a "repeat" (session, mid).
 */
void trace_start(Sessions *sessions);

/* To be called when libcoap has worked on what came in: acknowledges what it has swallowed. */
void trace_finish_input(void);

/* Ends it; what libcoap says afterwards is dropped. */
void trace_stop(void);
