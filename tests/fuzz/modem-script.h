/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the fuzzers of modem protocols share. The octets are a script: pieces of one octet that says
 * what they are, two that say how long, and what the modem says. A piece either begins something or
 * answers what has been begun.
 */

#include "base/bytes.h"
#include "backend.h"

typedef struct Piece {
        uint8_t what;
        const uint8_t *octets;
        size_t len;
} Piece;

typedef struct ModemScript {
        ByteReader reader;
        unsigned open; /* requests not answered to their askers */
        unsigned messages;
} ModemScript;

/* FALSE: the script is over. A piece that claims too much ends with the script. */
bool modem_script_next(ModemScript *script, Piece *ret);

/* Judges what the backend hands up; `user` is the script. */
extern const BackendHandler modem_script_handler;

/* Askers, which expect an answer each; `user` is the script. */
void modem_script_on_done(int result, void *user);
void modem_script_on_listed(int result, uint32_t whole, void *user);
void modem_script_on_sent(int result, unsigned reference, const char *text, void *user);
void modem_script_on_read(int result, const uint8_t *tpdu, size_t len, void *user);

/* Runs what has been queued in the main context. */
void modem_script_settle(void);
