/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Notification attributes (Core 7.3, table 7.3.2-1): kept per server, attached to paths, inherited
 * downwards.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/path.h"

/* Paths with attributes of one server. */
#define ATTRIBUTES_MAX_PATHS 1024

typedef enum AttributeMask {
        ATTRIBUTE_PMIN = 1,
        ATTRIBUTE_PMAX = 2,
} AttributeMask;

/* What is set, and the values of it. Seconds. */
typedef struct AttributeSet {
        uint32_t set; /* AttributeMask */
        uint32_t pmin;
        uint32_t pmax;
} AttributeSet;

/* A Write-Attributes request: what to set, and what to remove. */
typedef struct AttributeChange {
        AttributeSet add;
        uint32_t remove; /* AttributeMask */
} AttributeChange;

typedef struct Attributes Attributes; /* of one server */

Attributes *attributes_new(void);
void attributes_free(Attributes *attributes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Attributes, attributes_free)

/* One Uri-Query option ("pmin=10", "pmax") into `change`. -EINVAL unknown, negative, not a number,
 * given twice. */
int attribute_change_parse(AttributeChange *change, const char *query, size_t len);

/* -ENOSPC above ATTRIBUTES_MAX_PATHS. All or nothing. */
int attributes_change(Attributes *attributes, Path path, const AttributeChange *change);

/* What is attached to exactly this path. */
AttributeSet attributes_attached(const Attributes *attributes, Path path);

/* What holds at the path: its own, else what its ancestors have (Core 7.3.2), else what `defaults`
 * has. A pmax that is not greater than pmin holds nowhere: it is not set in the result
 * (Core 7.3.2). */
AttributeSet attributes_effective(const Attributes *attributes, Path path,
                                  const AttributeSet *defaults);

/* Forgets what is attached at or below the path, when the node went. */
void attributes_forget(Attributes *attributes, Path path);
