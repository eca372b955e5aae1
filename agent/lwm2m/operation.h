/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A request of a server, taken apart, and what the operations have in common: answering, and
 * waiting for slow objects. */

#include "coap/endpoint.h"
#include "lwm2m/notify.h"
#include "lwm2m/requester.h"
#include "model/transaction.h"

/* Operations of one server that wait for an object, those included whose request is gone meanwhile.
 * Above: 5.03. */
#define OPERATIONS_MAX_PENDING 64

/* Where operations of one server wait. */
typedef struct Pendings Pendings;
typedef struct Pending Pending;

#define OBSERVE_BEGIN 0
#define OBSERVE_END 1
#define OBSERVE_NOT UINT32_MAX /* no such option, or another value, which is ignored */

typedef struct Operation {
        Requester *requester;
        Reporter *reporter;
        Pendings *pendings;
        CoapIncoming *incoming;
        const CoapMessage *request; /* valid during the call from the endpoint only */
        CoapToken token;
        Path path;
        Composite *composite; /* NULL: of `path` alone; borrowed, by a Pending kept */
        uint32_t observe;     /* RFC 7641, 2 */
        int accept;           /* FORMAT_NONE without */
        int format;           /* of the payload, FORMAT_NONE where not given */
} Operation;

Pendings *pendings_new(void);

/* What its objects still answer is thrown away. */
void pendings_free(Pendings *pendings);

/* Answers, with a word for people as diagnostic payload (RFC 7252, 5.5.2) if `text` is not NULL. */
void operation_answer(CoapIncoming *incoming, uint8_t code, const char *text);

/* The answer to a failed or, with 0, to a changing operation: 2.04 or status_to_coap(). */
void operation_answer_result(CoapIncoming *incoming, int result);

/*
 * An operation that an object answers later. `finish` is called with the result by pending_done(),
 * unless the request or the server is gone by then; `operation` is a copy without `request`.
 * Returns NULL when too many wait.
 */
typedef void (*PendingFunc)(const Operation *operation, int result);
Pending *pending_new(const Operation *operation, PendingFunc finish);

/* For an operation that was answered at once after all. */
void pending_free(Pending *pending);

/* Keeps the transaction until the end. */
void pending_set_transaction(Pending *pending, Transaction *transaction);

/* Takes over a reference until the end. NULL: none. */
void pending_set_composite(Pending *pending, Composite *composite);

/* As ObjectDone; `user` is the Pending, which it frees. */
void pending_done(int result, void *user);

/* Commits and answers 2.04 or the error, at once or later. Takes over the transaction. */
void operation_commit(const Operation *operation, Transaction *transaction);

/* The request is gone, nobody is to be answered any more. */
void pending_on_incoming_gone(CoapIncoming *incoming);

/* ---- The operations, one file each. Each answers, at once or later. ---- */

void op_read(const Operation *operation);
void op_write(const Operation *operation, WriteMode mode);
void op_execute(const Operation *operation);
void op_write_attributes(const Operation *operation);

/* FETCH and iPATCH of the root (Core 6.3.8, 6.3.9, 6.4.4, 6.4.5; LwM2M Transport, 6.4.3). */
void op_read_composite(const Operation *operation);
void op_write_composite(const Operation *operation);

/* Whether the arguments of an Execute obey the grammar of Core 6.3.5. */
bool execute_arguments_valid(const char *text, size_t len);
