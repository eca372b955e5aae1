/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* LwM2M CBOR (Core 1.2, 7.4.7), 11544: maps in maps, whose keys are an ID or an array of IDs. As
 * format_encode_composite(), format_decode() and format_decode_paths(). */

#include "base/bytes.h"
#include "format/collector.h"
#include "format/path-list.h"

/* -ENOTSUP with times: the format has none. */
int lwm2m_cbor_encode(const Records *records, const int64_t *times, ByteWriter *writer);
int lwm2m_cbor_decode(Collector *collector, const void *data, size_t len);

/* Maps with null for values, or an array of paths, each an ID or an array of IDs. */
int lwm2m_cbor_decode_paths(const void *data, size_t len, PathList *paths);
