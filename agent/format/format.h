/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Content formats: records to bytes and back. Pure functions.
 *
 * The numbers are CoAP Content-Format IDs. Every format implements struct FormatCodec; the table is
 * in format.c.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "format/path-list.h"
#include "model/definition.h"
#include "model/record.h"

#define FORMAT_NONE -1 /* no Content-Format or Accept option */
#define FORMAT_TEXT 0
#define FORMAT_LINK 40
#define FORMAT_OPAQUE 42
#define FORMAT_CBOR 60
#define FORMAT_SENML_JSON 110
#define FORMAT_SENML_CBOR 112
#define FORMAT_SENML_ETCH_JSON 320
#define FORMAT_SENML_ETCH_CBOR 322
#define FORMAT_TLV 11542
#define FORMAT_OLD_JSON 11543 /* of LwM2M 1.0 */
#define FORMAT_LWM2M_CBOR 11544

/* Those a client lists when it registers ("ct", Core 6.2.1). Text and opaque go without saying, and
 * the old JSON is for servers that know no list: so the Register of a gateway stays below 64
 * octets, a block in a short message. */
#define FORMAT_LIST "60 110 112 11542 11544"

/* Whether this format can be decoded from a write, encoded for a read. */
bool format_can_decode(int format);
bool format_can_encode(int format);

/*
 * Writes the records, which all lie at or below `base`, sorted. `object` defines them (which
 * resources are multiple). What SenML and the old JSON cannot say is left out: NaN, infinity, and
 * that a node is empty. -ENOTSUP: this format cannot carry what is there (text of several
 * resources); -EMSGSIZE.
 */
int format_encode(int format, Path base, const ObjectDefinition *object, const Records *records,
                  ByteWriter *writer);

/*
 * Reads records at or below `base`, of an object. Types come from `object`; values of unknown
 * resources are kept as opaque, or as what the format says they are. -ENOTSUP: the format is
 * unknown or cannot address this path (4.15); -EBADMSG: malformed (4.00); -EINVAL, -ERANGE: not a
 * value of the resource's type, a path outside `base`, two values for one node; -E2BIG. On failure
 * *ret is untouched.
 */
int format_decode(int format, Path base, const ObjectDefinition *object, const void *data,
                  size_t len, Records **ret);

/*
 * The format of an answer without Accept to a server that speaks `lwm2m_version`. For a single
 * resource text or opaque, by its type; else TLV for "1.0" (Core 1.0, 6.4) and SenML CBOR for later
 * ones (Core 7.4).
 */
int format_default(Path base, const ObjectDefinition *object, const char *lwm2m_version);

/* ---- Several objects at once: composite operations and Send ----------------- */

/* Whether format_encode_composite() and format_decode_composite() take it. */
bool format_can_composite(int format);

/*
 * Writes records of any objects, sorted. `times` (may be NULL: none is told) says when each record
 * was so, in microseconds since 1970; then a path may be there several times, and the order is
 * free. -ENOTSUP: the format has no times, or one object only; -EMSGSIZE.
 */
int format_encode_composite(int format, const Records *records, const int64_t *times,
                            ByteWriter *writer);

/*
 * Reads records of any objects; of those `lookup` does not know, values have the types that the
 * format gives them. In SenML-ETCH (320, 322) a resource instance without value is to be deleted
 * (Core 6.3.9, RFC 8790). Errors as format_decode().
 */
int format_decode_composite(int format, DefinitionLookup lookup, void *user, const void *data,
                            size_t len, Records **ret);

/* Reads the paths that a composite operation names (Core 6.3.8): records without values. Errors as
 * format_decode(). */
int format_decode_paths(int format, const void *data, size_t len, PathList **ret);
