/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/transaction.h"

#include <errno.h>

#include "model/transaction-check.h"

typedef struct Write {
        Object *object;
        Records *records;
        ObjectStage *stage;
} Write;

typedef enum TransactionState {
        TRANSACTION_OPEN,
        TRANSACTION_COMMITTING,
        TRANSACTION_FINISHED,
} TransactionState;

struct Transaction {
        Tree *tree;
        Origin origin;
        TransactionState state;
        GPtrArray *writes; /* of Write, owned */
        guint committed;   /* writes up to here are done */
        bool abandoned;    /* its owner let it go while it was committing */
        ObjectDone done;
        void *user;
};

static void write_free(void *data)
{
        Write *write = data;

        if (write->object->ops->drop)
                write->object->ops->drop(write->object, write->stage);
        records_free(write->records);
        g_free(write);
}

Transaction *transaction_new(Tree *tree, Origin origin)
{
        Transaction *transaction = g_new0(Transaction, 1);

        transaction->tree = tree;
        transaction->origin = origin;
        transaction->writes = g_ptr_array_new_with_free_func(write_free);
        return transaction;
}

static void transaction_destroy(Transaction *transaction)
{
        g_ptr_array_unref(transaction->writes);
        g_free(transaction);
}

void transaction_free(Transaction *transaction)
{
        if (!transaction)
                return;

        if (transaction->state == TRANSACTION_COMMITTING) {
                transaction->abandoned = true;
                return;
        }
        transaction_destroy(transaction);
}

/* A resource instance alone is changed: its siblings stay, whatever the mode. */
static WriteMode mode_at(WriteMode mode, Path path)
{
        if (path.level == PATH_RESOURCE_INSTANCE)
                return WRITE_UPDATE;
        g_assert(mode != WRITE_REPLACE_INSTANCE || path.level <= PATH_INSTANCE);
        return mode;
}

int transaction_write(Transaction *transaction, WriteMode mode, Path path, Records *records)
{
        g_autoptr(Records) given = records;
        g_autoptr(Records) accepted = NULL;
        Object *object;
        ObjectStage *stage = NULL;
        Write *write;
        int r;

        g_assert(transaction->state == TRANSACTION_OPEN);

        object = path.level == PATH_ROOT ? NULL : tree_find(transaction->tree, path.id[0]);
        if (!object)
                return -ENOENT;
        if (transaction->writes->len >= TRANSACTION_MAX_WRITES)
                return -ENOSPC;

        r = transaction_check_path(object, path);
        if (r < 0)
                return r;

        mode = mode_at(mode, path);
        r = transaction_check_records(object->definition, mode, path, given, &accepted);
        if (r < 0)
                return r;

        r = object->ops->stage(object, transaction->origin, mode, path.id[1], accepted, &stage);
        if (r < 0)
                return r;

        write = g_new0(Write, 1);
        write->object = object;
        write->records = g_steal_pointer(&accepted);
        write->stage = stage;
        g_ptr_array_add(transaction->writes, write);
        return 0;
}

static void roll_back(Transaction *transaction)
{
        for (guint i = transaction->committed; i > 0; i--) {
                Write *write = g_ptr_array_index(transaction->writes, i - 1);

                if (write->object->ops->rollback)
                        write->object->ops->rollback(write->object, write->stage);
        }
}

static int transaction_proceed(Transaction *transaction);

static void transaction_finish(Transaction *transaction, int result)
{
        ObjectDone done = transaction->abandoned ? NULL : transaction->done;
        void *user = transaction->user;

        transaction->state = TRANSACTION_FINISHED;
        if (transaction->abandoned)
                transaction_destroy(transaction);

        /* Last: it may free the transaction. */
        if (done)
                done(result, user);
}

static void transaction_on_committed(int result, void *user)
{
        Transaction *transaction = user;

        if (result < 0) {
                roll_back(transaction);
                transaction_finish(transaction, result);
                return;
        }

        transaction->committed++;
        result = transaction_proceed(transaction);
        if (result != -EINPROGRESS)
                transaction_finish(transaction, result);
}

/* Commits one after the other until one takes time, one fails, or all are done. */
static int transaction_proceed(Transaction *transaction)
{
        while (transaction->committed < transaction->writes->len) {
                Write *write = g_ptr_array_index(transaction->writes, transaction->committed);
                int r = write->object->ops->commit(write->object, write->stage,
                                                   transaction_on_committed, transaction);

                if (r == -EINPROGRESS)
                        return r;
                if (r < 0) {
                        roll_back(transaction);
                        return r;
                }
                transaction->committed++;
        }
        return 0;
}

int transaction_commit(Transaction *transaction, ObjectDone done, void *user)
{
        int r;

        g_assert(transaction->state == TRANSACTION_OPEN);

        transaction->done = done;
        transaction->user = user;
        transaction->state = TRANSACTION_COMMITTING;

        r = transaction_proceed(transaction);
        if (r != -EINPROGRESS)
                transaction->state = TRANSACTION_FINISHED;
        return r;
}
