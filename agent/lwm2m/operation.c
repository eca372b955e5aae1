/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/operation.h"

#include <errno.h>
#include <string.h>

#include "lwm2m/status.h"

struct Pendings {
        GHashTable *set; /* of Pending */
};

/* Belongs to the object's promise to call pending_done(), so it outlives the server if need be. */
struct Pending {
        Pendings *pendings;  /* NULL: the server is gone */
        Operation operation; /* incoming NULL: the request is gone */
        Transaction *transaction;
        Composite *composite; /* of the operation */
        PendingFunc finish;
};

Pendings *pendings_new(void)
{
        Pendings *pendings = g_new0(Pendings, 1);

        pendings->set = g_hash_table_new(NULL, NULL);
        return pendings;
}

static void pending_clear(Pending *pending)
{
        transaction_free(pending->transaction);
        composite_unref(pending->composite);
        g_free(pending);
}

void pendings_free(Pendings *pendings)
{
        GHashTableIter iter;
        gpointer key;

        if (!pendings)
                return;
        g_hash_table_iter_init(&iter, pendings->set);
        while (g_hash_table_iter_next(&iter, &key, NULL)) {
                Pending *pending = key;

                pending->pendings = NULL;
                if (pending->operation.incoming)
                        coap_incoming_set_data(pending->operation.incoming, NULL);
                pending->operation.incoming = NULL;
                /* A transaction is the one thing that can be cut off. */
                if (!pending->transaction)
                        continue;
                pending_clear(pending);
        }
        g_hash_table_unref(pendings->set);
        g_free(pendings);
}

void operation_answer(CoapIncoming *incoming, uint8_t code, const char *text)
{
        CoapMessage message = {.code = code};

        if (text) {
                message.payload = (const uint8_t *) text;
                message.payload_len = strlen(text);
        }
        endpoint_reply(incoming, &message);
}

void operation_answer_result(CoapIncoming *incoming, int result)
{
        if (result == 0)
                operation_answer(incoming, COAP_CHANGED, NULL);
        else
                operation_answer(incoming, status_to_coap(result), status_to_text(result));
}

Pending *pending_new(const Operation *operation, PendingFunc finish)
{
        Pending *pending;

        if (g_hash_table_size(operation->pendings->set) >= OPERATIONS_MAX_PENDING)
                return NULL;
        pending = g_new0(Pending, 1);
        pending->pendings = operation->pendings;
        pending->operation = *operation;
        pending->operation.request = NULL;
        pending->finish = finish;
        g_hash_table_add(operation->pendings->set, pending);
        coap_incoming_set_data(operation->incoming, pending);
        return pending;
}

void pending_free(Pending *pending)
{
        if (!pending)
                return;
        if (pending->pendings)
                g_hash_table_remove(pending->pendings->set, pending);
        if (pending->operation.incoming)
                coap_incoming_set_data(pending->operation.incoming, NULL);
        pending_clear(pending);
}

void pending_set_transaction(Pending *pending, Transaction *transaction)
{
        pending->transaction = transaction;
}

void pending_set_composite(Pending *pending, Composite *composite)
{
        pending->operation.composite = pending->composite = composite;
}

void pending_done(int result, void *user)
{
        Pending *pending = user;
        Operation operation = pending->operation;
        PendingFunc finish = pending->finish;
        g_autoptr(Composite) composite = composite_ref(pending->composite);

        pending_free(pending);
        if (operation.incoming)
                finish(&operation, result);
}

static void operation_on_committed(const Operation *operation, int result)
{
        operation_answer_result(operation->incoming, result);
}

void operation_commit(const Operation *operation, Transaction *transaction)
{
        Pending *pending = pending_new(operation, operation_on_committed);
        int r;

        if (!pending) {
                transaction_free(transaction);
                operation_answer_result(operation->incoming, -EBUSY);
                return;
        }
        pending_set_transaction(pending, transaction);
        r = transaction_commit(transaction, pending_done, pending);
        if (r == -EINPROGRESS)
                return;
        pending_free(pending);
        operation_answer_result(operation->incoming, r);
}

void pending_on_incoming_gone(CoapIncoming *incoming)
{
        Pending *pending = coap_incoming_get_data(incoming);

        if (pending)
                pending->operation.incoming = NULL;
}
