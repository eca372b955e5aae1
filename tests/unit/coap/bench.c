/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench.h"

#include <errno.h>
#include <string.h>

#define PATTERN_SIZE 65536

static int on_send(const void *data, size_t len, void *user)
{
        Bench *bench = user;

        if (bench->send_error < 0)
                return bench->send_error;
        g_queue_push_tail(&bench->sent, g_bytes_new(data, len));
        return 0;
}

static void remember(GByteArray *array, const CoapMessage *message)
{
        g_byte_array_set_size(array, 0);
        if (message->payload_len > 0)
                g_byte_array_append(array, message->payload, (guint) message->payload_len);
}

static void on_request(CoapIncoming *incoming, const CoapMessage *request, void *user)
{
        Bench *bench = user;

        bench->requests++;
        bench->incoming = incoming;
        bench->request_code = request->code;
        bench->request_observe = bench_has(request, COAP_OPTION_OBSERVE);
        bench->request_block =
                bench_has(request, COAP_OPTION_BLOCK1) || bench_has(request, COAP_OPTION_BLOCK2);
        remember(bench->request_body, request);
        if (bench->on_request)
                bench->on_request(bench, incoming, request);
}

static void on_notification(const CoapToken *token, int result, void *user)
{
        Bench *bench = user;

        bench->notifications++;
        bench->notification_token = *token;
        bench->notification_result = result;
}

static void on_gone(CoapIncoming *incoming, void *user)
{
        Bench *bench = user;

        g_assert_nonnull(incoming);
        bench->gone++;
}

static const EndpointOps bench_ops = {
        .send = on_send,
        .on_request = on_request,
        .on_notification = on_notification,
        .on_incoming_gone = on_gone,
};

EndpointConfig bench_config(void)
{
        EndpointConfig config = endpoint_config_default();

        config.ack_random_per_mille = 1000;
        return config;
}

Bench *bench_new(const EndpointConfig *config)
{
        EndpointConfig defaults = bench_config();
        Bench *bench = g_new0(Bench, 1);

        bench->clock = clock_new_manual(SECONDS(1000), 0);
        bench->request_body = g_byte_array_new();
        bench->response_body = g_byte_array_new();
        bench->reply = (CoapMessage){.code = COAP_CONTENT};
        bench->endpoint =
                endpoint_new(bench->clock, config ? config : &defaults, &bench_ops, "test", bench);
        return bench;
}

Bench *bench_replying(size_t len)
{
        Bench *bench = bench_new(NULL);

        bench->on_request = bench_reply_now;
        bench->reply.payload = bench_pattern();
        bench->reply.payload_len = len;
        return bench;
}

uint16_t bench_next_id(void)
{
        static uint16_t id = 100;

        return id++;
}

void bench_free(Bench *bench)
{
        endpoint_free(bench->endpoint);
        clock_free(bench->clock);
        g_queue_clear_full(&bench->sent, (GDestroyNotify) g_bytes_unref);
        g_clear_pointer(&bench->taken, g_bytes_unref);
        g_byte_array_unref(bench->request_body);
        g_byte_array_unref(bench->response_body);
        g_free(bench);
}

static GByteArray *from_hex(const char *hex)
{
        GByteArray *array = g_byte_array_new();
        uint8_t octet = 0;
        unsigned digits = 0;

        for (; *hex; hex++) {
                if (!g_ascii_isxdigit(*hex))
                        continue;
                octet = (uint8_t) (octet << 4 | g_ascii_xdigit_value(*hex));
                if (++digits % 2 == 0)
                        g_byte_array_append(array, &octet, 1);
        }
        g_assert_cmpuint(digits % 2, ==, 0);
        return array;
}

/* Exactly as long as it is, so that a read beyond it is seen. */
static void receive(Bench *bench, const void *data, size_t len)
{
        g_autofree uint8_t *exact = g_memdup2(data, len);

        endpoint_on_message(bench->endpoint, exact, len);
}

void bench_receive(Bench *bench, const char *hex)
{
        g_autoptr(GByteArray) octets = from_hex(hex);

        receive(bench, octets->data, octets->len);
}

void bench_receive_message(Bench *bench, const CoapMessage *message)
{
        ByteWriter writer = byte_writer_growing(65536);

        coap_message_write(message, &writer);
        receive(bench, writer.data, writer.len);
        byte_writer_clear(&writer);
}

void bench_expect(Bench *bench, const char *hex)
{
        g_autoptr(GByteArray) octets = from_hex(hex);
        g_autoptr(GBytes) sent = g_queue_pop_head(&bench->sent);

        g_assert_nonnull(sent);
        g_assert_cmpmem(g_bytes_get_data(sent, NULL), g_bytes_get_size(sent), octets->data,
                        octets->len);
}

void bench_expect_nothing(Bench *bench)
{
        g_assert_cmpuint(bench->sent.length, ==, 0);
}

CoapMessage bench_take(Bench *bench)
{
        CoapMessage message;
        size_t len;
        const void *data;

        g_clear_pointer(&bench->taken, g_bytes_unref);
        bench->taken = g_queue_pop_head(&bench->sent);
        g_assert_nonnull(bench->taken);
        data = g_bytes_get_data(bench->taken, &len);
        g_assert_cmpint(coap_message_parse(data, len, &message, NULL), ==, 0);
        return message;
}

uint32_t bench_uint(const CoapMessage *message, uint16_t number)
{
        uint32_t value = 0;

        g_assert_cmpint(coap_message_get_uint(message, number, 4, &value), ==, 0);
        return value;
}

void bench_assert_block(const CoapMessage *message, uint16_t number, uint32_t expected)
{
        g_assert_cmphex(bench_uint(message, number), ==, expected);
}

bool bench_has(const CoapMessage *message, uint16_t number)
{
        size_t position = 0;

        return coap_message_next(message, number, &position) != NULL;
}

const uint8_t *bench_pattern(void)
{
        static uint8_t pattern[PATTERN_SIZE];

        for (size_t i = 0; pattern[1] == 0 && i < PATTERN_SIZE; i++)
                pattern[PATTERN_SIZE - 1 - i] =
                        (uint8_t) ((PATTERN_SIZE - 1 - i) * 37 + (PATTERN_SIZE - 1 - i) / 251);
        return pattern;
}

void bench_reply_now(Bench *bench, CoapIncoming *incoming, const CoapMessage *request)
{
        endpoint_reply(incoming, &bench->reply);
}

void bench_on_response(int result, const CoapMessage *response, void *user)
{
        Bench *bench = user;

        bench->responses++;
        bench->result = result;
        g_assert_true((result == 0) == (response != NULL));
        if (!response)
                return;
        bench->response_code = response->code;
        remember(bench->response_body, response);
}

void bench_ask(Bench *bench, uint8_t code, size_t len)
{
        CoapMessage request = {
                .type = COAP_CON, .code = code, .payload = bench_pattern(), .payload_len = len};

        coap_message_add_text(&request, COAP_OPTION_URI_PATH, "rd");
        if (len > 0)
                coap_message_add_uint(&request, COAP_OPTION_CONTENT_FORMAT, 40);
        g_assert_cmpint(endpoint_request(bench->endpoint, &request, bench_on_response, bench, NULL),
                        ==, 0);
}

CoapMessage bench_response_to(const CoapMessage *request, CoapType type, uint8_t code)
{
        return (CoapMessage){
                .type = type, .code = code, .id = request->id, .token = request->token};
}
