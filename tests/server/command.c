/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "command.h"
#include "event.h"
#include "hex.h"

/* Room for the header, token and options of a message besides its payload. */
#define OVERHEAD_MAX 4096

typedef int (*CommandFunc)(Server *server, json_t *command, json_t *reply);

static int get_hex(json_t *command, const char *name, GBytes **ret_bytes)
{
        return hex_decode(json_string_value(json_object_get(command, name)), ret_bytes);
}

static Session *get_session(Server *server, json_t *command)
{
        return sessions_find(server->sessions,
                             json_integer_value(json_object_get(command, "session")));
}

static int get_type(json_t *command)
{
        const char *name = json_string_value(json_object_get(command, "type"));

        for (int type = COAP_MESSAGE_CON; type <= COAP_MESSAGE_RST; type++)
                if (g_strcmp0(name, event_type_name((coap_pdu_type_t) type)) == 0)
                        return type;
        return -EINVAL;
}

/* libcoap refuses a second one of an option that may not be repeated: -EPROTO, use "raw". */
static int add_options(coap_pdu_t *pdu, json_t *options)
{
        for (size_t i = 0; i < json_array_size(options); i++) {
                json_t *pair = json_array_get(options, i);
                json_int_t number = json_integer_value(json_array_get(pair, 0));
                g_autoptr(GBytes) value = NULL;
                const uint8_t *data;
                size_t len = 0;
                int r;

                r = hex_decode(json_string_value(json_array_get(pair, 1)), &value);
                if (r < 0)
                        return r;
                data = g_bytes_get_data(value, &len);
                if (!coap_add_option(pdu, (coap_option_num_t) number, len, data))
                        return -EPROTO;
        }
        return 0;
}

static int fill_message(coap_pdu_t *pdu, json_t *command, GBytes *token, GBytes *payload)
{
        size_t token_len = 0, len = 0;
        const uint8_t *token_data = g_bytes_get_data(token, &token_len);
        const uint8_t *data = g_bytes_get_data(payload, &len);
        int r;

        if (!coap_add_token(pdu, token_len, token_data))
                return -EINVAL;
        r = add_options(pdu, json_object_get(command, "options"));
        if (r < 0)
                return r;
        if (len > 0 && !coap_add_data(pdu, len, data))
                return -EMSGSIZE;
        return 0;
}

/* Any message: request, response, acknowledgement, reset. Says its message id. */
static int command_send(Server *server, json_t *command, json_t *reply)
{
        Session *session = get_session(server, command);
        json_t *given = json_object_get(command, "mid");
        g_autoptr(GBytes) token = NULL;
        g_autoptr(GBytes) payload = NULL;
        coap_pdu_t *pdu;
        coap_mid_t mid;
        int type, r;

        if (!session)
                return -ENOTCONN;
        type = get_type(command);
        if (type < 0)
                return type;
        r = get_hex(command, "token", &token);
        if (r < 0)
                return r;
        r = get_hex(command, "payload", &payload);
        if (r < 0)
                return r;

        mid = given ? (coap_mid_t) json_integer_value(given) : coap_new_message_id(session->coap);
        pdu = coap_pdu_init((coap_pdu_type_t) type,
                            (coap_pdu_code_t) json_integer_value(json_object_get(command, "code")),
                            mid, g_bytes_get_size(payload) + OVERHEAD_MAX);
        r = fill_message(pdu, command, token, payload);
        if (r < 0) {
                coap_delete_pdu(pdu);
                return r;
        }

        json_object_set_new(reply, "mid", json_integer(mid));
        return coap_send(session->coap, pdu) == COAP_INVALID_MID ? -EIO : 0;
}

/* Bytes as they are: in a datagram from our port, or as DTLS application data. */
static int command_raw(Server *server, json_t *command, json_t *reply)
{
        Session *session = get_session(server, command);
        g_autoptr(GBytes) data = NULL;
        const coap_address_t *to;
        int r;

        if (!session)
                return -ENOTCONN;
        r = get_hex(command, "data", &data);
        if (r < 0)
                return r;
        if (json_is_true(json_object_get(command, "record")))
                return session_write_record(session, data);

        to = coap_session_get_addr_remote(session->coap);
        return endpoint_send(session_is_dtls(session) ? &server->psk : &server->nosec, &to->addr.sa,
                             to->size, data);
}

/* From the next response with this token on, each is answered by a Reset. */
static int command_reset_token(Server *server, json_t *command, json_t *reply)
{
        Session *session = get_session(server, command);
        g_autoptr(GBytes) token = NULL;
        int r;

        if (!session)
                return -ENOTCONN;
        r = get_hex(command, "token", &token);
        if (r < 0)
                return r;

        if (json_is_true(json_object_get(command, "on")))
                g_hash_table_add(session->resets, g_steal_pointer(&token));
        else
                g_hash_table_remove(session->resets, token);
        return 0;
}

static int command_add_psk(Server *server, json_t *command, json_t *reply)
{
        g_autoptr(GBytes) identity = NULL;
        g_autoptr(GBytes) key = NULL;
        int r;

        r = get_hex(command, "identity", &identity);
        if (r < 0)
                return r;
        r = get_hex(command, "key", &key);
        if (r < 0)
                return r;
        return keys_add(server->keys, identity, key);
}

static int command_remove_psk(Server *server, json_t *command, json_t *reply)
{
        g_autoptr(GBytes) identity = NULL;
        int r;

        r = get_hex(command, "identity", &identity);
        if (r < 0)
                return r;
        return keys_remove(server->keys, identity);
}

static int command_close(Server *server, json_t *command, json_t *reply)
{
        Session *session = get_session(server, command);

        if (!session)
                return -ENOTCONN;
        session_close(session, json_is_true(json_object_get(command, "notify")));
        return 0;
}

/* "1-3,7": which of the datagrams sent from here on are lost; "30%"; nothing ends it. */
static int command_lose(Server *server, json_t *command, json_t *reply)
{
        const char *which = json_string_value(json_object_get(command, "packets"));

        /* libcoap has no off: a share of nothing, and a packet that never comes. */
        coap_debug_set_packet_loss("0%");
        coap_debug_set_packet_loss("2147483647");
        if (!which)
                return 0;
        return coap_debug_set_packet_loss(which) ? 0 : -EINVAL;
}

/*
 * RFC 7252, 4.8: how long and how often this peer is asked again, without the random factor.
 * libcoap ignores an ACK_TIMEOUT below one second and a MAX_RETRANSMIT of 0: -ERANGE.
 */
static int command_tune(Server *server, json_t *command, json_t *reply)
{
        Session *session = get_session(server, command);
        json_int_t ms = json_integer_value(json_object_get(command, "ack-timeout-ms"));
        json_int_t retries = json_integer_value(json_object_get(command, "max-retransmit"));
        json_int_t nstart = json_integer_value(json_object_get(command, "nstart"));
        coap_fixed_point_t timeout = {(uint16_t) (ms / 1000), (uint16_t) (ms % 1000)};

        if (!session)
                return -ENOTCONN;
        if (ms < 1000 || ms > 60000 || retries < 1 || retries > 10 || nstart < 1 || nstart > 16)
                return -ERANGE;
        coap_session_set_ack_timeout(session->coap, timeout);
        coap_session_set_ack_random_factor(session->coap, (coap_fixed_point_t){1, 0});
        coap_session_set_max_retransmit(session->coap, (uint16_t) retries);
        coap_session_set_nstart(session->coap, (uint16_t) nstart);
        return 0;
}

/* Which suites DTLS accepts from the next handshake on. */
static int command_suites(Server *server, json_t *command, json_t *reply)
{
        const char *names = json_string_value(json_object_get(command, "names"));

        return suites_set(server->tls, names ? names : SUITES_LWM2M);
}

static const struct {
        const char *name;
        CommandFunc run;
} commands[] = {
        {"send", command_send},
        {"raw", command_raw},
        {"reset-token", command_reset_token},
        {"add-psk", command_add_psk},
        {"remove-psk", command_remove_psk},
        {"close", command_close},
        {"lose", command_lose},
        {"tune", command_tune},
        {"suites", command_suites},
};

static CommandFunc find_command(const char *name)
{
        for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
                if (g_strcmp0(name, commands[i].name) == 0)
                        return commands[i].run;
        return NULL;
}

bool command_run(Server *server, json_t *command)
{
        const char *name = json_string_value(json_object_get(command, "do"));
        CommandFunc run = find_command(name);
        json_t *reply = json_object();
        int r;

        if (g_strcmp0(name, "quit") == 0) {
                json_decref(reply);
                return false;
        }

        r = run ? run(server, command, reply) : -ENOSYS;
        json_object_set_new(reply, "event", json_string(r < 0 ? "error" : "done"));
        json_object_set(reply, "id", json_object_get(command, "id"));
        if (r < 0)
                json_object_set_new(reply, "text", json_string(g_strerror(-r)));
        event_write(reply);
        return true;
}
