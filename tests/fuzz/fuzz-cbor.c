/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format-round-trip.h"
#include "format/format.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        format_round_trip(FORMAT_CBOR, data, size);
        return 0;
}
