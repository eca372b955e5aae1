/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer.h"

#include <string.h>

#include "fake-link.h"
#include "world.h"

const CoapMessage *peer_take(Peer *peer)
{
        gsize len;
        const void *data;

        g_clear_pointer(&peer->taken, g_bytes_unref);
        peer->taken = peer->link ? fake_link_take(peer->link) : NULL;
        if (!peer->taken)
                return NULL;
        data = g_bytes_get_data(peer->taken, &len);
        g_assert_cmpint(coap_message_parse(data, len, &peer->message, NULL), ==, 0);
        return &peer->message;
}

const CoapMessage *peer_expect(Peer *peer, uint8_t code)
{
        const CoapMessage *message = peer_take(peer);

        g_assert_nonnull(message);
        g_assert_cmphex(message->code, ==, code);
        return message;
}

char *peer_take_text(Peer *peer)
{
        g_autoptr(GBytes) bytes = peer->link ? fake_link_take(peer->link) : NULL;
        gsize len;
        const char *data = bytes ? g_bytes_get_data(bytes, &len) : NULL;

        return data ? g_strndup(data, len) : NULL;
}

void peer_order(World *world, Peer *peer, const char *order)
{
        fake_link_inject(peer->link, order, strlen(order));
        world_advance(world, 0);
}

char *message_join(const CoapMessage *message, uint16_t number, const char *separator)
{
        GString *text = g_string_new(NULL);
        const CoapOption *option;
        size_t position = 0;

        while ((option = coap_message_next(message, number, &position))) {
                if (text->len > 0)
                        g_string_append(text, separator);
                g_string_append_len(text, (const char *) option->value, option->len);
        }
        return g_string_free(text, FALSE);
}

char *message_payload(const CoapMessage *message)
{
        return message->payload_len > 0
                       ? g_strndup((const char *) message->payload, message->payload_len)
                       : g_strdup("");
}

void message_assert_query(const CoapMessage *message, const char *path, const char *query)
{
        g_autofree char *paths = message_join(message, COAP_OPTION_URI_PATH, "/");
        g_autofree char *queries = message_join(message, COAP_OPTION_URI_QUERY, "&");

        g_assert_cmpstr(paths, ==, path);
        g_assert_cmpstr(queries, ==, query);
}

bool message_has(const CoapMessage *message, uint16_t number)
{
        size_t position = 0;

        return coap_message_next(message, number, &position) != NULL;
}

void peer_send(World *world, Peer *peer, const CoapMessage *message)
{
        uint8_t buffer[2048];
        ByteWriter writer = byte_writer(buffer, sizeof(buffer));

        coap_message_write(message, &writer);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        fake_link_inject(peer->link, buffer, writer.len);
        world_advance(world, 0);
}

static void add_parts(CoapMessage *message, uint16_t number, char **parts)
{
        for (char **part = parts; *part; part++)
                g_assert_cmpint(coap_message_add_text(message, number, *part), ==, 0);
}

void peer_answer(World *world, Peer *peer, const CoapMessage *request, uint8_t code,
                 const char *location)
{
        CoapMessage message = {
                .type = COAP_ACK, .code = code, .id = request->id, .token = request->token};
        g_auto(GStrv) parts = g_strsplit(location ? location : "", "/", -1);

        if (location)
                add_parts(&message, COAP_OPTION_LOCATION_PATH, parts);
        peer_send(world, peer, &message);
}

void peer_ask(World *world, Peer *peer, Request request)
{
        CoapMessage message = {
                .type = COAP_CON,
                .code = request.code,
                .id = peer->next_id++,
                .token = {.len = 1, .data = {request.token}},
                .payload = (const uint8_t *) request.payload,
                .payload_len = request.len > 0   ? request.len
                               : request.payload ? strlen(request.payload)
                                                 : 0,
        };
        g_auto(GStrv) path = g_strsplit(request.path ? request.path : "", "/", -1);
        g_auto(GStrv) query = g_strsplit(request.query ? request.query : "", "&", -1);

        if (request.observe > 0)
                coap_message_add_uint(&message, COAP_OPTION_OBSERVE,
                                      (uint32_t) request.observe - 1);
        add_parts(&message, COAP_OPTION_URI_PATH, path);
        if (request.format > 0)
                coap_message_add_uint(&message, COAP_OPTION_CONTENT_FORMAT,
                                      (uint32_t) request.format - 1);
        add_parts(&message, COAP_OPTION_URI_QUERY, query);
        if (request.accept > 0)
                coap_message_add_uint(&message, COAP_OPTION_ACCEPT, (uint32_t) request.accept - 1);
        peer_send(world, peer, &message);
}

const CoapMessage *peer_request(World *world, Peer *peer, Request request)
{
        const CoapMessage *answer;

        peer_ask(world, peer, request);
        answer = peer_take(peer);
        g_assert_nonnull(answer);
        g_assert_cmpint(answer->type, ==, COAP_ACK);
        g_assert_cmpuint(answer->id, ==, peer->next_id - 1);
        return answer;
}

void peer_register(World *world, Peer *peer, const char *location)
{
        const CoapMessage *request = peer_expect(peer, COAP_POST);
        g_autofree char *path = message_join(request, COAP_OPTION_URI_PATH, "/");

        g_assert_cmpstr(path, ==, "rd");
        peer_answer(world, peer, request, COAP_CREATED, location);
}
