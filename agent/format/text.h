/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Plain text (Core 7.4.1): one value. As format_encode() and format_decode(). */

#include "base/bytes.h"
#include "model/definition.h"
#include "model/record.h"

int text_encode(Path base, const ObjectDefinition *object, const Records *records,
                ByteWriter *writer);
int text_decode(Path base, const ObjectDefinition *object, const void *data, size_t len,
                Records *records);
