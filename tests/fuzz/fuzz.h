/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a fuzzer implements: libFuzzer calls it, and run-corpus.c. Returns 0; aborts on a find. */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
