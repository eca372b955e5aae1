/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What all fuzzers of content formats do. */

#include <stddef.h>
#include <stdint.h>

/*
 * The first octet says where the rest is written to, in the memory object: to the object, an
 * instance, a resource, a resource instance, or as a composite operation, or as a list of paths.
 * What is read lies where it was written, is sorted, is written again, and reads the same again.
 */
void format_round_trip(int format, const uint8_t *data, size_t size);
