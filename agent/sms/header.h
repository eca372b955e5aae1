/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The user data header (TS 23.040, 9.2.3.24): what stands before the data proper. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* Information element identifiers: TS 23.040, 9.2.3.24; TS 31.115, 4. */
#define ELEMENT_CONCATENATION 0x00
#define ELEMENT_PORTS_8 0x04
#define ELEMENT_PORTS_16 0x05
#define ELEMENT_CONCATENATION_16 0x08
#define ELEMENT_COMMAND 0x70
#define ELEMENT_RESPONSE 0x71

/* What the data is. */
typedef enum PacketKind {
        PACKET_PLAIN,
        PACKET_COMMAND,  /* a secured packet, TS 31.115 */
        PACKET_RESPONSE, /* the answer to one: a proof of receipt */
} PacketKind;

typedef struct HeaderElement {
        uint8_t id;
        uint8_t len;
        const uint8_t *data; /* borrowed */
} HeaderElement;

/* A plain value: user data taken apart. */
typedef struct UserData {
        PacketKind kind;
        bool concatenated;
        bool wide; /* the reference has 16 bits */
        uint16_t reference;
        uint8_t total; /* 1 where it is not concatenated */
        uint8_t sequence;
        bool has_ports;
        uint16_t destination_port;
        uint16_t source_port;
        const uint8_t *data; /* behind the header, borrowed */
        size_t len;
} UserData;

/* The next element of a header whose length octet has been read: 1, 0 at the end, -EBADMSG where it
 * runs past the end. */
int header_next(ByteReader *reader, HeaderElement *ret);

/*
 * `present`: TP-UDHI. Elements come in any order, unknown ones are passed over, the last of a kind
 * counts (TS 23.040, 9.2.3.24), and a concatenation that makes no sense is passed over
 * (9.2.3.24.1). Without TP-UDHI, data that begins with 02 71 00 has a header all the same: a card's
 * response packet (TS 31.115, 4.2, from GSM 03.48, 6.1); this is so for that element alone.
 * -EBADMSG: a header or element with a wrong length, or command and response in one.
 */
int header_parse(const uint8_t *octets, size_t len, bool present, UserData *ret);

/* Writes an element behind a length octet that is the caller's. */
void header_add(ByteWriter *writer, uint8_t id, const void *data, uint8_t len);
void header_add_concatenation(ByteWriter *writer, bool wide, uint16_t reference, uint8_t total,
                              uint8_t sequence);
