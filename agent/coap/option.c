/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/option.h"

#include <errno.h>
#include <glib.h>

typedef struct OptionFormat {
        uint16_t number;
        uint16_t min, max; /* length */
        bool repeatable;
        bool in_response; /* of the critical ones: those defined for responses */
} OptionFormat;

/* RFC 7252, 5.10, table 4; RFC 7641, 2; RFC 7959, 2.1 and 4. */
static const OptionFormat option_formats[] = {
        {COAP_OPTION_IF_MATCH, 0, 8, .repeatable = true},
        {COAP_OPTION_URI_HOST, 1, 255},
        {COAP_OPTION_ETAG, 1, 8, .repeatable = true},
        {COAP_OPTION_IF_NONE_MATCH, 0, 0},
        {COAP_OPTION_OBSERVE, 0, 3},
        {COAP_OPTION_URI_PORT, 0, 2},
        {COAP_OPTION_LOCATION_PATH, 0, 255, .repeatable = true},
        {COAP_OPTION_URI_PATH, 0, 255, .repeatable = true},
        {COAP_OPTION_CONTENT_FORMAT, 0, 2},
        {COAP_OPTION_MAX_AGE, 0, 4},
        {COAP_OPTION_URI_QUERY, 0, 255, .repeatable = true},
        {COAP_OPTION_ACCEPT, 0, 2},
        {COAP_OPTION_LOCATION_QUERY, 0, 255, .repeatable = true},
        {COAP_OPTION_BLOCK2, 0, 3, .in_response = true},
        {COAP_OPTION_BLOCK1, 0, 3, .in_response = true},
        {COAP_OPTION_SIZE2, 0, 4},
        {COAP_OPTION_PROXY_URI, 1, 1034},
        {COAP_OPTION_PROXY_SCHEME, 1, 255},
        {COAP_OPTION_SIZE1, 0, 4},
};

static const OptionFormat *format_find(uint16_t number)
{
        for (size_t i = 0; i < G_N_ELEMENTS(option_formats); i++)
                if (option_formats[i].number == number)
                        return &option_formats[i];
        return NULL;
}

static bool length_fits(const OptionFormat *format, const CoapOption *option)
{
        return option->len >= format->min && option->len <= format->max;
}

bool option_is_recognized(const CoapOption *option)
{
        const OptionFormat *format = format_find(option->number);

        return format && length_fits(format, option);
}

static bool critical_is_understood(const OptionFormat *format, bool first, bool response)
{
        if (!format)
                return false;
        if (!first && !format->repeatable)
                return false; /* RFC 7252, 5.4.5 */
        return !response || format->in_response;
}

int options_check(CoapMessage *message)
{
        bool response = coap_code_is_response(message->code);
        int previous = -1;
        size_t kept = 0;

        for (size_t i = 0; i < message->n_options; i++) {
                const CoapOption *option = &message->options[i];
                const OptionFormat *format = format_find(option->number);
                bool first = option->number != previous;
                bool fits = format && length_fits(format, option);

                previous = option->number;
                if (coap_option_is_critical(option->number)) {
                        if (!fits || !critical_is_understood(format, first, response))
                                return -EOPNOTSUPP;
                } else if (format && (!fits || (!first && !format->repeatable))) {
                        continue;
                }
                if (kept != i)
                        message->options[kept] = *option;
                kept++;
        }
        message->n_options = kept;
        return 0;
}
