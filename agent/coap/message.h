/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One CoAP message (RFC 7252, 3), without its transport. Options and payload are views: nothing is
 * copied. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "coap/code.h"

typedef enum CoapType {
        COAP_CON,
        COAP_NON,
        COAP_ACK,
        COAP_RST,
} CoapType;

#define COAP_TOKEN_MAX 8

/* More options than this in one message: it is not processed. */
#define COAP_OPTIONS_MAX 48

/* What the format of an option can say (RFC 7252, 3.1). */
#define COAP_OPTION_LEN_MAX 65804

typedef struct CoapToken {
        uint8_t len;
        uint8_t data[COAP_TOKEN_MAX]; /* zero beyond len */
} CoapToken;

typedef struct CoapOption {
        uint16_t number;
        uint32_t len;
        const uint8_t *value; /* NULL: the integer option whose value is in `integer` */
        uint32_t integer;
} CoapOption;

typedef struct CoapMessage {
        CoapType type;
        uint8_t code;
        uint16_t id;
        CoapToken token;
        size_t n_options;
        CoapOption options[COAP_OPTIONS_MAX]; /* numbers ascending, equal ones in order */
        const uint8_t *payload;
        size_t payload_len;
} CoapMessage;

/*
 * Into views of `data`. -EBADMSG: a format error (RFC 7252, 3); -EPROTONOSUPPORT: another version,
 * to be ignored; -E2BIG: more than COAP_OPTIONS_MAX options, the first of them are in *ret.
 * *ret_header (may be NULL) says whether *ret has type, code and id even so: enough to answer RST.
 */
int coap_message_parse(const void *data, size_t len, CoapMessage *ret, bool *ret_header);

/* The same message, viewing the same memory. Unlike an assignment it leaves out the options that
 * are not there, which are most of the struct. */
void coap_message_copy(CoapMessage *ret, const CoapMessage *message);

/* Appends the encoding (options must be in order, as coap_message_add() leaves them).
 * byte_writer_result() tells whether it fitted. */
void coap_message_write(const CoapMessage *message, ByteWriter *writer);

/* How long the encoding is. */
size_t coap_message_size(const CoapMessage *message);

/* Adds an option behind those of the same number. `value` is borrowed. -E2BIG above
 * COAP_OPTIONS_MAX or COAP_OPTION_LEN_MAX. */
int coap_message_add(CoapMessage *message, uint16_t number, const void *value, size_t len);

/* The same with a text, without its NUL. */
int coap_message_add_text(CoapMessage *message, uint16_t number, const char *text);

/* The shortest encoding of an integer (RFC 7252, 3.2). */
int coap_message_add_uint(CoapMessage *message, uint16_t number, uint32_t value);

/* Removes all options of that number. */
void coap_message_remove(CoapMessage *message, uint16_t number);

/* The first option of that number at or after index *position (0 to begin), moving *position behind
 * it. NULL: none. */
const CoapOption *coap_message_next(const CoapMessage *message, uint16_t number, size_t *position);

/* The value of an integer option: -ENOENT where it is absent, -EBADMSG where longer than `max_len`
 * octets (a longer one counts as unrecognised, RFC 7252, 5.4.3). */
int coap_message_get_uint(const CoapMessage *message, uint16_t number, size_t max_len,
                          uint32_t *ret);

/* Appends the option's value. */
void coap_option_write_value(const CoapOption *option, ByteWriter *writer);

/* Whether they are as long and the same. */
bool coap_token_equal(const CoapToken *a, const CoapToken *b);
