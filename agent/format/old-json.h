/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The JSON of LwM2M 1.0 (Core 1.0, 6.4.4), 11543, which SenML replaced. As
 * format_encode_composite() and format_decode(). */

#include "base/bytes.h"
#include "format/collector.h"

int old_json_encode(const Records *records, const int64_t *times, ByteWriter *writer);
int old_json_decode(Collector *collector, const void *data, size_t len);
