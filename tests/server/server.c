/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "event.h"
#include "server.h"
#include "trace.h"

/* Confirmable messages to one peer that may be under way at once, RFC 7252, 4.7 says 1. */
#define NSTART 16
#define HANDSHAKES_MAX 1000
#define IDLE_SECONDS (24 * 3600)

static Server *server_of(coap_session_t *coap)
{
        return coap_get_app_data(coap_session_get_context(coap));
}

/*
 * Python answers, later, by a message of its own. An empty NON as the answer of this handler is
 * what libcoap drops without sending, so that no acknowledgement leaves behind Python's back.
 */
static void server_on_request(coap_resource_t *resource, coap_session_t *coap,
                              const coap_pdu_t *request, const coap_string_t *query,
                              coap_pdu_t *response)
{
        Session *session = sessions_add(server_of(coap)->sessions, coap);

        event_write(event_new_message("request", session, request));
        coap_pdu_set_type(response, COAP_MESSAGE_NON);
        coap_pdu_set_code(response, COAP_EMPTY_CODE);
}

/* libcoap acknowledges a confirmable response after this, or resets it with FAIL. */
static coap_response_t server_on_response(coap_session_t *coap, const coap_pdu_t *sent,
                                          const coap_pdu_t *received, const coap_mid_t mid)
{
        Session *session = sessions_add(server_of(coap)->sessions, coap);
        coap_bin_const_t token = coap_pdu_get_token(received);
        g_autoptr(GBytes) key = g_bytes_new(token.s, token.length);
        bool reset = g_hash_table_contains(session->resets, key);
        json_t *event = event_new_message("response", session, received);

        json_object_set_new(event, "reset", json_boolean(reset));
        event_write(event);
        return reset ? COAP_RESPONSE_FAIL : COAP_RESPONSE_OK;
}

static const char *nack_reason(coap_nack_reason_t reason)
{
        switch (reason) {
        case COAP_NACK_TOO_MANY_RETRIES:
                return "retries";
        case COAP_NACK_NOT_DELIVERABLE:
                return "undeliverable";
        case COAP_NACK_RST:
                return "reset";
        case COAP_NACK_TLS_FAILED:
                return "tls";
        case COAP_NACK_ICMP_ISSUE:
                return "icmp";
        default:
                return "other";
        }
}

static void server_on_nack(coap_session_t *coap, const coap_pdu_t *sent, coap_nack_reason_t reason,
                           const coap_mid_t mid)
{
        Session *session = sessions_add(server_of(coap)->sessions, coap);
        json_t *event = event_new_message("nack", session, sent);

        json_object_set_new(event, "reason", json_string(nack_reason(reason)));
        event_write(event);
}

static void write_state(const Session *session, const char *state)
{
        const char *cipher = session_cipher(session);
        json_t *event = event_new("session", session);

        json_object_set_new(event, "state", json_string(state));
        if (cipher)
                json_object_set_new(event, "cipher", json_string(cipher));
        event_write(event);
}

static int server_on_event(coap_session_t *coap, coap_event_t event)
{
        Session *session = sessions_add(server_of(coap)->sessions, coap);

        if (event == COAP_EVENT_SERVER_SESSION_NEW) {
                coap_session_set_nstart(coap, NSTART);
                write_state(session, "new");
        } else if (event == COAP_EVENT_DTLS_CONNECTED) {
                write_state(session, "connected");
        } else if (event == COAP_EVENT_DTLS_ERROR) {
                write_state(session, "error");
        }
        return 0;
}

static void register_methods(coap_resource_t *resource)
{
        static const coap_request_t methods[] = {
                COAP_REQUEST_GET,   COAP_REQUEST_POST,  COAP_REQUEST_PUT,    COAP_REQUEST_DELETE,
                COAP_REQUEST_FETCH, COAP_REQUEST_PATCH, COAP_REQUEST_IPATCH,
        };

        for (size_t i = 0; i < G_N_ELEMENTS(methods); i++)
                coap_register_request_handler(resource, methods[i], server_on_request);
}

/* Everything goes to one handler: any path, and the one that libcoap would answer by itself. */
static void register_handlers(coap_context_t *coap)
{
        coap_resource_t *any = coap_resource_unknown_init2(server_on_request, 0);
        coap_resource_t *core = coap_resource_init(coap_make_str_const(".well-known/core"), 0);

        register_methods(any);
        register_methods(core);
        coap_add_resource(coap, any);
        coap_add_resource(coap, core);
        coap_register_response_handler(coap, server_on_response);
        coap_register_nack_handler(coap, server_on_nack);
}

int server_new(uint16_t nosec_port, uint16_t psk_port, Server **ret_server)
{
        g_autoptr(Server) server = g_new0(Server, 1);
        int r;

        server->keys = keys_new();
        server->sessions = sessions_new();
        server->coap = coap_new_context(NULL);
        if (!server->coap)
                return -ENOMEM;

        coap_set_app_data(server->coap, server);
        coap_context_set_block_mode(server->coap, 0); /* Python cuts and joins blocks */
        coap_context_set_max_idle_sessions(server->coap, SESSION_MAX);
        coap_context_set_max_handshake_sessions(server->coap, HANDSHAKES_MAX);
        coap_context_set_session_timeout(server->coap, IDLE_SECONDS);
        register_handlers(server->coap);

        r = keys_attach(server->keys, server->coap);
        if (r < 0)
                return r;
        server->tls = suites_find_context(server->coap);
        if (!server->tls)
                return -ENOTSUP;
        r = suites_set(server->tls, SUITES_LWM2M);
        if (r < 0)
                return r;

        coap_register_event_handler(server->coap, server_on_event);
        r = endpoint_listen(server->coap, COAP_PROTO_UDP, nosec_port, &server->nosec);
        if (r < 0)
                return r;
        r = endpoint_listen(server->coap, COAP_PROTO_DTLS, psk_port, &server->psk);
        if (r < 0)
                return r;
        trace_start(server->sessions);
        *ret_server = g_steal_pointer(&server);
        return 0;
}

void server_free(Server *server)
{
        if (!server)
                return;
        trace_stop();
        if (server->coap)
                coap_free_context(server->coap);
        sessions_free(server->sessions);
        keys_free(server->keys);
        g_free(server);
}
