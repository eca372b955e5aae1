/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How an object is read whose resources are a table of getters. */

#include "model/object.h"

typedef struct FixedResource {
        uint16_t id;
        bool multiple; /* has one resource instance, 0 */

        /* The value, which the caller clears; what it borrows stays until the next get() of this
         * resource. -ENOENT: it is not there; -EACCES: a secret. NULL: it is executable, and always
         * there. */
        int (*get)(Object *object, uint16_t instance, Value *ret);
} FixedResource;

typedef struct FixedTable {
        const FixedResource *resources; /* IDs ascending */
        size_t n_resources;
} FixedTable;

/* As ObjectOps.next_resource, .read and .read_instance. */
int fixed_next_resource(const FixedTable *table, Object *object, uint16_t instance, int after,
                        uint16_t *ret);
int fixed_read(const FixedTable *table, Object *object, uint16_t instance, uint16_t resource,
               Records *records);
int fixed_read_instance(const FixedTable *table, Object *object, uint16_t instance,
                        Records *records);
