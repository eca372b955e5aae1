/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* SenML CBOR (RFC 8428, 6; Core 7.4.6), 112. As format_encode_composite(), format_decode() and
 * format_decode_paths(). */

#include "base/bytes.h"
#include "format/collector.h"
#include "format/path-list.h"

int senml_cbor_encode(const Records *records, const int64_t *times, ByteWriter *writer);
int senml_cbor_decode(Collector *collector, const void *data, size_t len);
int senml_cbor_decode_paths(const void *data, size_t len, PathList *paths);
