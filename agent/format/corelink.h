/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The CoRE link format (RFC 6690), 40, as LwM2M uses it: the object list of Register, and what
 * Discover shows. */

#include "base/bytes.h"
#include "model/attributes.h"
#include "model/tree.h"

/* Whether servers are told of the object at all: not of 0, 21 and 23, which hold credentials
 * (Core 6.2.1). */
bool corelink_lists(uint16_t object);

/*
 * "</1/0>,</3/0>,…" of all objects but 0, 21 and 23 (Core 6.2.1), an object without instances as
 * "</16>", with "ver" where the version is neither 1.0 nor the one `lwm2m_version` ("1.0", "1.1")
 * implies. `root` (may be NULL) comes first as it is: `</>;rt="oma.lwm2m";ct="…"`. -EMSGSIZE.
 */
int corelink_write_objects(const Tree *tree, const char *lwm2m_version, const char *root,
                           ByteWriter *writer);

/* What Discover asks for. */
typedef struct Discovery {
        Path path;                    /* of an object, an instance or a resource that exists */
        int depth;                    /* levels below `path` to show; negative: the usual ones */
        const Attributes *attributes; /* of the server that asks */
        const char *lwm2m_version;
} Discovery;

/*
 * The node and those below it (Core 6.3.2): of an object its instances and their resources, of an
 * instance its resources, of a resource its instances, which LwM2M 1.0 did not show. Each with the
 * attributes attached to it, a resource that is asked for itself also with those it inherits; with
 * "ver" as in corelink_write_objects() and, where there can be several values, "dim". -EMSGSIZE.
 */
int corelink_write_discovery(Object *object, const Discovery *discovery, ByteWriter *writer);

/* One link of a list read by corelink_next(): views into the text. */
typedef struct CoreLink {
        const char *target; /* between < and > */
        size_t target_len;
        const char *attributes; /* behind the first ';', "" where none */
        size_t attributes_len;
} CoreLink;

/* 1 and a link, 0 at the end, -EBADMSG. Quoted strings may hold ',' and ';'. */
int corelink_next(ByteReader *reader, CoreLink *ret);
