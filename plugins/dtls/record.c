/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "record.h"

#include <errno.h>

#define HANDSHAKE_HEADER_LEN 12

static unsigned get_u16(const uint8_t *p)
{
        return (unsigned) p[0] << 8 | p[1];
}

static size_t get_u24(const uint8_t *p)
{
        return (size_t) p[0] << 16 | (size_t) p[1] << 8 | p[2];
}

int record_next(const uint8_t **data, size_t *len, uint8_t cid_len, Record *ret)
{
        const uint8_t *p = *data;
        size_t header;
        size_t content;

        if (*len == 0)
                return 0;
        if (*len < RECORD_HEADER_LEN)
                return -EBADMSG;

        /* the connection ID stands before the length */
        header = RECORD_HEADER_LEN + (p[0] == RECORD_CID ? cid_len : 0);
        if (*len < header)
                return -EBADMSG;

        content = get_u16(p + header - 2);
        if (p[1] != 0xfe || content == 0 || content > *len - header)
                return -EBADMSG;

        *ret = (Record){
                .data = p,
                .len = header + content,
                .type = p[0],
                .epoch = (uint16_t) get_u16(p + 3),
                .content = p + header,
                .content_len = content,
        };
        *data += ret->len;
        *len -= ret->len;
        return 1;
}

/* RFC 6347, 4.3.2: what a server sends */
static bool server_sends(uint8_t handshake_type)
{
        switch (handshake_type) {
        case HANDSHAKE_HELLO_REQUEST:
        case HANDSHAKE_SERVER_HELLO:
        case HANDSHAKE_HELLO_VERIFY_REQUEST:
        case HANDSHAKE_NEW_SESSION_TICKET:
        case HANDSHAKE_CERTIFICATE:
        case HANDSHAKE_SERVER_KEY_EXCHANGE:
        case HANDSHAKE_CERTIFICATE_REQUEST:
        case HANDSHAKE_SERVER_HELLO_DONE:
        case HANDSHAKE_FINISHED:
        case HANDSHAKE_CERTIFICATE_STATUS:
                return true;
        default:
                return false;
        }
}

/* RFC 6347, 4.2.2: a record holds one or more messages or fragments, all of it */
static bool handshake_is_plausible(const uint8_t *p, size_t len)
{
        while (len > 0) {
                size_t total;
                size_t offset;
                size_t fragment;

                if (len < HANDSHAKE_HEADER_LEN || !server_sends(p[0]))
                        return false;

                total = get_u24(p + 1);
                offset = get_u24(p + 6);
                fragment = get_u24(p + 9);
                if (fragment > len - HANDSHAKE_HEADER_LEN || offset + fragment > total)
                        return false;

                p += HANDSHAKE_HEADER_LEN + fragment;
                len -= HANDSHAKE_HEADER_LEN + fragment;
        }

        return true;
}

bool record_is_plausible(const Record *record)
{
        switch (record->type) {
        case RECORD_CHANGE_CIPHER_SPEC:
                return record->content_len == 1 && record->content[0] == 1;
        case RECORD_ALERT:
                return record->content_len == 2 &&
                       (record->content[0] == 1 || record->content[0] == 2);
        case RECORD_HANDSHAKE:
                return handshake_is_plausible(record->content, record->content_len);
        default:
                return false;
        }
}
