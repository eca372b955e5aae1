/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/message.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

/* What *ret views is gone after the statement. */
#define PARSE(ret, header, ...)                                                                    \
        coap_message_parse((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), \
                           ret, header)

static void assert_written(const CoapMessage *message, const void *expected, size_t len)
{
        uint8_t buffer[256];
        ByteWriter writer = byte_writer(buffer, sizeof(buffer));

        coap_message_write(message, &writer);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        g_assert_cmpmem(buffer, writer.len, expected, len);
        g_assert_cmpuint(coap_message_size(message), ==, len);
}

/* RFC 7252, appendix A, figure 16: GET with a piggybacked response. */
static void test_example_get(void)
{
        static const uint8_t request[] = {0x40, 0x01, 0x7D, 0x34, 0xBB, 't', 'e', 'm',
                                          'p',  'e',  'r',  'a',  't',  'u', 'r', 'e'};
        CoapMessage message = {.type = COAP_CON, .code = COAP_GET, .id = 0x7D34};
        CoapMessage parsed;

        g_assert_cmpint(coap_message_add_text(&message, COAP_OPTION_URI_PATH, "temperature"), ==,
                        0);
        assert_written(&message, request, sizeof(request));

        g_assert_cmpint(coap_message_parse(request, sizeof(request), &parsed, NULL), ==, 0);
        g_assert_cmpint(parsed.type, ==, COAP_CON);
        g_assert_cmpint(parsed.code, ==, COAP_GET);
        g_assert_cmpint(parsed.id, ==, 0x7D34);
        g_assert_cmpint(parsed.token.len, ==, 0);
        g_assert_cmpuint(parsed.n_options, ==, 1);
        g_assert_cmpint(parsed.options[0].number, ==, COAP_OPTION_URI_PATH);
        g_assert_cmpmem(parsed.options[0].value, parsed.options[0].len, "temperature", 11);
        g_assert_cmpuint(parsed.payload_len, ==, 0);
        g_assert_null(parsed.payload);
}

/* RFC 7252, appendix A, figure 18: the response with a token. */
static void test_example_response(void)
{
        static const uint8_t response[] = {0x61, 0x45, 0x7D, 0x35, 0x20, 0xFF,
                                           '2',  '2',  '.',  '3',  ' ',  'C'};
        CoapMessage message = {.type = COAP_ACK,
                               .code = COAP_CONTENT,
                               .id = 0x7D35,
                               .token = {1, {0x20}},
                               .payload = (const uint8_t *) "22.3 C",
                               .payload_len = 6};
        CoapMessage parsed;

        assert_written(&message, response, sizeof(response));
        g_assert_cmpint(coap_message_parse(response, sizeof(response), &parsed, NULL), ==, 0);
        g_assert_cmpint(parsed.type, ==, COAP_ACK);
        g_assert_true(coap_token_equal(&parsed.token, &message.token));
        g_assert_cmpmem(parsed.payload, parsed.payload_len, "22.3 C", 6);
}

/* RFC 7252, 3 */
static void test_header_errors(void)
{
        CoapMessage message;
        bool header;

        g_assert_cmpint(coap_message_parse(NULL, 0, &message, &header), ==, -EBADMSG);
        g_assert_false(header);
        g_assert_cmpint(PARSE(&message, &header, 0x40, 0x01, 0x00), ==, -EBADMSG);
        g_assert_false(header);
        g_assert_cmpint(PARSE(&message, &header, 0x80, 0x01, 0x00, 0x01), ==, -EPROTONOSUPPORT);
        g_assert_cmpint(PARSE(&message, &header, 0x00), ==, -EPROTONOSUPPORT);

        /* Token lengths 9 to 15; the header is told. */
        for (uint8_t len = 9; len < 16; len++) {
                uint8_t data[24] = {(uint8_t) (0x50 | len), 0x01, 0x12, 0x34};

                g_assert_cmpint(coap_message_parse(data, 4u + len, &message, &header), ==,
                                -EBADMSG);
                g_assert_true(header);
                g_assert_cmpint(message.type, ==, COAP_NON);
                g_assert_cmpint(message.id, ==, 0x1234);
        }
        g_assert_cmpint(PARSE(&message, &header, 0x44, 0x01, 0, 1, 0xAA, 0xBB, 0xCC), ==, -EBADMSG);
        g_assert_true(header);
}

/* RFC 7252, 4.1 */
static void test_empty(void)
{
        CoapMessage message;

        g_assert_cmpint(PARSE(&message, NULL, 0x70, 0x00, 0x12, 0x34), ==, 0);
        g_assert_cmpint(message.type, ==, COAP_RST);
        g_assert_cmpint(message.id, ==, 0x1234);
        g_assert_cmpint(PARSE(&message, NULL, 0x71, 0x00, 0x12, 0x34, 0x01), ==, -EBADMSG);
        g_assert_cmpint(PARSE(&message, NULL, 0x70, 0x00, 0x12, 0x34, 0xFF), ==, -EBADMSG);
        g_assert_cmpint(PARSE(&message, NULL, 0x70, 0x00, 0x12, 0x34, 0x10), ==, -EBADMSG);
        g_assert_cmpint(PARSE(&message, NULL, 0x71, 0x00, 0x12, 0x34), ==, -EBADMSG);
}

/* RFC 7252, 3 and 3.1 */
static void test_option_errors(void)
{
        CoapMessage message;
        bool header;

        g_assert_cmpint(PARSE(&message, &header, 0x40, 1, 0, 1, 0xFF), ==, -EBADMSG);
        g_assert_true(header);
        g_assert_cmpint(PARSE(&message, NULL, 0x40, 1, 0, 1, 0xF0), ==, -EBADMSG);
        g_assert_cmpint(PARSE(&message, NULL, 0x40, 1, 0, 1, 0x0F, 0, 0), ==, -EBADMSG);
        g_assert_cmpint(PARSE(&message, NULL, 0x40, 1, 0, 1, 0xD0), ==, -EBADMSG);
        g_assert_cmpint(PARSE(&message, NULL, 0x40, 1, 0, 1, 0xE0, 0), ==, -EBADMSG);
        g_assert_cmpint(PARSE(&message, NULL, 0x40, 1, 0, 1, 0x0E, 0), ==, -EBADMSG);
        g_assert_cmpint(PARSE(&message, NULL, 0x40, 1, 0, 1, 0x12), ==, -EBADMSG);
        g_assert_cmpint(PARSE(&message, NULL, 0x40, 1, 0, 1, 0x12, 'a'), ==, -EBADMSG);

        /* The highest number there is, then one more. */
        g_assert_cmpint(PARSE(&message, NULL, 0x40, 1, 0, 1, 0xE0, 0xFE, 0xF2), ==, 0);
        g_assert_cmpint(message.options[0].number, ==, 65535);
        g_assert_cmpint(PARSE(&message, NULL, 0x40, 1, 0, 1, 0xE0, 0xFE, 0xF3), ==, -EBADMSG);
        g_assert_cmpint(PARSE(&message, NULL, 0x40, 1, 0, 1, 0xE0, 0xFE, 0xF2, 0x10), ==, -EBADMSG);
}

static void test_too_many_options(void)
{
        CoapMessage message = {.type = COAP_CON, .code = COAP_GET};
        uint8_t data[4 + COAP_OPTIONS_MAX + 1] = {0x40, 0x01, 0x00, 0x01};
        bool header;

        for (size_t i = 0; i < COAP_OPTIONS_MAX; i++)
                g_assert_cmpint(coap_message_add(&message, COAP_OPTION_URI_PATH, NULL, 0), ==, 0);
        g_assert_cmpint(coap_message_add(&message, COAP_OPTION_URI_PATH, NULL, 0), ==, -E2BIG);
        g_assert_cmpint(coap_message_add_uint(&message, COAP_OPTION_ACCEPT, 0), ==, -E2BIG);

        g_assert_cmpint(coap_message_parse(data, sizeof(data) - 1, &message, NULL), ==, 0);
        g_assert_cmpuint(message.n_options, ==, COAP_OPTIONS_MAX);
        g_assert_cmpint(coap_message_parse(data, sizeof(data), &message, &header), ==, -E2BIG);
        g_assert_true(header);
        g_assert_cmpuint(message.n_options, ==, COAP_OPTIONS_MAX);

        /* A format error behind them is still one. */
        data[sizeof(data) - 1] = 0x0F;
        g_assert_cmpint(coap_message_parse(data, sizeof(data), &message, NULL), ==, -EBADMSG);
}

static void assert_round_trip(const CoapMessage *message)
{
        ByteWriter writer = byte_writer_growing(4 * 1024 * 1024);
        CoapMessage parsed;

        coap_message_write(message, &writer);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        g_assert_cmpuint(writer.len, ==, coap_message_size(message));
        g_assert_cmpint(coap_message_parse(writer.data, writer.len, &parsed, NULL), ==, 0);

        g_assert_cmpint(parsed.type, ==, message->type);
        g_assert_cmpint(parsed.code, ==, message->code);
        g_assert_cmpint(parsed.id, ==, message->id);
        g_assert_true(coap_token_equal(&parsed.token, &message->token));
        g_assert_cmpuint(parsed.n_options, ==, message->n_options);
        for (size_t i = 0; i < parsed.n_options; i++) {
                g_assert_cmpuint(parsed.options[i].number, ==, message->options[i].number);
                g_assert_cmpmem(parsed.options[i].value, parsed.options[i].len,
                                message->options[i].value, message->options[i].len);
        }
        g_assert_cmpmem(parsed.payload, parsed.payload_len, message->payload, message->payload_len);
        byte_writer_clear(&writer);
}

/* RFC 7252, 3.1: where the nibble, one octet and two octets meet, for deltas and lengths. */
static void test_boundaries(void)
{
        static const uint32_t edges[] = {1, 12, 13, 14, 268, 269, 270, 65534, 65535};
        static const uint32_t lengths[] = {
                0, 1, 12, 13, 14, 268, 269, 270, 65535, 65803, COAP_OPTION_LEN_MAX};
        g_autofree uint8_t *value = g_malloc0(COAP_OPTION_LEN_MAX + 1);
        CoapMessage message;

        for (size_t i = 0; i < COAP_OPTION_LEN_MAX; i++)
                value[i] = (uint8_t) (i * 7);
        for (size_t i = 0; i < G_N_ELEMENTS(edges); i++) {
                for (size_t j = 0; j < G_N_ELEMENTS(lengths); j++) {
                        message = (CoapMessage){
                                .code = COAP_GET, .id = 7, .payload = value, .payload_len = 3};
                        g_assert_cmpint(
                                coap_message_add(&message, (uint16_t) edges[i], value, lengths[j]),
                                ==, 0);
                        assert_round_trip(&message);
                }
        }
        g_assert_cmpint(coap_message_add(&message, 9, value, COAP_OPTION_LEN_MAX + 1), ==, -E2BIG);
}

static void test_random_round_trip(void)
{
        uint8_t pool[2048];

        for (size_t i = 0; i < sizeof(pool); i++)
                pool[i] = (uint8_t) g_test_rand_int();
        for (unsigned round = 0; round < 2000; round++) {
                CoapMessage message = {.type = (CoapType) g_test_rand_int_range(0, 4),
                                       .code = (uint8_t) g_test_rand_int_range(1, 256),
                                       .id = (uint16_t) g_test_rand_int(),
                                       .payload = pool,
                                       .payload_len =
                                               (size_t) g_test_rand_int_range(0, sizeof(pool))};
                int options = g_test_rand_int_range(0, 12);

                message.token.len = (uint8_t) g_test_rand_int_range(0, 9);
                memcpy(message.token.data, pool, message.token.len);
                for (int i = 0; i < options; i++)
                        g_assert_cmpint(
                                coap_message_add(&message, (uint16_t) g_test_rand_int_range(0, 700),
                                                 pool, (size_t) g_test_rand_int_range(0, 300)),
                                ==, 0);
                assert_round_trip(&message);
        }
}

/* RFC 7252, 3.2: without leading zeros, zero is empty. */
static void test_integers(void)
{
        static const struct {
                uint32_t value;
                uint8_t octets[6];
                size_t len;
        } cases[] = {
                {0, {0xC0}, 1},
                {1, {0xC1, 0x01}, 2},
                {255, {0xC1, 0xFF}, 2},
                {256, {0xC2, 0x01, 0x00}, 3},
                {0xFFFFFF, {0xC3, 0xFF, 0xFF, 0xFF}, 4},
                {0xFFFFFFFF, {0xC4, 0xFF, 0xFF, 0xFF, 0xFF}, 5},
        };
        uint32_t value;

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                CoapMessage message = {.code = COAP_GET, .id = 1};
                uint8_t expected[16] = {0x40, 0x01, 0x00, 0x01};

                memcpy(expected + 4, cases[i].octets, cases[i].len);
                g_assert_cmpint(coap_message_add_uint(&message, 12, cases[i].value), ==, 0);
                assert_written(&message, expected, 4 + cases[i].len);
                g_assert_cmpint(coap_message_get_uint(&message, 12, 4, &value), ==, 0);
                g_assert_cmpuint(value, ==, cases[i].value);
                g_assert_cmpint(coap_message_parse(expected, 4 + cases[i].len, &message, NULL), ==,
                                0);
                g_assert_cmpint(coap_message_get_uint(&message, 12, 4, &value), ==, 0);
                g_assert_cmpuint(value, ==, cases[i].value);
        }
}

static void test_get_uint_errors(void)
{
        static const uint8_t three[] = {0x40, 1, 0, 1, 0xC3, 0x00, 0x01, 0x02};
        static const uint8_t five[] = {0x40, 1, 0, 1, 0xC5, 0, 0, 0, 0, 1};
        CoapMessage message;
        uint32_t value = 42;

        /* Leading zeros are tolerated (RFC 7252, 3.2); a length above the option's is not (5.4.3).
         */
        g_assert_cmpint(coap_message_parse(three, sizeof(three), &message, NULL), ==, 0);
        g_assert_cmpint(coap_message_get_uint(&message, 12, 2, &value), ==, -EBADMSG);
        g_assert_cmpint(coap_message_get_uint(&message, 14, 2, &value), ==, -ENOENT);
        g_assert_cmpuint(value, ==, 42);
        g_assert_cmpint(coap_message_get_uint(&message, 12, 4, &value), ==, 0);
        g_assert_cmpuint(value, ==, 0x0102);

        g_assert_cmpint(coap_message_parse(five, sizeof(five), &message, NULL), ==, 0);
        g_assert_cmpint(coap_message_get_uint(&message, 12, 8, &value), ==, -EBADMSG);
}

static void test_order(void)
{
        CoapMessage message = {.code = COAP_GET};
        const CoapOption *option;
        size_t position = 0;

        g_assert_cmpint(coap_message_add_uint(&message, COAP_OPTION_ACCEPT, 112), ==, 0);
        g_assert_cmpint(coap_message_add_text(&message, COAP_OPTION_URI_PATH, "3"), ==, 0);
        g_assert_cmpint(coap_message_add_text(&message, COAP_OPTION_URI_PATH, "0"), ==, 0);
        g_assert_cmpint(coap_message_add_uint(&message, COAP_OPTION_OBSERVE, 0), ==, 0);
        g_assert_cmpint(message.options[0].number, ==, COAP_OPTION_OBSERVE);
        g_assert_cmpint(message.options[3].number, ==, COAP_OPTION_ACCEPT);

        option = coap_message_next(&message, COAP_OPTION_URI_PATH, &position);
        g_assert_cmpmem(option->value, option->len, "3", 1);
        option = coap_message_next(&message, COAP_OPTION_URI_PATH, &position);
        g_assert_cmpmem(option->value, option->len, "0", 1);
        g_assert_null(coap_message_next(&message, COAP_OPTION_URI_PATH, &position));
        g_assert_null(coap_message_next(&message, COAP_OPTION_URI_PATH, &position));

        coap_message_remove(&message, COAP_OPTION_URI_PATH);
        g_assert_cmpuint(message.n_options, ==, 2);
        g_assert_cmpint(message.options[1].number, ==, COAP_OPTION_ACCEPT);
}

static void test_copy(void)
{
        CoapMessage message = {.type = COAP_NON, .code = COAP_PUT, .id = 77, .token = {2, {1, 2}}};
        CoapMessage copy;

        coap_message_add_text(&message, COAP_OPTION_URI_PATH, "3");
        coap_message_add_uint(&message, COAP_OPTION_ACCEPT, 60);
        message.payload = (const uint8_t *) "body";
        message.payload_len = 4;
        memset(&copy, 0xEE, sizeof(copy));
        coap_message_copy(&copy, &message);
        coap_message_remove(&message, COAP_OPTION_URI_PATH);
        assert_written(&copy, "\x52\x03\x00\x4D\x01\x02\xB1\x33\x61\x3C\xFF\x62\x6F\x64\x79", 15);
}

static void test_write_does_not_fit(void)
{
        CoapMessage message = {
                .code = COAP_GET, .payload = (const uint8_t *) "x", .payload_len = 1};
        uint8_t buffer[5];
        ByteWriter writer = byte_writer(buffer, sizeof(buffer));

        coap_message_write(&message, &writer);
        g_assert_cmpint(byte_writer_result(&writer), ==, -EMSGSIZE);
}

static void test_names(void)
{
        const char *first = coap_code_to_string(COAP_CODE(4, 29));
        const char *second = coap_code_to_string(COAP_CODE(7, 1));

        g_assert_cmpstr(coap_code_to_string(COAP_NOT_FOUND), ==, "4.04 Not Found");
        g_assert_cmpstr(coap_code_to_string(COAP_IPATCH), ==, "0.07 iPATCH");
        g_assert_cmpstr(first, ==, "4.29");
        g_assert_cmpstr(second, ==, "7.01");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/message/rfc7252-a-get", test_example_get);
        g_test_add_func("/message/rfc7252-a-response", test_example_response);
        g_test_add_func("/message/rfc7252-3-header-errors", test_header_errors);
        g_test_add_func("/message/rfc7252-4.1-empty", test_empty);
        g_test_add_func("/message/rfc7252-3.1-option-errors", test_option_errors);
        g_test_add_func("/message/too-many-options", test_too_many_options);
        g_test_add_func("/message/rfc7252-3.1-boundaries", test_boundaries);
        g_test_add_func("/message/random-round-trip", test_random_round_trip);
        g_test_add_func("/message/rfc7252-3.2-integers", test_integers);
        g_test_add_func("/message/rfc7252-5.4.3-integer-lengths", test_get_uint_errors);
        g_test_add_func("/message/option-order", test_order);
        g_test_add_func("/message/copy", test_copy);
        g_test_add_func("/message/write-does-not-fit", test_write_does_not_fit);
        g_test_add_func("/message/code-names", test_names);
        return g_test_run();
}
