/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/context.h"

#include "base/random.h"

#define REJECTIONS_PER_SECOND 20

void context_init(CoapContext *context, Clock *clock, const EndpointConfig *config,
                  const EndpointOps *ops, const char *name, void *user)
{
        *context = (CoapContext){
                .clock = clock,
                .config = *config,
                .ops = ops,
                .user = user,
                .name = g_strdup(name),
                .next_id = (uint16_t) random_u32(),
                .rejections = RATE_LIMIT(G_USEC_PER_SEC, REJECTIONS_PER_SECOND),
        };
        context->config.block_szx = MIN(config->block_szx, 6);
        context->config.nstart = MAX(config->nstart, 1);
        context->config.max_body = MIN(config->max_body, ENDPOINT_MAX_TRANSFER_OCTETS);
}

void context_clear(CoapContext *context)
{
        g_clear_pointer(&context->name, g_free);
}

gint64 context_deadline(const CoapContext *context, uint32_t ms)
{
        return clock_now(context->clock) + (gint64) ms * 1000;
}

uint16_t context_take_id(CoapContext *context)
{
        return context->next_id++;
}

CoapToken context_new_token(void)
{
        CoapToken token = {.len = 4};

        random_bytes(token.data, token.len);
        return token;
}

int context_send(CoapContext *context, const void *data, size_t len)
{
        int r = context->ops->send(data, len, context->user);

        if (r < 0)
                return context->config.reliable ? 0 : r;
        context->counters.sent++;
        return 0;
}

void context_send_empty(CoapContext *context, CoapType type, uint16_t id)
{
        CoapMessage message;
        uint8_t data[4];
        ByteWriter writer = byte_writer(data, sizeof(data));

        message.type = type;
        message.code = COAP_EMPTY;
        message.id = id;
        message.token.len = 0;
        message.n_options = 0;
        message.payload_len = 0;
        coap_message_write(&message, &writer);
        if (type == COAP_RST)
                context->counters.resets_sent++;
        context_send(context, data, sizeof(data));
}

void context_reject(CoapContext *context, uint16_t id)
{
        if (rate_limit_pass(&context->rejections, clock_now(context->clock), NULL))
                context_send_empty(context, COAP_RST, id);
}

bool context_take_octets(CoapContext *context, size_t octets)
{
        while (octets > ENDPOINT_MAX_TRANSFER_OCTETS - context->transfer_octets) {
                if (context->spare_octets && context->spare_octets(context->spare_octets_user))
                        continue;
                context->counters.overflows++;
                return false;
        }
        context->transfer_octets += octets;
        return true;
}

void context_give_octets(CoapContext *context, size_t octets)
{
        g_assert(octets <= context->transfer_octets);
        context->transfer_octets -= octets;
}

static void encode_into(const CoapMessage *message, uint8_t *data, size_t len)
{
        ByteWriter writer = byte_writer(data, len);

        coap_message_write(message, &writer);
        g_assert(byte_writer_result(&writer) == 0 && writer.len == len);
}

void encoded_init(EncodedMessage *encoded, const CoapMessage *message)
{
        encoded->len = coap_message_size(message);
        encoded->data = encoded->len <= ENCODED_INLINE ? encoded->inlined : g_malloc(encoded->len);
        encode_into(message, encoded->data, encoded->len);
}

void encoded_clear(EncodedMessage *encoded)
{
        if (encoded->data != encoded->inlined)
                g_free(encoded->data);
        encoded->data = NULL;
}

uint8_t *encode_message(const CoapMessage *message, size_t *ret_len)
{
        size_t len = coap_message_size(message);
        uint8_t *data = g_malloc(len);

        encode_into(message, data, len);
        *ret_len = len;
        return data;
}
