/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* LwM2M TLV (Core 7.4.3), application/vnd.oma.lwm2m+tlv, 11542. As format_encode() and
 * format_decode(). */

#include "base/bytes.h"
#include "model/definition.h"
#include "model/record.h"

int tlv_encode(Path base, const ObjectDefinition *object, const Records *records,
               ByteWriter *writer);
int tlv_decode(Path base, const ObjectDefinition *object, const void *data, size_t len,
               Records *records);
