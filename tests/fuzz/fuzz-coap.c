/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What is read is written again and reads the same. Then the octets are a script for an endpoint:
 * messages of the peer, among them such as answer what it sent, and calls of its user, while time
 * passes. Whatever comes, it keeps within its limits, sends only what can be read, and in the end
 * it is idle.
 */

#include <errno.h>
#include <string.h>

#include "coap/endpoint.h"
#include "fuzz.h"

/* Longer than all that may be under way takes one by one. */
#define TO_THE_END ((gint64) 12 * 3600 * G_USEC_PER_SEC)
#define MAX_STEPS 400

typedef struct Script {
        ByteReader reader;
        Clock *clock;
        Endpoint *endpoint;
        CoapIncoming *pending[ENDPOINT_MAX_INCOMING];
        unsigned n_pending;
        CoapExchange *exchange; /* the last one, while it lasts */
        unsigned open;          /* requests of ours without an end */
        CoapMessage last;       /* the header of the last message sent */
} Script;

/* 0 when the script is over. */
static uint8_t script_octet(Script *script)
{
        uint8_t octet = 0;

        byte_reader_u8(&script->reader, &octet);
        return octet;
}

static int on_send(const void *data, size_t len, void *user)
{
        Script *script = user;
        CoapMessage message;

        g_assert_cmpint(coap_message_parse(data, len, &message, NULL), ==, 0);
        script->last =
                (CoapMessage){.type = message.type, .id = message.id, .token = message.token};
        return len % 16 == 7 ? -EAGAIN : 0;
}

static void reply(Script *script, CoapIncoming *incoming, uint8_t how)
{
        static const uint8_t body[4096];
        CoapMessage response = {.code = how & 1 ? COAP_CONTENT : COAP_NOT_FOUND, .payload = body};

        response.payload_len = (size_t) how * 16;
        if (how & 2)
                coap_message_add_uint(&response, COAP_OPTION_OBSERVE, how);
        if (how == 255)
                endpoint_ignore(incoming);
        else
                endpoint_reply(incoming, &response);
}

static void on_request(CoapIncoming *incoming, const CoapMessage *request, void *user)
{
        Script *script = user;
        uint8_t how = script_octet(script);

        g_assert_true(coap_code_is_request(request->code));
        g_assert_cmpuint(request->payload_len, <=, ENDPOINT_MAX_TRANSFER_OCTETS);
        if (how & 128) {
                g_assert_cmpuint(script->n_pending, <, ENDPOINT_MAX_INCOMING);
                script->pending[script->n_pending++] = incoming;
        } else {
                reply(script, incoming, how);
        }
}

static void on_notification(const CoapToken *token, int result, void *user)
{
        Script *script = user;

        g_assert_true(result == 0 || result == -ECONNRESET || result == -ETIMEDOUT);
        if (script_octet(script) & 1)
                endpoint_forget_notifications(script->endpoint, token);
}

static void on_gone(CoapIncoming *incoming, void *user)
{
        Script *script = user;

        g_assert_cmpuint(script->n_pending, >, 0);
        script->n_pending--;
}

static void on_response(int result, const CoapMessage *response, void *user)
{
        Script *script = user;

        g_assert_true((result == 0) == (response != NULL));
        g_assert_cmpuint(script->open, >, 0);
        script->open--;
        script->exchange = NULL;
}

static void ask(Script *script)
{
        static const uint8_t body[4096];
        uint8_t how = script_octet(script);
        CoapMessage request = {.type = how & 1 ? COAP_CON : COAP_NON,
                               .code = how & 2 ? COAP_GET : COAP_POST};

        request.payload = body;
        request.payload_len = how & 2 ? 0 : (size_t) how * 16;
        if (endpoint_request(script->endpoint, &request, on_response, script, &script->exchange) ==
            0)
                script->open++;
}

static void cancel(Script *script)
{
        if (!script->exchange)
                return;
        exchange_cancel(g_steal_pointer(&script->exchange));
        script->open--;
}

static void notify(Script *script)
{
        static const uint8_t body[2048];
        uint8_t how = script_octet(script);
        CoapToken token = {.len = 1, .data = {how & 3}};
        CoapMessage key = {.code = COAP_GET};
        CoapMessage notification = {
                .code = COAP_CONTENT, .payload = body, .payload_len = (size_t) how * 8};

        endpoint_notify(script->endpoint, &token, &key, &notification, how & 128);
}

static void reply_to_pending(Script *script)
{
        uint8_t how = script_octet(script);

        if (script->n_pending > 0)
                reply(script, script->pending[--script->n_pending], how);
}

/* A datagram as it stands in the script, after its length. */
static void receive(Script *script)
{
        size_t len = MIN(script_octet(script), byte_reader_left(&script->reader));
        g_autofree uint8_t *exact = NULL;
        const uint8_t *view;

        if (byte_reader_view(&script->reader, len, &view) < 0)
                return;
        exact = g_memdup2(view, len);
        endpoint_on_message(script->endpoint, exact, len);
}

/* What answers the last message sent: type, code, a Block option and a payload from the script. */
static void receive_answer(Script *script)
{
        static const uint8_t body[1024];
        uint8_t type = script_octet(script), code = script_octet(script), octets[1200];
        CoapMessage answer = script->last;
        ByteWriter writer = byte_writer(octets, sizeof(octets));

        answer.type = (CoapType) (type & 3);
        answer.code = code;
        answer.id = (uint16_t) (answer.id + (type >> 6));
        if (code != COAP_EMPTY && type & 4)
                coap_message_add_uint(&answer, COAP_OPTION_BLOCK1, script_octet(script));
        if (code != COAP_EMPTY && type & 8)
                coap_message_add_uint(&answer, COAP_OPTION_BLOCK2, script_octet(script));
        if (code != COAP_EMPTY && type & 16) {
                answer.payload = body;
                answer.payload_len = (size_t) 16 << (script_octet(script) % 7);
        }
        if (code == COAP_EMPTY)
                answer.token.len = 0;
        coap_message_write(&answer, &writer);
        endpoint_on_message(script->endpoint, octets, writer.len);
}

static void step(Script *script)
{
        uint8_t octet = script_octet(script);

        switch (octet % 8) {
        case 0:
        case 1:
                receive(script);
                break;
        case 2:
                receive_answer(script);
                break;
        case 3:
                ask(script);
                break;
        case 4:
                notify(script);
                break;
        case 5:
                reply_to_pending(script);
                break;
        case 6:
                cancel(script);
                break;
        case 7:
                clock_advance(script->clock, (gint64) octet * octet * 5000);
                break;
        }
}

static void fuzz_codec(const uint8_t *data, size_t size)
{
        g_autofree uint8_t *written = NULL;
        CoapMessage message, again;
        ByteWriter writer;

        if (coap_message_parse(data, size, &message, NULL) < 0)
                return;
        written = g_malloc(coap_message_size(&message));
        writer = byte_writer(written, coap_message_size(&message));
        coap_message_write(&message, &writer);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        g_assert_cmpint(coap_message_parse(written, writer.len, &again, NULL), ==, 0);
        g_assert_cmpint(again.code, ==, message.code);
        g_assert_true(coap_token_equal(&again.token, &message.token));
        g_assert_cmpuint(again.n_options, ==, message.n_options);
        for (size_t i = 0; i < again.n_options; i++) {
                g_assert_cmpuint(again.options[i].number, ==, message.options[i].number);
                g_assert_cmpmem(again.options[i].value, again.options[i].len,
                                message.options[i].value, message.options[i].len);
        }
        g_assert_cmpmem(again.payload, again.payload_len, message.payload, message.payload_len);
}

static void fuzz_endpoint(const uint8_t *data, size_t size)
{
        static const EndpointOps ops = {
                .send = on_send,
                .on_request = on_request,
                .on_notification = on_notification,
                .on_incoming_gone = on_gone,
        };
        EndpointConfig config = endpoint_config_default();
        Script script = {.reader = byte_reader(data, size), .clock = clock_new_manual(0, 0)};
        uint8_t settings = script_octet(&script);

        config.reliable = !(settings & 1);
        config.nstart = settings >> 1 & 3;
        config.block_szx = settings >> 3 & 7;
        config.max_message = settings & 64 ? 140 : 1152;
        config.max_body = settings & 128 ? 200 : 65536;
        script.endpoint = endpoint_new(script.clock, &config, &ops, "fuzz", &script);

        for (unsigned i = 0; i < MAX_STEPS && byte_reader_left(&script.reader) > 0; i++)
                step(&script);
        clock_advance(script.clock, TO_THE_END);
        g_assert_cmpuint(script.open, ==, 0);
        g_assert_cmpuint(endpoint_pending(script.endpoint), ==, 0);
        g_assert_cmpint(clock_next_deadline(script.clock), ==, CLOCK_NEVER);

        endpoint_free(script.endpoint);
        g_assert_cmpuint(script.n_pending, ==, 0);
        clock_free(script.clock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        fuzz_codec(data, size);
        fuzz_endpoint(data, size);
        return 0;
}
