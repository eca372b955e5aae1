/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/push.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

/* WAP-230-WSP, table 34: the PDU type; table 39: the header, as a short integer. */
#define PDU_PUSH 0x06
#define X_WAP_APPLICATION_ID 0xAF

/* The application, as a short integer: that of the example in Core 1.0, appendix L. */
#define APPLICATION_LWM2M 0x9A

/* Octets of a uintvar that a length here can have. */
#define UINTVAR_MAX 2

/* WAP-230-WSP, 8.1.2: seven bits an octet, the highest bit says that others follow. */
static int read_uintvar(ByteReader *reader, size_t *ret)
{
        size_t value = 0;
        uint8_t octet;

        for (unsigned i = 0; i < UINTVAR_MAX; i++) {
                if (byte_reader_u8(reader, &octet) < 0)
                        return -EBADMSG;
                value = value << 7 | (octet & 0x7F);
                if (!(octet & 0x80)) {
                        *ret = value;
                        return 0;
                }
        }
        return -EBADMSG;
}

static int skip_text(ByteReader *reader)
{
        uint8_t octet;

        do {
                if (byte_reader_u8(reader, &octet) < 0)
                        return -EBADMSG;
        } while (octet != 0);
        return 0;
}

/* WAP-230-WSP, 8.4.1.2: the first octet tells how long a value is. */
static int skip_value(ByteReader *reader, uint8_t first)
{
        const uint8_t *octets;
        size_t len = first;

        if (first >= 0x80)
                return 0;
        if (first > 31)
                return skip_text(reader);
        if (first == 31 && read_uintvar(reader, &len) < 0)
                return -EBADMSG;
        return byte_reader_view(reader, len, &octets) < 0 ? -EBADMSG : 0;
}

/* 1 where it names this application, 0 where it is another header, or a negative errno. */
static int read_header(ByteReader *reader)
{
        uint8_t name, first;
        int r;

        if (byte_reader_u8(reader, &name) < 0)
                return -EBADMSG;
        if (name < 0x80) { /* a name in words, and so is its value; 0 to 31 and 127: another page */
                if (name < 32 || name == 127 || skip_text(reader) < 0 || skip_text(reader) < 0)
                        return -EBADMSG;
                return 0;
        }
        if (byte_reader_u8(reader, &first) < 0)
                return -EBADMSG;
        r = skip_value(reader, first);
        if (r < 0 || name != X_WAP_APPLICATION_ID)
                return r;
        return first == APPLICATION_LWM2M ? 1 : -ENOMSG;
}

static int read_headers(const uint8_t *octets, size_t len)
{
        ByteReader reader = byte_reader(octets, len);
        uint8_t first;
        int r, named = -ENOMSG;

        if (byte_reader_u8(&reader, &first) < 0 || skip_value(&reader, first) < 0)
                return -EBADMSG; /* the content type */
        while (byte_reader_left(&reader) > 0) {
                r = read_header(&reader);
                if (r < 0)
                        return r;
                if (r > 0)
                        named = 0;
        }
        return named;
}

int push_parse(const void *data, size_t len, const uint8_t **ret, size_t *ret_len)
{
        ByteReader reader = byte_reader(data, len);
        const uint8_t *headers;
        uint8_t transaction, type;
        size_t headers_len;
        int r;

        if (byte_reader_u8(&reader, &transaction) < 0 || byte_reader_u8(&reader, &type) < 0 ||
            type != PDU_PUSH || read_uintvar(&reader, &headers_len) < 0 ||
            headers_len > PUSH_MAX_HEADERS || byte_reader_view(&reader, headers_len, &headers) < 0)
                return -EBADMSG;
        r = read_headers(headers, headers_len);
        if (r < 0)
                return r;

        *ret = (const uint8_t *) data + reader.pos;
        *ret_len = byte_reader_left(&reader);
        return 0;
}
