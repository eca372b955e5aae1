/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/option.h"

#include <errno.h>
#include <glib.h>

static CoapMessage request_with(uint16_t number, size_t len)
{
        static const uint8_t zeros[2000];
        CoapMessage message = {.code = COAP_GET};

        g_assert_cmpint(coap_message_add(&message, number, zeros, len), ==, 0);
        return message;
}

/* RFC 7252, 5.4.1 */
static void test_unknown(void)
{
        CoapMessage message = request_with(9, 0); /* OSCORE: critical, unknown here */

        g_assert_cmpint(options_check(&message), ==, -EOPNOTSUPP);
        message = request_with(19, 1); /* Q-Block1 (RFC 9177) */
        g_assert_cmpint(options_check(&message), ==, -EOPNOTSUPP);
        message = request_with(65001, 1);
        g_assert_cmpint(options_check(&message), ==, -EOPNOTSUPP);
        message = request_with(65000, 1);
        g_assert_cmpint(options_check(&message), ==, 0);
        message = request_with(292, 3); /* Request-Tag: elective */
        g_assert_cmpint(options_check(&message), ==, 0);
        g_assert_cmpuint(message.n_options, ==, 1);
}

/* RFC 7252, 5.4.3: a length out of range counts as unrecognised. */
static void test_lengths(void)
{
        static const struct {
                uint16_t number;
                size_t len;
                int result;
                size_t kept;
        } cases[] = {
                {COAP_OPTION_URI_PATH, 255, 0, 1},
                {COAP_OPTION_URI_PATH, 256, -EOPNOTSUPP, 1},
                {COAP_OPTION_URI_HOST, 0, -EOPNOTSUPP, 1},
                {COAP_OPTION_IF_MATCH, 8, 0, 1},
                {COAP_OPTION_IF_MATCH, 9, -EOPNOTSUPP, 1},
                {COAP_OPTION_ACCEPT, 2, 0, 1},
                {COAP_OPTION_ACCEPT, 3, -EOPNOTSUPP, 1},
                {COAP_OPTION_BLOCK1, 3, 0, 1},
                {COAP_OPTION_BLOCK1, 4, -EOPNOTSUPP, 1},
                {COAP_OPTION_IF_NONE_MATCH, 1, -EOPNOTSUPP, 1},
                {COAP_OPTION_OBSERVE, 3, 0, 1},
                {COAP_OPTION_OBSERVE, 4, 0, 0},
                {COAP_OPTION_ETAG, 0, 0, 0},
                {COAP_OPTION_ETAG, 8, 0, 1},
                {COAP_OPTION_CONTENT_FORMAT, 3, 0, 0},
                {COAP_OPTION_PROXY_URI, 1034, 0, 1},
                {COAP_OPTION_PROXY_URI, 1035, -EOPNOTSUPP, 1},
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                CoapMessage message = request_with(cases[i].number, cases[i].len);

                g_assert_cmpint(options_check(&message), ==, cases[i].result);
                g_assert_cmpuint(message.n_options, ==, cases[i].kept);
        }
}

/* RFC 7252, 5.4.5 */
static void test_repeated(void)
{
        CoapMessage message = {.code = COAP_GET};
        uint32_t value;

        coap_message_add_text(&message, COAP_OPTION_URI_PATH, "3");
        coap_message_add_text(&message, COAP_OPTION_URI_PATH, "0");
        coap_message_add_uint(&message, COAP_OPTION_CONTENT_FORMAT, 11);
        coap_message_add_uint(&message, COAP_OPTION_CONTENT_FORMAT, 12);
        coap_message_add_uint(&message, COAP_OPTION_ACCEPT, 1);
        g_assert_cmpint(options_check(&message), ==, 0);
        g_assert_cmpuint(message.n_options, ==, 4); /* the second Content-Format is ignored */
        g_assert_cmpint(coap_message_get_uint(&message, COAP_OPTION_CONTENT_FORMAT, 2, &value), ==,
                        0);
        g_assert_cmpuint(value, ==, 11);

        coap_message_add_uint(&message, COAP_OPTION_ACCEPT, 1);
        g_assert_cmpint(options_check(&message), ==, -EOPNOTSUPP);
}

/* RFC 7252, 5.4: a critical option that is not defined for responses is unrecognised in one. */
static void test_in_response(void)
{
        CoapMessage message = request_with(COAP_OPTION_URI_PATH, 1);

        message.code = COAP_CONTENT;
        g_assert_cmpint(options_check(&message), ==, -EOPNOTSUPP);
        message = request_with(COAP_OPTION_BLOCK2, 1);
        message.code = COAP_CONTENT;
        g_assert_cmpint(options_check(&message), ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/option/rfc7252-5.4.1-unknown", test_unknown);
        g_test_add_func("/option/rfc7252-5.4.3-lengths", test_lengths);
        g_test_add_func("/option/rfc7252-5.4.5-repeated", test_repeated);
        g_test_add_func("/option/rfc7252-5.4-in-response", test_in_response);
        return g_test_run();
}
