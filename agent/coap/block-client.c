/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/block-client.h"

#include <errno.h>
#include <string.h>

static size_t options_size(const BlockClient *client)
{
        return 4 + COAP_TOKEN_MAX + coap_message_size(&client->request) -
               client->request.payload_len;
}

/* Where each block takes as long as the whole, and has its options once more, a block is the last
 * resort. */
static bool fits_whole(const BlockClient *client)
{
        const EndpointConfig *config = &client->context->config;
        size_t block = config->reliable ? block_size(config->block_szx) : SIZE_MAX;

        return client->request.payload_len <= block &&
               options_size(client) + client->request.payload_len + 1 <= config->max_message;
}

static void remove_block_options(CoapMessage *message)
{
        coap_message_remove(message, COAP_OPTION_BLOCK1);
        coap_message_remove(message, COAP_OPTION_BLOCK2);
        coap_message_remove(message, COAP_OPTION_SIZE1);
        coap_message_remove(message, COAP_OPTION_SIZE2);
}

int block_client_init(BlockClient *client, CoapContext *context, const CoapMessage *request)
{
        CoapMessage whole = *request;
        size_t len;
        int r, szx;

        *client = (BlockClient){.context = context,
                                .body = byte_writer_growing(context->config.max_body)};
        if (request->payload_len > context->config.max_body)
                return -EMSGSIZE;

        /* One that is a single message is not a transfer: that it can be sent depends on no other.
         */
        remove_block_options(&whole);
        whole.token.len = 0;
        client->booked =
                request->payload_len > block_size(BLOCK_SZX_MAX) ? request->payload_len : 0;
        if (!context_take_octets(context, client->booked))
                return -ENOSPC;
        client->encoded = encode_message(&whole, &len);
        r = coap_message_parse(client->encoded, len, &client->request, NULL);
        szx = block_fit(options_size(client) + BLOCK_OVERHEAD, context->config.max_message,
                        context->config.block_szx);
        client->block1 = !fits_whole(client);
        client->szx1 = client->szx2 = (uint8_t) MAX(szx, 0);
        if (r == 0 && (!client->block1 || (szx >= 0 && client->request.payload_len > 0)))
                return 0;
        block_client_clear(client);
        return r < 0 ? -EINVAL : -EMSGSIZE;
}

static void drop_body(BlockClient *client)
{
        context_give_octets(client->context, client->body.len);
        byte_writer_clear(&client->body);
        client->body = byte_writer_growing(client->context->config.max_body);
        client->etag_len = 0;
}

void block_client_clear(BlockClient *client)
{
        if (!client->encoded)
                return;
        drop_body(client);
        context_give_octets(client->context, client->booked);
        client->booked = 0;
        g_clear_pointer(&client->encoded, g_free);
}

/* ---- What to send ---------------------------------------------------------- */

static bool is_safe(const BlockClient *client)
{
        return client->request.code == COAP_GET || client->request.code == COAP_FETCH;
}

static size_t block1_len(const BlockClient *client)
{
        return MIN(block_size(client->szx1), client->request.payload_len - client->offset);
}

static void add_upload(const BlockClient *client, CoapMessage *message)
{
        CoapBlock block = {.szx = client->szx1};

        if (!client->block1)
                return;
        block.num = (uint32_t) (client->offset / block_size(client->szx1));
        block.more = client->offset + block1_len(client) < client->request.payload_len;
        if (client->offset == 0) /* RFC 7959, 4 */
                coap_message_add_uint(message, COAP_OPTION_SIZE1,
                                      (uint32_t) client->request.payload_len);
        block_add(message, COAP_OPTION_BLOCK1, &block);
        message->payload += client->offset;
        message->payload_len = block1_len(client);
}

static void add_download(const BlockClient *client, CoapMessage *message)
{
        CoapBlock block = {.szx = client->szx2,
                           .num = (uint32_t) (client->body.len / block_size(client->szx2))};

        block_add(message, COAP_OPTION_BLOCK2, &block);
        coap_message_remove(message, COAP_OPTION_OBSERVE); /* RFC 7959, 2.6 */

        /* RFC 7959, 3.3: the body has been sent. That of a FETCH is part of what is asked (RFC
         * 8132, 2.1). */
        if (message->code == COAP_FETCH && !client->block1)
                return;
        coap_message_remove(message, COAP_OPTION_CONTENT_FORMAT);
        message->payload = NULL;
        message->payload_len = 0;
}

void block_client_next(const BlockClient *client, CoapMessage *ret)
{
        coap_message_copy(ret, &client->request);
        if (client->downloading) {
                add_download(client, ret);
                return;
        }
        add_upload(client, ret);
        /* RFC 7959, 2.4: early negotiation, where 1024 octets are too many. */
        if (is_safe(client) && client->szx2 < BLOCK_SZX_MAX)
                block_add(ret, COAP_OPTION_BLOCK2, &(CoapBlock){.szx = client->szx2});
}

/* ---- What was answered ----------------------------------------------------- */

static void begin_again(BlockClient *client)
{
        client->downloading = false;
        client->offset = 0;
        drop_body(client);
}

/* RFC 7959, 2.9.3: 4.13 with a smaller block than was sent. The whole body counts as a block
 * without end. */
static bool take_smaller_block(BlockClient *client, const CoapMessage *response)
{
        CoapBlock hint;

        if (client->request.payload_len == 0 || block_get(response, COAP_OPTION_BLOCK1, &hint) < 0)
                return false;
        if (client->block1 ? hint.szx >= client->szx1
                           : block_size(hint.szx) >= client->request.payload_len)
                return false;
        client->szx1 = MIN(client->szx1, hint.szx);
        client->block1 = true;
        return true;
}

/* RFC 7959, 2.3: a block that is not the last was answered. */
static int on_block1_taken(BlockClient *client, const CoapMessage *response)
{
        CoapBlock echo;

        if (block_get(response, COAP_OPTION_BLOCK1, &echo) < 0)
                return -EBADMSG;
        /* A smaller size may come with the number as it was or as it would be in the smaller size.
         */
        if (echo.num != client->offset / block_size(client->szx1) &&
            block_offset(&echo) != client->offset)
                return -EBADMSG;
        client->offset += block1_len(client);
        client->szx1 = MIN(client->szx1, echo.szx);
        return 1;
}

/* Whether the ETag is that of the blocks before; the first one's is remembered. */
static bool same_etag(BlockClient *client, const CoapMessage *response)
{
        size_t position = 0;
        const CoapOption *etag = coap_message_next(response, COAP_OPTION_ETAG, &position);
        size_t len = etag ? etag->len : 0;

        if (client->body.len > 0)
                return len == client->etag_len &&
                       (len == 0 || memcmp(etag->value, client->etag, len) == 0);
        if (len > 0)
                memcpy(client->etag, etag->value, len);
        client->etag_len = len;
        return true;
}

static int append_block(BlockClient *client, const CoapMessage *response, const CoapBlock *block)
{
        size_t size = block_size(block->szx);
        uint32_t announced;

        if (block_offset(block) != client->body.len)
                return -EBADMSG;
        if (block->more ? response->payload_len != size : response->payload_len > size)
                return -EBADMSG;
        if (response->payload_len > client->context->config.max_body - client->body.len)
                return -EMSGSIZE;
        if (coap_message_get_uint(response, COAP_OPTION_SIZE2, 4, &announced) == 0 &&
            announced > client->context->config.max_body)
                return -EMSGSIZE;
        if (!context_take_octets(client->context, response->payload_len))
                return -ENOSPC;
        byte_writer_bytes(&client->body, response->payload, response->payload_len);
        return 0;
}

/* RFC 7959, 2.4 */
static int on_block2(BlockClient *client, CoapMessage *response, const CoapBlock *block)
{
        int r;

        if (!same_etag(client, response)) {
                if (!is_safe(client) || client->restarts++ >= BLOCK_CLIENT_MAX_RESTARTS)
                        return -EBADMSG;
                begin_again(client);
                return 1;
        }
        r = append_block(client, response, block);
        if (r < 0)
                return r;
        if (block->more) {
                client->downloading = true;
                client->szx2 = MIN(client->szx2, block->szx);
                return 1;
        }
        remove_block_options(response);
        response->payload = client->body.data;
        response->payload_len = client->body.len;
        return 0;
}

static int on_whole_request_answered(BlockClient *client, CoapMessage *response)
{
        CoapBlock block;
        int r;

        if (response->code == COAP_CONTINUE)
                return -EBADMSG;
        r = block_get(response, COAP_OPTION_BLOCK2, &block);
        if (r == 0)
                return on_block2(client, response, &block);
        if (r == -EBADMSG || client->downloading)
                return -EBADMSG;
        return response->payload_len > client->context->config.max_body ? -EMSGSIZE : 0;
}

int block_client_on_response(BlockClient *client, CoapMessage *response)
{
        /* A request that has had its effect is not made again for the rest of its response. */
        bool may_repeat = client->downloading ? is_safe(client) : client->block1;

        if (response->code == COAP_REQUEST_ENTITY_TOO_LARGE && !client->downloading &&
            take_smaller_block(client, response)) {
                begin_again(client);
                return 1;
        }
        if (response->code == COAP_REQUEST_ENTITY_INCOMPLETE && may_repeat &&
            !client->incomplete_before) {
                client->incomplete_before = true; /* RFC 7959, 2.9.2 */
                begin_again(client);
                return 1;
        }
        if (coap_code_class(response->code) != 2)
                return 0;
        if (!client->downloading && client->block1 &&
            client->offset + block1_len(client) < client->request.payload_len)
                return on_block1_taken(client, response);
        return on_whole_request_answered(client, response);
}
