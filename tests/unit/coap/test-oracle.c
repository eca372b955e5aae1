/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * libcoap's parser and ours must agree whether a datagram is a message and on all that is in it.
 * Known differences, all deliberate:
 *  - libcoap refuses a message with a known option of a length it cannot have; here that is not a
 * format error but an unrecognised option (RFC 7252, 5.4.3), judged by options_check().
 *  - libcoap wants a Uri-Query to have one octet at least; RFC 7252, 5.10 allows none.
 *  - a message with more than COAP_OPTIONS_MAX options is not processed here.
 *  - libcoap knows more options (Hop-Limit, Echo, No-Response, Request-Tag, those of signalling
 * codes).
 */
#include "coap/message.h"
#include "coap/option.h"

#include <coap3/coap.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#define ROUNDS 60000

static bool oracle_may_refuse(const CoapMessage *message)
{
        if (coap_code_class(message->code) == 7)
                return true;
        for (size_t i = 0; i < message->n_options; i++) {
                CoapOption probe = message->options[i];

                if (probe.number == COAP_OPTION_URI_QUERY && probe.len == 0)
                        return true;
                if (option_is_recognized(&probe))
                        continue;
                /* A number of coap/code.h, or one of the four that only libcoap knows. */
                switch (probe.number) {
                case 9:
                case 16:
                case 19:
                case 31:
                case 252:
                case 258:
                case 292:
                        return true;
                default:
                        break;
                }
                for (probe.len = 0; probe.len < 8; probe.len++)
                        if (option_is_recognized(&probe))
                                return true;
        }
        return false;
}

static void assert_same_content(const CoapMessage *ours, coap_pdu_t *pdu)
{
        coap_bin_const_t token = coap_pdu_get_token(pdu);
        coap_opt_iterator_t iterator;
        const uint8_t *payload = NULL;
        size_t payload_len = 0, n = 0;
        coap_opt_t *option;

        g_assert_cmpint(ours->type, ==, coap_pdu_get_type(pdu));
        g_assert_cmpint(ours->code, ==, coap_pdu_get_code(pdu));
        g_assert_cmpint(ours->id, ==, coap_pdu_get_mid(pdu));
        g_assert_cmpmem(ours->token.data, ours->token.len, token.s, token.length);

        if (coap_option_iterator_init(pdu, &iterator, COAP_OPT_ALL))
                for (; (option = coap_option_next(&iterator)); n++) {
                        g_assert_cmpuint(n, <, ours->n_options);
                        g_assert_cmpuint(ours->options[n].number, ==, iterator.number);
                        g_assert_cmpmem(ours->options[n].value, ours->options[n].len,
                                        coap_opt_value(option), coap_opt_length(option));
                }
        g_assert_cmpuint(n, ==, ours->n_options);

        coap_get_data(pdu, &payload_len, &payload);
        g_assert_cmpmem(ours->payload, ours->payload_len, payload, payload_len);
}

/* Returns whether both took it as a message. */
static bool compare(const uint8_t *data, size_t len)
{
        g_autofree uint8_t *exact =
                g_memdup2(data, len); /* so that a read beyond the end is seen */
        coap_pdu_t *pdu = coap_pdu_init(0, 0, 0, 4096);
        CoapMessage message;
        int ours = coap_message_parse(exact, len, &message, NULL);
        bool theirs = coap_pdu_parse(COAP_PROTO_UDP, exact, len, pdu) > 0;

        if (theirs && ours != -E2BIG)
                g_assert_cmpint(ours, ==, 0);
        if (ours == 0 && !theirs)
                g_assert_true(oracle_may_refuse(&message));
        if (ours == 0 && theirs)
                assert_same_content(&message, pdu);
        coap_delete_pdu(pdu);
        return ours == 0 && theirs;
}

static size_t random_message(uint8_t *data, size_t size)
{
        static const uint16_t numbers[] = {1,  3,  4,  5,  6,  7,  8,  11, 12, 14,
                                           15, 17, 20, 23, 27, 28, 35, 39, 60, 65000};
        CoapMessage message = {.type = (CoapType) g_test_rand_int_range(0, 4),
                               .code = (uint8_t) g_test_rand_int_range(1, 0xC0),
                               .id = (uint16_t) g_test_rand_int()};
        ByteWriter writer = byte_writer(data, size);
        int options = g_test_rand_int_range(0, 10);
        uint8_t pool[400];

        for (size_t i = 0; i < sizeof(pool); i++)
                pool[i] = (uint8_t) g_test_rand_int();
        message.token.len = (uint8_t) g_test_rand_int_range(0, 9);
        memcpy(message.token.data, pool, message.token.len);
        for (int i = 0; i < options; i++)
                g_assert_cmpint(
                        coap_message_add(
                                &message, numbers[g_test_rand_int_range(0, G_N_ELEMENTS(numbers))],
                                pool,
                                (size_t) g_test_rand_int_range(0, g_test_rand_bit() ? 3 : 300)),
                        ==, 0);
        message.payload = pool;
        message.payload_len =
                g_test_rand_bit() ? (size_t) g_test_rand_int_range(0, sizeof(pool)) : 0;
        coap_message_write(&message, &writer);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        return writer.len;
}

static void mutate(uint8_t *data, size_t *len)
{
        int changes = g_test_rand_int_range(1, 4);

        for (int i = 0; i<changes && * len> 0; i++)
                data[g_test_rand_int_range(0, (gint32) MIN(*len, 40))] =
                        (uint8_t) g_test_rand_int();
        if (g_test_rand_int_range(0, 4) == 0)
                *len = (size_t) g_test_rand_int_range(0, (gint32) *len + 1);
}

static void test_valid(void)
{
        uint8_t data[4096];
        unsigned both = 0;

        for (unsigned i = 0; i < ROUNDS / 4; i++)
                both += compare(data, random_message(data, sizeof(data)));
        g_assert_cmpuint(both, >, ROUNDS / 40);
}

static void test_mutated(void)
{
        uint8_t data[4096];
        unsigned both = 0;

        for (unsigned i = 0; i < ROUNDS; i++) {
                size_t len = random_message(data, sizeof(data));

                mutate(data, &len);
                both += compare(data, len);
        }
        g_assert_cmpuint(both, >, ROUNDS / 100);
        g_assert_cmpuint(both, <, ROUNDS);
}

/* All messages of a header and up to two octets, of one type each. */
static void test_exhaustive(void)
{
        for (unsigned first = 0x40; first < 0x50; first++) {
                for (unsigned tail = 0; tail < 0x10000; tail += g_test_thorough() ? 1 : 7) {
                        const uint8_t data[] = {(uint8_t) first,       COAP_GET,      0x12, 0x34,
                                                (uint8_t) (tail >> 8), (uint8_t) tail};

                        compare(data, sizeof(data));
                }
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        coap_startup();
        coap_set_log_level(LOG_EMERG);
        g_test_add_func("/oracle/libcoap-valid", test_valid);
        g_test_add_func("/oracle/libcoap-mutated", test_mutated);
        g_test_add_func("/oracle/libcoap-two-octets", test_exhaustive);
        return g_test_run();
}
