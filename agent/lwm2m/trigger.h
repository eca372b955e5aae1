/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Requests that come by SMS: which are triggers, and which are none for a client at all. Reads
 * messages; no state. */

#include <stdbool.h>
#include <stdint.h>

#include "coap/message.h"
#include "lwm2m/registration.h"

typedef enum Trigger {
        TRIGGER_NONE,      /* something else */
        TRIGGER_UPDATE,    /* Execute /1/x/8 */
        TRIGGER_BOOTSTRAP, /* Execute /1/x/9 */
} Trigger;

/* "update" or "bootstrap". */
const char *trigger_to_string(Trigger trigger);

/* `instance`: the server's, of object 1. The transport that is asked for, as payload ("0='U'") or
 * as query ("0=U"), must be UDP where there is one (Core E.2, resource 8). */
Trigger trigger_parse(const CoapMessage *request, uint16_t instance);

/*
 * Whether no server sends such a request to a client: to /rd, /bs or /dp, to where we are
 * registered, or to anything else but an object; without a path, unless it is a composite
 * operation. What comes back to us has the same keys as what a server sends, so it is the first
 * thing a reflected message fails.
 */
bool request_is_of_client(const CoapMessage *request, const Registration *registration);
