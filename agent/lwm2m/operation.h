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
        uint32_t observe;   /* RFC 7641, 2 */
        ObserveQuery query; /* of an Observe or its end */
        int accept;         /* FORMAT_NONE without */
        int format;         /* of the payload, FORMAT_NONE where not given */
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

/* As ObjectDone; `user` is the Pending, which it frees. */
void pending_done(int result, void *user);

/* The request is gone, nobody is to be answered any more. */
void pending_on_incoming_gone(CoapIncoming *incoming);

/* ---- The operations, one file each. Each answers, at once or later. ---- */

void op_read(const Operation *operation);
void op_discover(const Operation *operation);
void op_write(const Operation *operation, WriteMode mode);
void op_execute(const Operation *operation);
void op_write_attributes(const Operation *operation);

/* Table 7.3.2-1: gt, lt and st are of resources that are numbers, and of their instances. 0 or
 * -EINVAL; -ENOENT: no such object. */
int operation_check_attributes(const Operation *operation, uint32_t mask);

/* Whether the arguments of an Execute obey the grammar of Core 6.3.5. */
bool execute_arguments_valid(const char *text, size_t len);
