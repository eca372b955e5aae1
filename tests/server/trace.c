/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "event.h"
#include "trace.h"

/* coap_log_handler_t has no user data, so these two cannot live in an object. */
static Sessions *trace_sessions;
static Session *trace_receiving; /* whose datagram libcoap is working on */

static void trace_on_closed(const char *message)
{
        const char *at = strstr(message, ": session 0x");
        void *coap = NULL;
        Session *session;

        if (!at || sscanf(at, ": session %p: closed", &coap) != 1)
                return;

        session = sessions_find_coap(trace_sessions, coap);
        if (!session)
                return;
        if (session == trace_receiving)
                trace_receiving = NULL;
        /* The libcoap session is half gone: say its number and no more. */
        event_write(json_pack("{s:s, s:s, s:I}", "event", "session", "state", "closed", "session",
                              (json_int_t) session->id));
        sessions_remove(trace_sessions, session);
}

/* "v:1 t:ACK c:0.00 i:12ab {} [ ]": only what came in, and only empty messages, RFC 7252, 4.1. */
static void trace_on_message(const char *message)
{
        unsigned int mid;
        char type[4];
        json_t *event;

        if (!trace_receiving || sscanf(message, "v:1 t:%3s c:0.00 i:%4x ", type, &mid) != 2)
                return;
        if (strcmp(type, "NON") == 0) /* our own unused answer: server_on_request() */
                return;

        event = event_new(strcmp(type, "CON") == 0 ? "ping" : type, trace_receiving);
        json_object_set_new(event, "mid", json_integer(mid));
        event_write(event);
}

/* "*  127.0.0.1:5683 <-> 127.0.0.1:40000 (if1) UDP : received 20 bytes" */
static void trace_on_received(const char *message)
{
        const char *end = strstr(message, ": received ");
        g_autofree char *text = g_strndup(message + 3, (size_t) (end - message - 3));

        trace_receiving = sessions_find_text(trace_sessions, text);
}

static void trace_on_log(coap_log_t level, const char *message)
{
        if (!trace_sessions)
                return;

        if (g_str_has_suffix(message, ": closed\n"))
                trace_on_closed(message);
        else if (g_str_has_prefix(message, "*  ") && strstr(message, ": received "))
                trace_on_received(message);
        else if (g_str_has_prefix(message, "*  ") && strstr(message, ": sent "))
                trace_receiving = NULL;
        else if (g_str_has_prefix(message, "v:1 "))
                trace_on_message(message);
        else if (g_str_has_prefix(message, "discard malformed"))
                event_write(event_new("malformed", trace_receiving));
        else if (level <= LOG_INFO)
                event_write(json_pack("{s:s, s:s}", "event", "log", "text", message));
}

void trace_start(Sessions *sessions)
{
        trace_sessions = sessions;
        coap_set_log_handler(trace_on_log);
        coap_set_log_level(LOG_DEBUG);
        coap_set_show_pdu_output(0);
        coap_dtls_set_log_level(LOG_INFO);
}

void trace_stop(void)
{
        trace_sessions = NULL;
        trace_receiving = NULL;
}
