/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/observe-query.h"

#include <errno.h>
#include <string.h>

/* Appends one option, behind a '&' where it is not the first. */
static int append(ObserveQuery *query, const CoapOption *option)
{
        size_t len = strlen(query->text), between = len > 0;

        if (len + between + option->len >= sizeof(query->text))
                return -E2BIG;
        if (between)
                query->text[len++] = '&';
        memcpy(query->text + len, option->value, option->len);
        query->text[len + option->len] = '\0';
        return 0;
}

int observe_query_parse(const CoapMessage *request, ObserveQuery *ret)
{
        AttributeChange change = {0};
        ObserveQuery query = {0};
        const CoapOption *option;
        size_t position = 0;
        int r;

        while ((option = coap_message_next(request, COAP_OPTION_URI_QUERY, &position))) {
                r = attribute_change_parse(&change, (const char *) option->value, option->len);
                if (r < 0)
                        return r;
                r = append(&query, option);
                if (r < 0)
                        return r;
        }
        if (change.remove != 0 || !attribute_set_is_consistent(&change.add))
                return -EINVAL;
        query.set = change.add;
        *ret = query;
        return 0;
}

AttributeSet observe_query_resolve(const ObserveQuery *query, const Requester *requester, Path path)
{
        if (query)
                return attribute_set_resolve(&query->set, &requester->defaults);
        return attributes_effective(requester->attributes, path, &requester->defaults);
}

void observe_query_add(const ObserveQuery *query, char copy[static OBSERVE_QUERY_SIZE],
                       CoapMessage *message)
{
        char *option, *rest = copy;

        memcpy(copy, query->text, OBSERVE_QUERY_SIZE);
        while ((option = strsep(&rest, "&")))
                coap_message_add_text(message, COAP_OPTION_URI_QUERY, option);
}
