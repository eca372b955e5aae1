/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A composite operation comes as SenML-ETCH too, which may delete. */

#include "format-round-trip.h"
#include "format/format.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        format_round_trip(FORMAT_SENML_JSON, data, size);
        if (size > 0 && data[0] == 0xff)
                format_round_trip(FORMAT_SENML_ETCH_JSON, data, size);
        return 0;
}
