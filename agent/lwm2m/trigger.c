/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/trigger.h"

#include <stdio.h>
#include <string.h>

#define OBJECT "1"
#define UPDATE "8"
#define BOOTSTRAP "9"

static bool option_is(const CoapOption *option, const char *text)
{
        size_t len = strlen(text);

        return option && option->len == len && memcmp(option->value, text, len) == 0;
}

static bool is_udp(const char *text, size_t len)
{
        return (len == 3 && memcmp(text, "0=U", 3) == 0) ||
               (len == 5 && memcmp(text, "0='U'", 5) == 0);
}

static bool names_udp(const CoapMessage *request)
{
        const CoapOption *option;
        size_t position = 0;

        while ((option = coap_message_next(request, COAP_OPTION_URI_QUERY, &position))) {
                if (!is_udp((const char *) option->value, option->len))
                        return false;
        }
        return request->payload_len == 0 ||
               is_udp((const char *) request->payload, request->payload_len);
}

const char *trigger_to_string(Trigger trigger)
{
        return trigger == TRIGGER_BOOTSTRAP ? "bootstrap" : "update";
}

Trigger trigger_parse(const CoapMessage *request, uint16_t instance)
{
        const CoapOption *segments[4] = {NULL};
        size_t position = 0;
        char text[8];

        if (request->code != COAP_POST)
                return TRIGGER_NONE;
        for (size_t i = 0; i < G_N_ELEMENTS(segments); i++)
                segments[i] = coap_message_next(request, COAP_OPTION_URI_PATH, &position);
        snprintf(text, sizeof(text), "%u", instance);
        if (!option_is(segments[0], OBJECT) || !option_is(segments[1], text) || segments[3] ||
            !names_udp(request))
                return TRIGGER_NONE;
        if (option_is(segments[2], UPDATE))
                return TRIGGER_UPDATE;
        return option_is(segments[2], BOOTSTRAP) ? TRIGGER_BOOTSTRAP : TRIGGER_NONE;
}

static bool is_location(const CoapMessage *request, const Registration *registration)
{
        size_t position = 0;

        if (!registration->valid || registration->location->len == 0)
                return false;
        for (guint i = 0; i < registration->location->len; i++) {
                const CoapOption *option =
                        coap_message_next(request, COAP_OPTION_URI_PATH, &position);

                if (!option_is(option, g_ptr_array_index(registration->location, i)))
                        return false;
        }
        return !coap_message_next(request, COAP_OPTION_URI_PATH, &position);
}

/* An Object ID, 0 to 65535, as it is written in a path. */
static bool is_object(const CoapOption *option)
{
        unsigned id = 0;

        if (option->len == 0 || option->len > 5 || (option->len > 1 && option->value[0] == '0'))
                return false;
        for (size_t i = 0; i < option->len; i++) {
                if (!g_ascii_isdigit(option->value[i]))
                        return false;
                id = 10 * id + (option->value[i] - '0');
        }
        return id <= G_MAXUINT16;
}

bool request_is_of_client(const CoapMessage *request, const Registration *registration)
{
        size_t position = 0;
        const CoapOption *first = coap_message_next(request, COAP_OPTION_URI_PATH, &position);

        /* Composite operations have their paths in the payload (Core 6.3.8, 6.3.9). */
        if (!first)
                return request->code != COAP_FETCH && request->code != COAP_IPATCH;
        return !is_object(first) || is_location(request, registration);
}
