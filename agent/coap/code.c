/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/code.h"

#include <glib.h>
#include <stdio.h>

/* RFC 7252, 12.1; RFC 7959, 7; RFC 8132, 6. */
static const struct {
        uint8_t code;
        const char *text;
} code_names[] = {
        {COAP_EMPTY, "0.00 Empty"},
        {COAP_GET, "0.01 GET"},
        {COAP_POST, "0.02 POST"},
        {COAP_PUT, "0.03 PUT"},
        {COAP_DELETE, "0.04 DELETE"},
        {COAP_FETCH, "0.05 FETCH"},
        {COAP_PATCH, "0.06 PATCH"},
        {COAP_IPATCH, "0.07 iPATCH"},
        {COAP_CREATED, "2.01 Created"},
        {COAP_DELETED, "2.02 Deleted"},
        {COAP_VALID, "2.03 Valid"},
        {COAP_CHANGED, "2.04 Changed"},
        {COAP_CONTENT, "2.05 Content"},
        {COAP_CONTINUE, "2.31 Continue"},
        {COAP_BAD_REQUEST, "4.00 Bad Request"},
        {COAP_UNAUTHORIZED, "4.01 Unauthorized"},
        {COAP_BAD_OPTION, "4.02 Bad Option"},
        {COAP_FORBIDDEN, "4.03 Forbidden"},
        {COAP_NOT_FOUND, "4.04 Not Found"},
        {COAP_METHOD_NOT_ALLOWED, "4.05 Method Not Allowed"},
        {COAP_NOT_ACCEPTABLE, "4.06 Not Acceptable"},
        {COAP_REQUEST_ENTITY_INCOMPLETE, "4.08 Request Entity Incomplete"},
        {COAP_CONFLICT, "4.09 Conflict"},
        {COAP_PRECONDITION_FAILED, "4.12 Precondition Failed"},
        {COAP_REQUEST_ENTITY_TOO_LARGE, "4.13 Request Entity Too Large"},
        {COAP_UNSUPPORTED_CONTENT_FORMAT, "4.15 Unsupported Content-Format"},
        {COAP_INTERNAL_SERVER_ERROR, "5.00 Internal Server Error"},
        {COAP_NOT_IMPLEMENTED, "5.01 Not Implemented"},
        {COAP_SERVICE_UNAVAILABLE, "5.03 Service Unavailable"},
};

const char *coap_code_to_string(uint8_t code)
{
        static char buffers[4][8];
        static unsigned turn;
        char *buffer;

        for (size_t i = 0; i < G_N_ELEMENTS(code_names); i++)
                if (code_names[i].code == code)
                        return code_names[i].text;

        buffer = buffers[turn++ % G_N_ELEMENTS(buffers)];
        snprintf(buffer, sizeof(buffers[0]), "%u.%02u", coap_code_class(code), code & 0x1Fu);
        return buffer;
}
