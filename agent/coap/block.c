/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/block.h"

#include <errno.h>
#include <glib.h>

#define BLOCK_SZX_RESERVED 7
#define OPTION_REQUEST_TAG 292

int block_get(const CoapMessage *message, uint16_t number, CoapBlock *ret)
{
        uint32_t value;
        int r;

        r = coap_message_get_uint(message, number, 3, &value);
        if (r < 0)
                return r;
        if ((value & 7) == BLOCK_SZX_RESERVED)
                return -EBADMSG;
        *ret = (CoapBlock){.num = value >> 4, .more = value & 8, .szx = value & 7};
        return 0;
}

int block_add(CoapMessage *message, uint16_t number, const CoapBlock *block)
{
        return coap_message_add_uint(message, number,
                                     block->num << 4 | (block->more ? 8u : 0u) | block->szx);
}

int block_fit(size_t overhead, size_t max_message, uint8_t limit)
{
        for (int szx = limit; szx >= 0; szx--)
                if (overhead + block_size((uint8_t) szx) <= max_message)
                        return szx;
        return -EMSGSIZE;
}

int block_cut(CoapMessage *message, const CoapBlock *wanted, uint8_t szx)
{
        size_t offset = block_offset(wanted), total = message->payload_len, size;
        CoapBlock block = {.szx = MIN(szx, wanted->szx)};

        if (offset > 0 && offset >= total)
                return -ERANGE;

        size = block_size(block.szx);
        block.num = (uint32_t) (offset / size);
        block.more = offset + size < total;
        if (offset == 0 && block.more &&
            coap_message_add_uint(message, COAP_OPTION_SIZE2, (uint32_t) total) < 0)
                return -E2BIG;
        if (total > 0)
                message->payload += offset;
        message->payload_len = MIN(size, total - offset);
        return block_add(message, COAP_OPTION_BLOCK2, &block);
}

static bool is_key(uint16_t number, bool for_body)
{
        switch (number) {
        case COAP_OPTION_URI_PATH:
        case COAP_OPTION_URI_QUERY:
        case COAP_OPTION_ACCEPT:
                return true;
        case COAP_OPTION_IF_MATCH:
        case COAP_OPTION_IF_NONE_MATCH:
        case COAP_OPTION_CONTENT_FORMAT:
        case OPTION_REQUEST_TAG:
                return for_body;
        default:
                return false;
        }
}

/* RFC 8132, 2.1: what is asked for is in the payload. */
static void write_digest(const CoapMessage *request, ByteWriter *writer)
{
        g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
        uint8_t digest[BLOCK_KEY_DIGEST];
        gsize len = sizeof(digest);

        g_checksum_update(checksum, request->payload, (gssize) request->payload_len);
        g_checksum_get_digest(checksum, digest, &len);
        byte_writer_bytes(writer, digest, len);
}

void block_key_write(const CoapMessage *request, bool for_body, ByteWriter *writer)
{
        byte_writer_u8(writer, request->code);
        for (size_t i = 0; i < request->n_options; i++) {
                const CoapOption *option = &request->options[i];

                if (!is_key(option->number, for_body))
                        continue;
                byte_writer_u16(writer, option->number);
                byte_writer_u32(writer, option->len);
                coap_option_write_value(option, writer);
        }
        if (!for_body && request->code == COAP_FETCH && request->payload_len > 0)
                write_digest(request, writer);
}
