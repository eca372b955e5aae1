/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One request of ours as a sequence of messages: its body in blocks, then the blocks of the
 * response (RFC 7959, 2.3 to 2.5). Knows what to ask next, not how it is sent. Internal to coap/.
 */

#include "coap/block.h"
#include "coap/context.h"

/* A response that changes while it is fetched is fetched from its beginning, this often. */
#define BLOCK_CLIENT_MAX_RESTARTS 3

typedef struct BlockClient {
        CoapContext *context;
        uint8_t *encoded; /* the request, which `request` views */
        size_t booked;
        CoapMessage request;

        bool downloading; /* the request is through, blocks of the response are fetched */
        bool block1;      /* the body goes in blocks, of this size, the present one from `offset` */
        uint8_t szx1;
        size_t offset;
        bool incomplete_before; /* 4.08 was answered once */

        uint8_t szx2; /* asked for */
        ByteWriter body;
        uint8_t etag[8];
        size_t etag_len;
        unsigned restarts;
} BlockClient;

/* Copies the request. -EMSGSIZE: not even a block of 16 octets fits beside the options; -ENOSPC. */
int block_client_init(BlockClient *client, CoapContext *context, const CoapMessage *request);

/* Frees what it holds; nothing where it holds nothing. */
void block_client_clear(BlockClient *client);

/* The next message: code, options, payload, viewing the client's memory. */
void block_client_next(const BlockClient *client, CoapMessage *ret);

/* What its response means. 1: there is a next message; 0: *response is the response to the whole,
 * with its whole payload, borrowed from the client; -EBADMSG: blocks do not fit together;
 * -EMSGSIZE: longer than max_body; -ENOSPC. */
int block_client_on_response(BlockClient *client, CoapMessage *response);
