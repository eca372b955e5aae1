/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/responder.h"

#include "coap/option.h"

#include <errno.h>

struct Responder {
        CoapContext *context;
        IncomingTable *incoming;
        Snapshots *snapshots;
        Assemblies *assemblies;
};

/* A request with its block options read. */
typedef struct Request {
        CoapMessage *message;
        bool has_block1, has_block2, wants_size2;
        CoapBlock block1, block2;
        uint8_t *body; /* put together of blocks, freed by responder_on_request() */
} Request;

Responder *responder_new(CoapContext *context, IncomingTable *incoming, Snapshots *snapshots)
{
        Responder *responder = g_new0(Responder, 1);

        responder->context = context;
        responder->incoming = incoming;
        responder->snapshots = snapshots;
        responder->assemblies = assemblies_new(context);
        return responder;
}

void responder_free(Responder *responder)
{
        if (!responder)
                return;

        assemblies_free(responder->assemblies);
        g_free(responder);
}

/* ---- Short answers --------------------------------------------------------- */

/* The largest block there is room for beside `overhead` octets, or 16 octets where there is none.
 */
static uint8_t fitting_szx(const CoapContext *context, size_t overhead)
{
        int szx = block_fit(overhead + BLOCK_OVERHEAD, context->config.max_message,
                            context->config.block_szx);

        return (uint8_t) MAX(szx, 0);
}

static void add_block1(const CoapContext *context, CoapMessage *response, const CoapBlock *block)
{
        CoapBlock echo = *block;

        /* RFC 7959, 2.3: from here on in smaller blocks. */
        echo.szx = MIN(echo.szx, fitting_szx(context, 4 + COAP_TOKEN_MAX));
        block_add(response, COAP_OPTION_BLOCK1, &echo);
}

static void answer(Responder *responder, const Request *request, uint8_t code)
{
        CoapMessage response = {.code = code};
        CoapBlock block1 = request->block1;

        block1.more = block1.more && code == COAP_CONTINUE;
        if (code == COAP_REQUEST_ENTITY_TOO_LARGE) /* RFC 7959, 2.9.3 and 4 */
                coap_message_add_uint(&response, COAP_OPTION_SIZE1,
                                      (uint32_t) responder->context->config.max_body);
        else if (request->has_block1)
                add_block1(responder->context, &response, &block1);
        if (code == COAP_SERVICE_UNAVAILABLE) /* RFC 7252, 5.9.3.4 */
                coap_message_add_uint(&response, COAP_OPTION_MAX_AGE, 1);
        incoming_answer(responder->incoming, request->message, &response);
}

/* ---- The way up ------------------------------------------------------------ */

/* The code to answer, or 0. */
static uint8_t read_blocks(const CoapContext *context, Request *request)
{
        uint32_t size;
        int r;

        r = block_get(request->message, COAP_OPTION_BLOCK1, &request->block1);
        if (r == -EBADMSG)
                return COAP_BAD_REQUEST; /* RFC 7959, 2.2: size 7 */
        request->has_block1 = r == 0;
        r = block_get(request->message, COAP_OPTION_BLOCK2, &request->block2);
        if (r == -EBADMSG)
                return COAP_BAD_REQUEST;
        request->has_block2 = r == 0;

        request->wants_size2 =
                coap_message_get_uint(request->message, COAP_OPTION_SIZE2, 4, &size) == 0;
        if (request->message->payload_len > context->config.max_body)
                return COAP_REQUEST_ENTITY_TOO_LARGE;
        if (request->has_block1 &&
            coap_message_get_uint(request->message, COAP_OPTION_SIZE1, 4, &size) == 0 &&
            size > context->config.max_body)
                return COAP_REQUEST_ENTITY_TOO_LARGE;
        return 0;
}

static uint8_t take_block1(Responder *responder, Request *request)
{
        size_t len = 0;
        uint8_t code;

        if (!request->has_block1)
                return 0;
        code = assemblies_add(responder->assemblies, request->message, &request->block1,
                              &request->body, &len);
        if (code != 0)
                return code;
        request->message->payload = request->body;
        request->message->payload_len = len;
        return 0;
}

/* GET and FETCH change nothing (RFC 7252, 5.1; RFC 8132, 2.1): they may be done again for a block
 * that is not kept. */
static bool is_safe(uint8_t code)
{
        return code == COAP_GET || code == COAP_FETCH;
}

static void reply_with_block(CoapIncoming *incoming, CoapMessage *response);

static int find_kept(Responder *responder, const Request *request, const CoapIncoming *incoming,
                     CoapMessage *ret)
{
        const ByteWriter *key = &incoming->key;

        if (request->message->code == COAP_FETCH && request->message->payload_len == 0)
                return snapshots_find_latest(responder->snapshots, key->data, key->len, ret);
        return snapshots_find(responder->snapshots, key->data, key->len, ret);
}

/* A block of a response that is kept. Whether it was answered. */
static bool serve_kept(Responder *responder, const Request *request, CoapIncoming *incoming)
{
        CoapMessage response;

        if (!request->has_block2 || request->block2.num == 0)
                return false;
        if (find_kept(responder, request, incoming, &response) == 0) {
                reply_with_block(incoming, &response);
                return true;
        }
        if (is_safe(request->message->code)) {
                coap_message_remove(request->message, COAP_OPTION_OBSERVE); /* RFC 7959, 2.6 */
                return false;
        }
        response = (CoapMessage){.code = COAP_REQUEST_ENTITY_INCOMPLETE};
        incoming_send(incoming, &response);
        return true;
}

static void pass_up(Responder *responder, const Request *request)
{
        CoapContext *context = responder->context;
        CoapIncoming *incoming = incoming_new(responder->incoming, request->message);

        if (!incoming) {
                answer(responder, request, COAP_SERVICE_UNAVAILABLE);
                return;
        }
        incoming->has_block1 = request->has_block1;
        incoming->block1 = request->block1;
        incoming->has_block2 = request->has_block2;
        incoming->block2 = request->block2;
        incoming->wants_size2 = request->wants_size2;
        incoming->snapshots = responder->snapshots;
        block_key_write(request->message, false, &incoming->key);
        if (serve_kept(responder, request, incoming))
                return;

        coap_message_remove(request->message, COAP_OPTION_BLOCK1);
        coap_message_remove(request->message, COAP_OPTION_BLOCK2);
        context->ops->on_request(incoming, request->message, context->user);
        incoming_table_watch(responder->incoming);
}

void responder_on_request(Responder *responder, CoapMessage *message)
{
        Request request = {.message = message};
        uint8_t code;

        if (options_check(message) < 0) {
                /* RFC 7252, 5.4.1: a request that is not confirmable is rejected (4.3). */
                if (message->type == COAP_NON)
                        context_reject(responder->context, message->id);
                else
                        answer(responder, &request, COAP_BAD_OPTION);
                return;
        }

        code = read_blocks(responder->context, &request);
        if (code == 0)
                code = take_block1(responder, &request);
        if (code == 0)
                pass_up(responder, &request);
        else
                answer(responder, &request, code);
        g_free(request.body);
}

/* ---- The way down ---------------------------------------------------------- */

/* `response` is whole and has no block options. */
static void reply_with_block(CoapIncoming *incoming, CoapMessage *response)
{
        CoapContext *context = incoming_context(incoming);
        size_t overhead = coap_message_size(response) - response->payload_len + incoming->token.len;
        CoapBlock wanted = {.szx = context->config.block_szx};
        size_t total = response->payload_len;
        int r;

        if (incoming->has_block2)
                wanted = incoming->block2;
        r = block_cut(response, &wanted, fitting_szx(context, overhead));
        if (r == -ERANGE) /* RFC 7959, 2.4: beyond the end */
                *response = (CoapMessage){.code = COAP_BAD_REQUEST};
        else if (r < 0)
                *response = (CoapMessage){.code = COAP_INTERNAL_SERVER_ERROR};
        else if (incoming->wants_size2 && wanted.num > 0)
                coap_message_add_uint(response, COAP_OPTION_SIZE2, (uint32_t) total);
        incoming_send(incoming, response);
}

static bool fits(const CoapIncoming *incoming, const CoapMessage *response)
{
        const EndpointConfig *config = &incoming_context(incoming)->config;
        uint8_t szx = incoming->has_block2 ? MIN(incoming->block2.szx, config->block_szx)
                                           : config->block_szx;

        return response->payload_len <= block_size(szx) &&
               coap_message_size(response) + incoming->token.len +
                               (incoming->has_block2 ? 5u : 0u) <=
                       config->max_message;
}

static void reply_long(CoapIncoming *incoming, CoapMessage *response)
{
        CoapBlock block1;
        bool has_block1 = block_get(response, COAP_OPTION_BLOCK1, &block1) == 0;
        uint8_t etag[8];

        snapshot_add_etag(response, etag);
        coap_message_remove(response, COAP_OPTION_BLOCK1);
        snapshots_put(incoming->snapshots, incoming->key.data, incoming->key.len, response);
        if (has_block1)
                block_add(response, COAP_OPTION_BLOCK1, &block1);
        reply_with_block(incoming, response);
}

void responder_reply(CoapIncoming *incoming, const CoapMessage *response)
{
        CoapMessage reply;

        coap_message_copy(&reply, response);
        reply.type = COAP_CON;
        reply.token.len = 0;
        coap_message_remove(&reply, COAP_OPTION_BLOCK1);
        coap_message_remove(&reply, COAP_OPTION_BLOCK2);
        incoming->block1.more = false;
        if (incoming->has_block1)
                add_block1(incoming_context(incoming), &reply, &incoming->block1);

        if (!fits(incoming, &reply))
                reply_long(incoming, &reply);
        else if (incoming->has_block2 && coap_code_class(reply.code) == 2)
                reply_with_block(incoming, &reply);
        else
                incoming_send(incoming, &reply);
}
