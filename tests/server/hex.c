/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "hex.h"

char *hex_encode(const uint8_t *data, size_t len)
{
        static const char digits[] = "0123456789abcdef";
        char *text = g_malloc(2 * len + 1);

        for (size_t i = 0; i < len; i++) {
                text[2 * i] = digits[data[i] >> 4];
                text[2 * i + 1] = digits[data[i] & 15];
        }
        text[2 * len] = '\0';
        return text;
}

int hex_decode(const char *text, GBytes **ret_bytes)
{
        size_t len = text ? strlen(text) : 0;
        g_autofree uint8_t *data = NULL;

        if (len % 2)
                return -EINVAL;

        data = g_malloc(len / 2 + 1);
        for (size_t i = 0; i < len; i += 2) {
                int high = g_ascii_xdigit_value(text[i]);
                int low = g_ascii_xdigit_value(text[i + 1]);

                if (high < 0 || low < 0)
                        return -EINVAL;
                data[i / 2] = (uint8_t) (high << 4 | low);
        }
        *ret_bytes = g_bytes_new_take(g_steal_pointer(&data), len / 2);
        return 0;
}
