/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The CoRE link format (RFC 6690) as LwM2M uses it: the object list of Register, 40. */

#include "base/bytes.h"
#include "model/tree.h"

/*
 * "</1/0>,</3/0>,…" of all objects but 0, 21 and 23 (Core 6.2.1), an object without instances as
 * "</16>", with "ver" where the version is neither 1.0 nor the one `lwm2m_version` ("1.0", "1.1")
 * implies. `root` (may be NULL) comes first as it is: `</>;rt="oma.lwm2m";ct="…"`. -EMSGSIZE.
 */
int corelink_write_objects(const Tree *tree, const char *lwm2m_version, const char *root,
                           ByteWriter *writer);

/* One link of a list read by corelink_next(): views into the text. */
typedef struct CoreLink {
        const char *target; /* between < and > */
        size_t target_len;
        const char *attributes; /* behind the first ';', "" where none */
        size_t attributes_len;
} CoreLink;

/* 1 and a link, 0 at the end, -EBADMSG. Quoted strings may hold ',' and ';'. */
int corelink_next(ByteReader *reader, CoreLink *ret);
