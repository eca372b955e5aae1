/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Plain CBOR (Core 7.4.3 of LwM2M 1.1; RFC 8949), 60: one value. As format_encode() and
 * format_decode(). */

#include "base/bytes.h"
#include "model/definition.h"
#include "model/record.h"

int plain_cbor_encode(Path base, const ObjectDefinition *object, const Records *records,
                      ByteWriter *writer);
int plain_cbor_decode(Path base, const ObjectDefinition *object, const void *data, size_t len,
                      Records *records);
