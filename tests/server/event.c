/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "event.h"
#include "hex.h"

static const char *const type_names[] = {
        [COAP_MESSAGE_CON] = "CON",
        [COAP_MESSAGE_NON] = "NON",
        [COAP_MESSAGE_ACK] = "ACK",
        [COAP_MESSAGE_RST] = "RST",
};

static json_t *json_hex(const uint8_t *data, size_t len)
{
        g_autofree char *text = hex_encode(data, len);

        return json_string(text);
}

const char *event_type_name(coap_pdu_type_t type)
{
        return type_names[type];
}

void event_write(json_t *event)
{
        g_autofree char *line = json_dumps(event, JSON_COMPACT);

        fputs(line, stdout);
        fputc('\n', stdout);
        fflush(stdout);
        json_decref(event);
}

json_t *event_new(const char *name, const Session *session)
{
        json_t *event = json_pack("{s:s}", "event", name);
        const char *identity;
        char peer[INET6_ADDRSTRLEN + 16];
        size_t len;

        if (!session)
                return event;

        len = coap_print_addr(coap_session_get_addr_remote(session->coap), (unsigned char *) peer,
                              sizeof(peer) - 1);
        peer[len] = '\0';
        json_object_set_new(event, "session", json_integer(session->id));
        json_object_set_new(event, "peer", json_string(peer));
        json_object_set_new(event, "dtls", json_boolean(session_is_dtls(session)));

        identity = session_identity(session);
        if (identity)
                json_object_set_new(event, "identity",
                                    json_hex((const uint8_t *) identity, strlen(identity)));
        return event;
}

static json_t *options_of(const coap_pdu_t *pdu)
{
        json_t *options = json_array();
        coap_opt_iterator_t iterator;
        coap_opt_t *option;

        coap_option_iterator_init(pdu, &iterator, COAP_OPT_ALL);
        while ((option = coap_option_next(&iterator))) {
                json_t *pair = json_array();

                json_array_append_new(pair, json_integer(iterator.number));
                json_array_append_new(pair,
                                      json_hex(coap_opt_value(option), coap_opt_length(option)));
                json_array_append_new(options, pair);
        }
        return options;
}

json_t *event_new_message(const char *name, const Session *session, const coap_pdu_t *pdu)
{
        json_t *event = event_new(name, session);
        coap_bin_const_t token = coap_pdu_get_token(pdu);
        coap_pdu_code_t code = coap_pdu_get_code(pdu);
        const uint8_t *payload = NULL;
        size_t len = 0;

        coap_get_data(pdu, &len, &payload);
        json_object_set_new(event, "type", json_string(event_type_name(coap_pdu_get_type(pdu))));
        json_object_set_new(event, "mid", json_integer(coap_pdu_get_mid(pdu)));
        json_object_set_new(event, "token", json_hex(token.s, token.length));
        json_object_set_new(event, "code", json_integer((int) code));
        json_object_set_new(event, "options", options_of(pdu));
        json_object_set_new(event, "payload", json_hex(payload, len));
        return event;
}
