/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Notification attributes (Core 7.3, table 7.3.2-1): kept per server, attached to paths, inherited
 * downwards.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "model/path.h"

/* Paths with attributes of one server. */
#define ATTRIBUTES_MAX_PATHS 1024

typedef enum AttributeMask {
        ATTRIBUTE_PMIN = 1,
        ATTRIBUTE_PMAX = 2,
        ATTRIBUTE_GT = 4,
        ATTRIBUTE_LT = 8,
        ATTRIBUTE_ST = 16,
        ATTRIBUTE_EPMIN = 32,
        ATTRIBUTE_EPMAX = 64,
} AttributeMask;

/* What only numbers have. */
#define ATTRIBUTES_NUMERIC ((uint32_t) (ATTRIBUTE_GT | ATTRIBUTE_LT | ATTRIBUTE_ST))

/* What is set, and the values of it. */
typedef struct AttributeSet {
        uint32_t set;        /* AttributeMask */
        uint32_t pmin, pmax; /* seconds between notifications */
        double gt, lt, st;
        uint32_t epmin, epmax; /* seconds between evaluations */
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

/* One Uri-Query option ("pmin=10", "pmax") into `change`; without a value it removes. -EINVAL
 * unknown, not a number, negative (but gt and lt), given twice. */
int attribute_change_parse(AttributeChange *change, const char *query, size_t len);

/*
 * All or nothing. -EINVAL: then, at this path or one below, lt + 2 st would not be less than gt,
 * nor lt less than gt, or epmin would be above epmax (Core 7.3.2), what is inherited included. That
 * pmax is not above pmin is no error. -ENOSPC above ATTRIBUTES_MAX_PATHS.
 */
int attributes_change(Attributes *attributes, Path path, const AttributeChange *change);

/* What is attached to exactly this path. */
AttributeSet attributes_attached(const Attributes *attributes, Path path);

/* Its own, else what its ancestors have (Core 7.3.2): as Discover shows it. */
AttributeSet attributes_inherited(const Attributes *attributes, Path path);

/* `own`, else what `defaults` has. A pmax that is not greater than pmin holds nowhere: it is not
 * set in the result (Core 7.3.2). */
AttributeSet attribute_set_resolve(const AttributeSet *own, const AttributeSet *defaults);

/* What holds at the path: both of the above. */
AttributeSet attributes_effective(const Attributes *attributes, Path path,
                                  const AttributeSet *defaults);

/* Whether it breaks none of the rules of attributes_change(). */
bool attribute_set_is_consistent(const AttributeSet *set);

/* Each that is set, as in a link: ";pmin=10;gt=1.5". */
void attribute_set_write(const AttributeSet *set, ByteWriter *writer);

/* Forgets what is attached at or below the path, when the node went. */
void attributes_forget(Attributes *attributes, Path path);

/* Forgets what is attached at or below the path to nodes that are gone; `exists` tells. */
typedef bool (*AttributeFilter)(Path path, void *user);
void attributes_prune(Attributes *attributes, Path path, AttributeFilter exists, void *user);
