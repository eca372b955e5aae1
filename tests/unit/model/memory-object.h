/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An object for tests, with values in memory. Counts what it is asked, and fails or waits on
 * demand. */

#include "model/object.h"

typedef struct MemoryObject {
        Object object;
        GArray *instances; /* of uint16_t, ascending */
        Records *values;   /* as Read gives them, sorted */

        unsigned n_instance_calls;
        unsigned n_resource_calls;
        GString *log; /* "stage commit rollback drop", in the order they came */

        int read_result; /* of each read but the first `good_reads`, where negative */
        unsigned good_reads;
        int stage_result;  /* likewise */
        int commit_result; /* likewise; -EINPROGRESS: memory_object_finish() ends it */
        ObjectDone done;
        void *done_user;
        ObjectStage *committing;
} MemoryObject;

/* `definition` is borrowed. */
MemoryObject *memory_object_new(const ObjectDefinition *definition);
void memory_object_free(MemoryObject *memory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MemoryObject, memory_object_free)

/* An instance without resources. */
void memory_object_add_instance(MemoryObject *memory, uint16_t instance);

/* A resource or resource instance, and its instance where that is missing. Takes over `value`. */
void memory_object_set(MemoryObject *memory, Path path, Value value);

/* NULL where there is none. */
const Value *memory_object_get(MemoryObject *memory, Path path);

/* Ends a commit that answered -EINPROGRESS. */
void memory_object_finish(MemoryObject *memory, int result);

/* Object 4242 of every type of value; see memory-object.c. */
extern const ObjectDefinition memory_definition;
