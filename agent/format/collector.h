/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the decoders of SenML, LwM2M CBOR and the old JSON put their values into: checks each path,
 * gives each value its type, and finds nodes that came twice. */

#include "format/scalar.h"
#include "model/definition.h"
#include "model/record.h"

typedef struct Collector {
        Path base;                      /* every record lies at or below it */
        const ObjectDefinition *object; /* of all records; NULL: ask `lookup` */
        DefinitionLookup lookup;
        void *lookup_user;
        Records *records; /* borrowed, to be filled */
        bool may_delete;  /* null is no value, but wants a resource instance gone (RFC 8790) */
        bool base64_text; /* opaque values come as base64 in text */
} Collector;

/*
 * Adds the value of a resource or a resource instance. -EINVAL: the path lies outside the base or
 * names something else, or it is no value of the resource's type; -ERANGE, -E2BIG.
 */
int collector_add(Collector *collector, Path path, const Scalar *scalar);

/* Adds an instance without resources or a multiple resource without instances. -EINVAL, -E2BIG. */
int collector_add_empty(Collector *collector, Path path);

/* Sorts. -EINVAL: a node came twice, or with a value and with nodes below it. */
int collector_finish(Collector *collector);

/* "/", "/3/0/9" …; a slash at the end of a name is passed over. -EINVAL. */
int collector_parse_path(const char *text, size_t len, Path *ret);
