/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which server asks, and of what: what every operation of a server needs to know. A plain value,
 * kept by its server. */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "model/access.h"
#include "model/attributes.h"
#include "model/record.h"
#include "model/tree.h"

typedef struct Requester {
        Tree *tree;             /* borrowed */
        Attributes *attributes; /* owned: what this server has attached */
        AttributeSet defaults;  /* /1/x/2 and /1/x/3 */
        uint16_t ssid;
        uint16_t server_instance;  /* its instance of object 1 */
        bool single;               /* it is the only server */
        const char *lwm2m_version; /* borrowed: what it speaks; "" before it is known */

        /* Reused from one request to the next. */
        Records *records;
        ByteWriter payload;
} Requester;

/* `max_payload`: the longest representation it is ever given. Clear with requester_clear(). */
void requester_init(Requester *requester, Tree *tree, size_t max_payload);
void requester_clear(Requester *requester);

/* Empties `payload` for another one. */
void requester_restart_payload(Requester *requester);

/* As access_check(): 0 or -EACCES. */
int requester_may(const Requester *requester, Path path, AccessRight right);
