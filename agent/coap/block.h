/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Block1 and Block2 options, and cutting a body into blocks (RFC 7959, 2.2). Internal to coap/. */

#include "coap/message.h"

#define BLOCK_SZX_MAX 6

/* Room for what is added to a message that is cut: Block1, Block2, ETag, Size1 or Size2, the
 * payload marker. */
#define BLOCK_OVERHEAD 32

typedef struct CoapBlock {
        uint32_t num; /* up to 2^20 - 1 */
        bool more;
        uint8_t szx; /* 0 to BLOCK_SZX_MAX */
} CoapBlock;

static inline size_t block_size(uint8_t szx)
{
        return (size_t) 16 << szx;
}

static inline size_t block_offset(const CoapBlock *block)
{
        return block->num * block_size(block->szx);
}

/* `number` is Block1 or Block2. -ENOENT: absent; -EBADMSG: longer than it may be, or of the
 * reserved size 7. */
int block_get(const CoapMessage *message, uint16_t number, CoapBlock *ret);

/* -E2BIG, as coap_message_add(). */
int block_add(CoapMessage *message, uint16_t number, const CoapBlock *block);

/* The largest size exponent up to `limit` of which a block fits beside `overhead` octets into a
 * message of `max_message`. -EMSGSIZE: not even 16 octets do. */
int block_fit(size_t overhead, size_t max_message, uint8_t limit);

/*
 * Cuts the message's payload down to the block that begins at the same octet as `wanted`, of at
 * most that size and at most `szx`, and adds the Block2 option; with Size2 when it is the first.
 * -ERANGE: the body ends before;
 * -E2BIG: too many options.
 */
int block_cut(CoapMessage *message, const CoapBlock *wanted, uint8_t szx);

/*
 * Appends what makes two requests ask for the same representation: code, Uri-Path, Uri-Query,
 * Accept (RFC 7959, 2.4); for a request body also what says how it is to be taken: If-Match,
 * If-None-Match, Content-Format, Request-Tag (RFC 9175, 3.3). A FETCH also asks by its payload
 * (RFC 8132, 2.1): where it has one, BLOCK_KEY_DIGEST octets of a digest follow.
 */
#define BLOCK_KEY_DIGEST 32
void block_key_write(const CoapMessage *request, bool for_body, ByteWriter *writer);
