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
#include "model/definition.h"
#include "model/record.h"

#define FORMAT_NONE -1 /* no Content-Format or Accept option */
#define FORMAT_TEXT 0
#define FORMAT_LINK 40
#define FORMAT_OPAQUE 42
#define FORMAT_TLV 11542

/* Whether this format can be decoded from a write, encoded for a read. */
bool format_can_decode(int format);
bool format_can_encode(int format);

/*
 * Writes the records, which all lie at or below `base`, sorted. `object` defines them (which
 * resources are multiple). -ENOTSUP: this format cannot carry what is there (text of several
 * resources); -EMSGSIZE.
 */
int format_encode(int format, Path base, const ObjectDefinition *object, const Records *records,
                  ByteWriter *writer);

/*
 * Reads records at or below `base`. Types come from `object`; values of unknown resources are kept
 * as opaque. -ENOTSUP: the format is unknown or cannot address this path (4.15); -EBADMSG:
 * malformed (4.00); -EINVAL, -ERANGE: not a value of the resource's type; -E2BIG. On failure *ret
 * is untouched.
 */
int format_decode(int format, Path base, const ObjectDefinition *object, const void *data,
                  size_t len, Records **ret);

/*
 * The format of an answer without Accept (Core 7.4, 1.0 Core 6.4): TLV, or for a single resource
 * text or opaque by its type.
 */
int format_default(Path base, const ObjectDefinition *object);
