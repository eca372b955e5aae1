/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Base64 in JSON (RFC 4648): SenML's is that of URLs without padding (RFC 8428, 5), the old JSON's
 * the plain one. */

#include "base/bytes.h"

/* Without an allocation. */
void base64_write(ByteWriter *writer, const void *data, size_t len);
void base64url_write(ByteWriter *writer, const void *data, size_t len);

/* Reads both, with or without padding. *ret is NULL where nothing was coded, else free it with
 * g_free(). -EINVAL. */
int base64_parse(const char *text, size_t len, char **ret, size_t *ret_len);
