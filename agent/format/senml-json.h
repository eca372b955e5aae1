/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* SenML JSON (RFC 8428, 5; Core 7.4.5), 110. As format_encode_composite(), format_decode() and
 * format_decode_paths(). */

#include "base/bytes.h"
#include "format/collector.h"
#include "format/path-list.h"

int senml_json_encode(const Records *records, const int64_t *times, ByteWriter *writer);
int senml_json_decode(Collector *collector, const void *data, size_t len);
int senml_json_decode_paths(const void *data, size_t len, PathList *paths);
