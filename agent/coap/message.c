/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/message.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

/* RFC 7252, 3 */
#define VERSION 1
#define PAYLOAD_MARKER 0xFF

/* RFC 7252, 3.1: nibbles of delta and length */
#define NIBBLE_8BIT 13
#define NIBBLE_16BIT 14
#define NIBBLE_RESERVED 15
#define BASE_8BIT 13u
#define BASE_16BIT 269u

/* ---- Reading --------------------------------------------------------------- */

static int read_header(ByteReader *reader, CoapMessage *message, uint8_t *ret_token_len)
{
        uint8_t first, code;
        uint16_t id;

        if (byte_reader_u8(reader, &first) < 0)
                return -EBADMSG;
        if (first >> 6 != VERSION)
                return -EPROTONOSUPPORT;
        if (byte_reader_u8(reader, &code) < 0 || byte_reader_u16(reader, &id) < 0)
                return -EBADMSG;

        message->type = (CoapType) (first >> 4 & 3);
        message->code = code;
        message->id = id;
        *ret_token_len = first & 0x0F;
        return 0;
}

static int read_token(ByteReader *reader, uint8_t len, CoapToken *ret)
{
        const uint8_t *data;

        /* RFC 7252, 3: 9 to 15 are a message format error. */
        if (len > COAP_TOKEN_MAX || byte_reader_view(reader, len, &data) < 0)
                return -EBADMSG;
        if (len > 0)
                memcpy(ret->data, data, len);
        ret->len = len;
        return 0;
}

/* A delta or a length: the nibble and what follows it. */
static int read_extended(ByteReader *reader, uint8_t nibble, uint32_t *ret)
{
        uint8_t small;
        uint16_t large;

        switch (nibble) {
        case NIBBLE_8BIT:
                if (byte_reader_u8(reader, &small) < 0)
                        return -EBADMSG;
                *ret = BASE_8BIT + small;
                return 0;
        case NIBBLE_16BIT:
                if (byte_reader_u16(reader, &large) < 0)
                        return -EBADMSG;
                *ret = BASE_16BIT + large;
                return 0;
        case NIBBLE_RESERVED:
                return -EBADMSG;
        default:
                *ret = nibble;
                return 0;
        }
}

static int read_option(ByteReader *reader, uint8_t first, uint32_t previous, CoapOption *ret)
{
        uint32_t delta, len;
        const uint8_t *value;

        if (read_extended(reader, first >> 4, &delta) < 0 ||
            read_extended(reader, first & 0x0F, &len) < 0 ||
            byte_reader_view(reader, len, &value) < 0 || previous + delta > UINT16_MAX)
                return -EBADMSG;

        *ret = (CoapOption){.number = (uint16_t) (previous + delta), .len = len, .value = value};
        return 0;
}

/* Up to the end or the payload marker. The rest is read even where there are too many options, so
 * that a format error is always told as one. */
static int read_options(ByteReader *reader, CoapMessage *message, bool *ret_marker)
{
        CoapOption option = {0};
        size_t n = 0;
        uint8_t first;

        while (byte_reader_u8(reader, &first) == 0) {
                if (first == PAYLOAD_MARKER) {
                        *ret_marker = true;
                        break;
                }
                if (read_option(reader, first, option.number, &option) < 0)
                        return -EBADMSG;
                if (n < COAP_OPTIONS_MAX)
                        message->options[n] = option;
                n++;
        }
        message->n_options = MIN(n, COAP_OPTIONS_MAX);
        return n > COAP_OPTIONS_MAX ? -E2BIG : 0;
}

static void message_reset(CoapMessage *message)
{
        /* Not the options: they are a kilobyte, and n_options says how many count. */
        message->type = COAP_CON;
        message->code = COAP_EMPTY;
        message->id = 0;
        message->token = (CoapToken){0};
        message->n_options = 0;
        message->payload = NULL;
        message->payload_len = 0;
}

int coap_message_parse(const void *data, size_t len, CoapMessage *ret, bool *ret_header)
{
        ByteReader reader = byte_reader(data, len);
        bool marker = false;
        uint8_t token_len;
        int r, too_many;

        message_reset(ret);
        if (ret_header)
                *ret_header = false;
        r = read_header(&reader, ret, &token_len);
        if (r < 0)
                return r;
        if (ret_header)
                *ret_header = true;

        /* RFC 7252, 4.1: an Empty message is the four octets of the header. */
        if (ret->code == COAP_EMPTY)
                return token_len == 0 && byte_reader_left(&reader) == 0 ? 0 : -EBADMSG;

        r = read_token(&reader, token_len, &ret->token);
        if (r < 0)
                return r;
        too_many = read_options(&reader, ret, &marker);
        if (too_many == -EBADMSG)
                return -EBADMSG;

        /* RFC 7252, 3: the marker is followed by a payload. */
        ret->payload_len = byte_reader_left(&reader);
        if (marker && ret->payload_len == 0)
                return -EBADMSG;
        if (marker)
                ret->payload = reader.data + reader.pos;
        return too_many;
}

void coap_message_copy(CoapMessage *ret, const CoapMessage *message)
{
        ret->type = message->type;
        ret->code = message->code;
        ret->id = message->id;
        ret->token = message->token;
        ret->n_options = message->n_options;
        memcpy(ret->options, message->options, message->n_options * sizeof(message->options[0]));
        ret->payload = message->payload;
        ret->payload_len = message->payload_len;
}

/* ---- Writing --------------------------------------------------------------- */

static uint8_t extended_nibble(uint32_t value)
{
        if (value < BASE_8BIT)
                return (uint8_t) value;
        return value < BASE_16BIT ? NIBBLE_8BIT : NIBBLE_16BIT;
}

static size_t extended_size(uint32_t value)
{
        if (value < BASE_8BIT)
                return 0;
        return value < BASE_16BIT ? 1 : 2;
}

static void write_extended(ByteWriter *writer, uint32_t value)
{
        if (value >= BASE_16BIT)
                byte_writer_u16(writer, (uint16_t) (value - BASE_16BIT));
        else if (value >= BASE_8BIT)
                byte_writer_u8(writer, (uint8_t) (value - BASE_8BIT));
}

static void write_option(ByteWriter *writer, const CoapOption *option, uint32_t delta)
{
        byte_writer_u8(writer,
                       (uint8_t) (extended_nibble(delta) << 4 | extended_nibble(option->len)));
        write_extended(writer, delta);
        write_extended(writer, option->len);
        coap_option_write_value(option, writer);
}

void coap_message_write(const CoapMessage *message, ByteWriter *writer)
{
        uint16_t previous = 0;

        byte_writer_u8(writer, (uint8_t) (VERSION << 6 | message->type << 4 | message->token.len));
        byte_writer_u8(writer, message->code);
        byte_writer_u16(writer, message->id);
        byte_writer_bytes(writer, message->token.data, message->token.len);

        for (size_t i = 0; i < message->n_options; i++) {
                write_option(writer, &message->options[i], message->options[i].number - previous);
                previous = message->options[i].number;
        }

        if (message->payload_len == 0)
                return;
        byte_writer_u8(writer, PAYLOAD_MARKER);
        byte_writer_bytes(writer, message->payload, message->payload_len);
}

size_t coap_message_size(const CoapMessage *message)
{
        size_t size = 4 + message->token.len;
        uint16_t previous = 0;

        for (size_t i = 0; i < message->n_options; i++) {
                const CoapOption *option = &message->options[i];

                size += 1 + extended_size(option->number - previous) + extended_size(option->len) +
                        option->len;
                previous = option->number;
        }
        return size + (message->payload_len > 0 ? 1 + message->payload_len : 0);
}

/* ---- Options --------------------------------------------------------------- */

void coap_option_write_value(const CoapOption *option, ByteWriter *writer)
{
        if (option->value)
                byte_writer_bytes(writer, option->value, option->len);
        else
                byte_writer_uint(writer, option->integer, option->len);
}

static int message_insert(CoapMessage *message, const CoapOption *option)
{
        size_t at = message->n_options;

        if (at >= COAP_OPTIONS_MAX)
                return -E2BIG;
        while (at > 0 && message->options[at - 1].number > option->number) {
                message->options[at] = message->options[at - 1];
                at--;
        }
        message->options[at] = *option;
        message->n_options++;
        return 0;
}

int coap_message_add(CoapMessage *message, uint16_t number, const void *value, size_t len)
{
        CoapOption option = {
                .number = number, .len = (uint32_t) len, .value = len > 0 ? value : NULL};

        if (len > COAP_OPTION_LEN_MAX)
                return -E2BIG;
        return message_insert(message, &option);
}

int coap_message_add_text(CoapMessage *message, uint16_t number, const char *text)
{
        return coap_message_add(message, number, text, strlen(text));
}

int coap_message_add_uint(CoapMessage *message, uint16_t number, uint32_t value)
{
        CoapOption option = {.number = number, .integer = value};

        while (option.len < sizeof(value) && value >> (8 * option.len) != 0)
                option.len++;
        return message_insert(message, &option);
}

void coap_message_remove(CoapMessage *message, uint16_t number)
{
        size_t kept = 0;

        for (size_t i = 0; i < message->n_options; i++)
                if (message->options[i].number != number)
                        message->options[kept++] = message->options[i];
        message->n_options = kept;
}

const CoapOption *coap_message_next(const CoapMessage *message, uint16_t number, size_t *position)
{
        for (size_t i = *position; i < message->n_options; i++) {
                if (message->options[i].number != number)
                        continue;
                *position = i + 1;
                return &message->options[i];
        }
        *position = message->n_options;
        return NULL;
}

int coap_message_get_uint(const CoapMessage *message, uint16_t number, size_t max_len,
                          uint32_t *ret)
{
        size_t position = 0;
        const CoapOption *option = coap_message_next(message, number, &position);
        uint32_t value = 0;

        if (!option)
                return -ENOENT;
        if (option->len > MIN(max_len, sizeof(value)))
                return -EBADMSG;
        if (option->value)
                for (size_t i = 0; i < option->len; i++)
                        value = value << 8 | option->value[i];
        else
                value = option->integer;
        *ret = value;
        return 0;
}

bool coap_token_equal(const CoapToken *a, const CoapToken *b)
{
        return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}
