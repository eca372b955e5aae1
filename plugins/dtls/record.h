/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* DTLS records as they lie in a datagram (RFC 6347, 4.1). No state, no keys. */

#define RECORD_HEADER_LEN 13

typedef enum RecordType {
        RECORD_CHANGE_CIPHER_SPEC = 20,
        RECORD_ALERT = 21,
        RECORD_HANDSHAKE = 22,
        RECORD_APPLICATION_DATA = 23,
        RECORD_CID = 25, /* RFC 9146, 4 */
} RecordType;

typedef enum HandshakeType {
        HANDSHAKE_HELLO_REQUEST = 0,
        HANDSHAKE_CLIENT_HELLO = 1,
        HANDSHAKE_SERVER_HELLO = 2,
        HANDSHAKE_HELLO_VERIFY_REQUEST = 3,
        HANDSHAKE_NEW_SESSION_TICKET = 4,
        HANDSHAKE_CERTIFICATE = 11,
        HANDSHAKE_SERVER_KEY_EXCHANGE = 12,
        HANDSHAKE_CERTIFICATE_REQUEST = 13,
        HANDSHAKE_SERVER_HELLO_DONE = 14,
        HANDSHAKE_CERTIFICATE_VERIFY = 15,
        HANDSHAKE_CLIENT_KEY_EXCHANGE = 16,
        HANDSHAKE_FINISHED = 20,
        HANDSHAKE_CERTIFICATE_STATUS = 22,
} HandshakeType;

typedef struct Record {
        const uint8_t *data; /* header and content, borrowed from the datagram */
        size_t len;
        uint8_t type;
        uint16_t epoch;
        const uint8_t *content;
        size_t content_len;
} Record;

/*
 * Takes the next record off the front of `*data`, `*len`. `cid_len` is the
 * length of the connection ID in records of type RECORD_CID. Returns 1, 0 at
 * the end of the datagram, or -EBADMSG where what is left is not a record;
 * RFC 6347, 4.1.2.7 has the rest of such a datagram dropped.
 */
int record_next(const uint8_t **data, size_t *len, uint8_t cid_len, Record *ret);

/*
 * Whether an unprotected record (epoch 0) can come from a server at all: an
 * alert, a ChangeCipherSpec or whole handshake headers that add up. What fails
 * here is a stranger's noise and must not reach a handshake (RFC 6347, 4.1.2.7).
 */
bool record_is_plausible(const Record *record);
