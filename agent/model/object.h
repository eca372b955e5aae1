/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One LwM2M object as the data model sees it. Whoever provides an object implements ObjectOps and
 * embeds struct Object first in its own structure. The tree calls; objects never call back into the
 * tree, they tell of changes through change.h.
 *
 * Reading is always synchronous, from values at hand. What takes time (a value to be fetched, a
 * write or an execution that another process decides) is asynchronous: such an operation returns
 * -EINPROGRESS and later calls `done` exactly once, from the main loop, never before it returned.
 * Any other result is final and `done` is not called.
 *
 * Errors have one meaning each: -ENOENT no such node (4.04), -EPERM the operation is not allowed on
 * it (4.05), -EINVAL or -ERANGE bad value (4.00), -EACCES not authorized (4.01), -EBUSY (5.03),
 * anything else 5.00.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/definition.h"
#include "model/path.h"
#include "model/record.h"

typedef struct Object Object;
typedef struct ObjectStage ObjectStage; /* the object's own */

/* Who asks. 0: the device itself (D-Bus, configuration); else a server's Short Server ID. */
typedef uint16_t Origin;
#define ORIGIN_LOCAL 0

typedef void (*ObjectDone)(int result, void *user);

typedef enum WriteMode {
        WRITE_REPLACE_INSTANCE, /* PUT /o/i: afterwards the instance has what is given and nothing
                                   more */
        WRITE_UPDATE, /* POST /o/i, POST /o/i/r: resources and resource instances are added or
                         changed */
        WRITE_REPLACE_RESOURCES, /* PUT /o/i/r: each resource named afterwards has what is given */
} WriteMode;

typedef struct ObjectOps {
        /* The next ID after `after` (-1: the first) in ascending order; -ENOENT at the end. O(log
         * n). */
        int (*next_instance)(Object *object, int after, uint16_t *ret);

        /* Likewise of resources that exist in an instance, executable ones included. */
        int (*next_resource)(Object *object, uint16_t instance, int after, uint16_t *ret);

        /* Appends the value: one record for a single resource, one per resource instance for a
         * multiple one; an existing multiple resource without instances appends one record with
         * VALUE_NONE at the resource's path. Secrets are read as -EACCES by everyone. */
        int (*read)(Object *object, uint16_t instance, uint16_t resource, Records *records);

        /* All of an instance that can be read, in order, for an object that has it cheaper than by
         * one read() for each resource. NULL: it has not. */
        int (*read_instance)(Object *object, uint16_t instance, Records *records);

        /* Brings values below `path` up to date before they are read. NULL: they always are. */
        int (*refresh)(Object *object, Path path, ObjectDone done, void *user);

        /*
         * Writing has steps, so that writes over several objects happen wholly or not at all.
         * `records` (checked against the definition, all of one instance, sorted) stay the caller's
         * and outlive the stage. stage     checks everything and prepares; changes nothing that can
         * be seen commit    makes it so, durably where the object is durable rollback  undoes a
         * commit drop      frees the stage, after any of these; never fails NULL stage: the object
         * cannot be written.
         */
        int (*stage)(Object *object, Origin origin, WriteMode mode, uint16_t instance,
                     const Records *records, ObjectStage **ret);
        int (*commit)(Object *object, ObjectStage *stage, ObjectDone done, void *user);
        void (*rollback)(Object *object, ObjectStage *stage);
        void (*drop)(Object *object, ObjectStage *stage);

        /* `arguments` as sent, checked for syntax (Core 6.3.5), "" where none. NULL: nothing to
         * execute. */
        int (*execute)(Object *object, Origin origin, uint16_t instance, uint16_t resource,
                       const char *arguments, ObjectDone done, void *user);
} ObjectOps;

struct Object {
        const ObjectDefinition *definition;
        const ObjectOps *ops;
};

/* Whether the node exists: object, instance, resource, resource instance. 0 or -ENOENT. */
int object_has(Object *object, Path path);

/* Appends all that `path` names and that is readable, in order. Unreadable resources are passed
 * over unless `path` names them (-EPERM). -ENOENT. `allowed` (may be NULL) is asked for each
 * instance when `path` names the object: false leaves it out. */
typedef bool (*ObjectFilter)(Path instance, void *user);
int object_read(Object *object, Path path, ObjectFilter allowed, void *user, Records *records);
