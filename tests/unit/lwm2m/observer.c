/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "observer.h"

void observer_set_up(Observer *f, gconstpointer data)
{
        world_open(&f->world);
        if (data)
                f->world.config.max_observations = GPOINTER_TO_UINT(data);
        world_add(&f->world, world_account(101, 5683));
        world_start(&f->world);
        f->peer = world_peer(&f->world, 5683);
        peer_register(&f->world, f->peer, "rd/1");
}

void observer_tear_down(Observer *f, gconstpointer data)
{
        world_close(&f->world);
}

const CoapMessage *observer_ask(Observer *f, uint8_t code, const char *path, const char *query,
                                int observe, uint8_t token)
{
        return peer_request(&f->world, f->peer,
                            REQUEST(.code = code, .path = path, .query = query,
                                    .observe = OPTION(observe), .token = token));
}

void observer_observe(Observer *f, const char *path, uint8_t token)
{
        const CoapMessage *answer = observer_ask(f, COAP_GET, path, NULL, 0, token);

        g_assert_cmphex(answer->code, ==, COAP_CONTENT);
        g_assert_cmpint(coap_message_get_uint(answer, COAP_OPTION_OBSERVE, 3, &f->sequence), ==, 0);
}

void observer_write_attributes(Observer *f, const char *path, const char *query)
{
        g_assert_cmphex(observer_ask(f, COAP_PUT, path, query, -1, 200)->code, ==, COAP_CHANGED);
}

void observer_set_level(Observer *f, int level)
{
        world_set(&f->world, LEVEL, value_integer(level));
        world_advance(&f->world, 0);
}

const CoapMessage *observer_expect(Observer *f, uint8_t token, const char *content)
{
        const CoapMessage *message = peer_expect(f->peer, COAP_CONTENT);
        g_autofree char *payload = message_payload(message);
        uint32_t sequence;

        g_assert_cmpuint(message->token.len, ==, 1);
        g_assert_cmpuint(message->token.data[0], ==, token);
        if (content)
                g_assert_cmpstr(payload, ==, content);
        /* RFC 7641, 3.4: newer ones are larger. */
        g_assert_cmpint(coap_message_get_uint(message, COAP_OPTION_OBSERVE, 3, &sequence), ==, 0);
        g_assert_cmpuint(sequence, >, f->sequence);
        f->sequence = sequence;
        return message;
}

void observer_expect_nothing(Observer *f)
{
        g_assert_null(peer_take(f->peer));
}

size_t observer_count(Observer *f)
{
        return world_counter(&f->world, 101, "observations");
}
