/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/hex.h"

#include <errno.h>
#include <glib.h>

ssize_t hex_decode(uint8_t *data, size_t len)
{
        size_t digits = 0;

        for (size_t i = 0; i < len; i++) {
                int digit = g_ascii_xdigit_value((char) data[i]);

                if (g_ascii_isspace((char) data[i]))
                        continue;
                if (digit < 0)
                        return -EINVAL;
                data[digits / 2] = (uint8_t) (digits % 2 ? data[digits / 2] << 4 | digit : digit);
                digits++;
        }
        return digits == 0 || digits % 2 ? -EINVAL : (ssize_t) (digits / 2);
}
