/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* CoAP codes and option numbers (RFC 7252, 12.1 and 12.2; 7641; 7959; 8132). */

#include <stdbool.h>
#include <stdint.h>

#define COAP_CODE(class, detail) ((uint8_t) ((class) << 5 | (detail)))

typedef enum CoapCode {
        COAP_EMPTY = 0,
        COAP_GET = 1,
        COAP_POST = 2,
        COAP_PUT = 3,
        COAP_DELETE = 4,
        COAP_FETCH = 5,
        COAP_PATCH = 6,
        COAP_IPATCH = 7,
        COAP_CREATED = COAP_CODE(2, 1),
        COAP_DELETED = COAP_CODE(2, 2),
        COAP_VALID = COAP_CODE(2, 3),
        COAP_CHANGED = COAP_CODE(2, 4),
        COAP_CONTENT = COAP_CODE(2, 5),
        COAP_CONTINUE = COAP_CODE(2, 31),
        COAP_BAD_REQUEST = COAP_CODE(4, 0),
        COAP_UNAUTHORIZED = COAP_CODE(4, 1),
        COAP_BAD_OPTION = COAP_CODE(4, 2),
        COAP_FORBIDDEN = COAP_CODE(4, 3),
        COAP_NOT_FOUND = COAP_CODE(4, 4),
        COAP_METHOD_NOT_ALLOWED = COAP_CODE(4, 5),
        COAP_NOT_ACCEPTABLE = COAP_CODE(4, 6),
        COAP_REQUEST_ENTITY_INCOMPLETE = COAP_CODE(4, 8),
        COAP_CONFLICT = COAP_CODE(4, 9),
        COAP_PRECONDITION_FAILED = COAP_CODE(4, 12),
        COAP_REQUEST_ENTITY_TOO_LARGE = COAP_CODE(4, 13),
        COAP_UNSUPPORTED_CONTENT_FORMAT = COAP_CODE(4, 15),
        COAP_INTERNAL_SERVER_ERROR = COAP_CODE(5, 0),
        COAP_NOT_IMPLEMENTED = COAP_CODE(5, 1),
        COAP_SERVICE_UNAVAILABLE = COAP_CODE(5, 3),
} CoapCode;

typedef enum CoapOptionNumber {
        COAP_OPTION_IF_MATCH = 1,
        COAP_OPTION_URI_HOST = 3,
        COAP_OPTION_ETAG = 4,
        COAP_OPTION_IF_NONE_MATCH = 5,
        COAP_OPTION_OBSERVE = 6,
        COAP_OPTION_URI_PORT = 7,
        COAP_OPTION_LOCATION_PATH = 8,
        COAP_OPTION_URI_PATH = 11,
        COAP_OPTION_CONTENT_FORMAT = 12,
        COAP_OPTION_MAX_AGE = 14,
        COAP_OPTION_URI_QUERY = 15,
        COAP_OPTION_ACCEPT = 17,
        COAP_OPTION_LOCATION_QUERY = 20,
        COAP_OPTION_BLOCK2 = 23,
        COAP_OPTION_BLOCK1 = 27,
        COAP_OPTION_SIZE2 = 28,
        COAP_OPTION_PROXY_URI = 35,
        COAP_OPTION_PROXY_SCHEME = 39,
        COAP_OPTION_SIZE1 = 60,
} CoapOptionNumber;

static inline unsigned coap_code_class(uint8_t code)
{
        return code >> 5;
}
static inline bool coap_code_is_request(uint8_t code)
{
        return code >= 1 && code < COAP_CODE(1, 0);
}
static inline bool coap_code_is_response(uint8_t code)
{
        return code >= COAP_CODE(2, 0) && code < COAP_CODE(6, 0);
}
static inline bool coap_option_is_critical(uint16_t number)
{
        return number & 1;
}

/* "4.04 Not Found", "4.29" where unnamed. A constant or one of four static buffers used in turn. */
const char *coap_code_to_string(uint8_t code);
