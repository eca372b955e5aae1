/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "event.h"
#include "hex.h"
#include "trace.h"

/* coap_log_handler_t has no user data, so this cannot be an object of its own. */
static struct {
        Sessions *sessions;
        Session *receiving; /* whose datagram libcoap is working on */
        Session *waiting;   /* who sent a confirmable response that nothing was sent for yet */
        unsigned int mid;   /* of that response */
        GBytes *token;      /* of that response */
} trace;

static void forget_waiting(void)
{
        trace.waiting = NULL;
        g_clear_pointer(&trace.token, g_bytes_unref);
}

void trace_finish_input(void)
{
        Session *session = trace.waiting;
        coap_pdu_t *pdu;
        json_t *event;
        bool reset;

        if (!session)
                return;
        reset = g_hash_table_contains(session->resets, trace.token);
        event = event_new("repeat", session);
        json_object_set_new(event, "mid", json_integer((int) trace.mid));
        event_write(event);

        pdu = coap_pdu_init(reset ? COAP_MESSAGE_RST : COAP_MESSAGE_ACK, COAP_EMPTY_CODE,
                            (coap_mid_t) trace.mid, 0);
        forget_waiting();
        if (pdu)
                coap_send(session->coap, pdu);
}

static void trace_on_closed(const char *message)
{
        const char *at = strstr(message, ": session 0x");
        void *coap = NULL;
        Session *session;

        if (!at || sscanf(at, ": session %p: closed", &coap) != 1)
                return;

        session = sessions_find_coap(trace.sessions, coap);
        if (!session)
                return;
        if (session == trace.receiving)
                trace.receiving = NULL;
        if (session == trace.waiting)
                forget_waiting();
        /* The libcoap session is half gone: say its number and no more. */
        event_write(json_pack("{s:s, s:s, s:I}", "event", "session", "state", "closed", "session",
                              (json_int_t) session->id));
        sessions_remove(trace.sessions, session);
}

/* Messages without a code, RFC 7252, 4.1. */
static void trace_on_empty(const char *type, unsigned int mid)
{
        json_t *event;

        if (strcmp(type, "NON") == 0) /* our own unused answer: server_on_request() */
                return;

        event = event_new(strcmp(type, "CON") == 0 ? "ping" : type, trace.receiving);
        json_object_set_new(event, "mid", json_integer((int) mid));
        event_write(event);
}

/* "v:1 t:ACK c:0.00 i:12ab {01ff} [ ]": a message, which came in when we are receiving. */
static void trace_on_message(const char *message)
{
        unsigned int class, detail, mid;
        char type[4], token[17] = "";

        if (!trace.receiving || sscanf(message, "v:1 t:%3s c:%1u.%2u i:%4x {%16[0-9a-f]", type,
                                       &class, &detail, &mid, token) < 4)
                return;

        if (class == 0 && detail == 0) {
                trace_on_empty(type, mid);
        } else if (class >= 2 && strcmp(type, "CON") == 0) {
                forget_waiting();
                if (hex_decode(token, &trace.token) < 0)
                        return;
                trace.waiting = trace.receiving;
                trace.mid = mid;
        }
}

/* "*  127.0.0.1:5683 <-> 127.0.0.1:40000 (if1) UDP : received 20 bytes" */
static void trace_on_received(const char *message)
{
        const char *end = strstr(message, ": received ");
        g_autofree char *text = g_strndup(message + 3, (size_t) (end - message - 3));

        trace_finish_input();
        trace.receiving = sessions_find_text(trace.sessions, text);
}

static void trace_on_sent(void)
{
        trace.receiving = NULL;
        forget_waiting();
}

static void trace_on_log(coap_log_t level, const char *message)
{
        if (!trace.sessions)
                return;

        if (g_str_has_suffix(message, ": closed\n"))
                trace_on_closed(message);
        else if (g_str_has_prefix(message, "*  ") && strstr(message, ": received "))
                trace_on_received(message);
        else if (g_str_has_prefix(message, "*  ") && strstr(message, ": sent "))
                trace_on_sent();
        else if (g_str_has_prefix(message, "v:1 "))
                trace_on_message(message);
        else if (g_str_has_prefix(message, "discard malformed"))
                event_write(event_new("malformed", trace.receiving));
        else if (level <= LOG_INFO)
                event_write(json_pack("{s:s, s:s}", "event", "log", "text", message));
}

void trace_start(Sessions *sessions)
{
        trace.sessions = sessions;
        coap_set_log_handler(trace_on_log);
        coap_set_log_level(LOG_DEBUG);
        coap_set_show_pdu_output(0);
        coap_dtls_set_log_level(LOG_INFO);
}

void trace_stop(void)
{
        trace.sessions = NULL;
        trace.receiving = NULL;
        forget_waiting();
}
