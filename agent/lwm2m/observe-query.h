/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Attributes in the query of an Observe request (Core 1.2, 6.4.1): those of that observation alone,
 * in place of what is attached. A plain value. */

#include "coap/message.h"
#include "lwm2m/requester.h"

/* The longest query taken, of all its options joined, with its NUL. */
#define OBSERVE_QUERY_SIZE 160

typedef struct ObserveQuery {
        AttributeSet set;
        char text[OBSERVE_QUERY_SIZE]; /* as it came, "pmin=5&pmax=15"; "": there is none */
} ObserveQuery;

/* -EINVAL: no attributes, none without value, or together they break a rule, as
 * attributes_change(); -E2BIG. */
int observe_query_parse(const CoapMessage *request, ObserveQuery *ret);

/* What is in force for an observation of `path`; `query` NULL: the request had none. */
AttributeSet observe_query_resolve(const ObserveQuery *query, const Requester *requester,
                                   Path path);

/* Adds the options that the request had. They point into `copy`. */
void observe_query_add(const ObserveQuery *query, char copy[static OBSERVE_QUERY_SIZE],
                       CoapMessage *message);
