/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/base64.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

static const char plain_digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Up to three octets as two to four digits. */
static void write_group(ByteWriter *writer, const char *digits, const uint8_t *data, size_t len)
{
        uint32_t bits = (uint32_t) data[0] << 16;

        if (len > 1)
                bits |= (uint32_t) data[1] << 8;
        if (len > 2)
                bits |= data[2];
        for (size_t i = 0; i <= len; i++)
                byte_writer_u8(writer, (uint8_t) digits[bits >> (18 - 6 * i) & 63]);
}

static void write_digits(ByteWriter *writer, const char *digits, const uint8_t *data, size_t len)
{
        for (size_t i = 0; i < len; i += 3)
                write_group(writer, digits, data + i, MIN(len - i, 3));
}

void base64_write(ByteWriter *writer, const void *data, size_t len)
{
        write_digits(writer, plain_digits, data, len);
        if (len % 3 > 0)
                byte_writer_text(writer, len % 3 == 1 ? "==" : "=");
}

void base64url_write(ByteWriter *writer, const void *data, size_t len)
{
        write_digits(writer, url_digits, data, len);
}

static int digit_value(char digit)
{
        const char *at;

        if (digit == '+' || digit == '/')
                return digit == '+' ? 62 : 63;
        at = digit ? strchr(url_digits, digit) : NULL;
        return at ? (int) (at - url_digits) : -1;
}

/* The digits without padding. Padding, where there is any, is complete. */
static int strip_padding(const char *text, size_t *len)
{
        size_t padding = 0;

        while (padding < 2 && padding < *len && text[*len - 1 - padding] == '=')
                padding++;
        if (padding > 0 && *len % 4 != 0)
                return -EINVAL;

        *len -= padding;
        return *len % 4 == 1 ? -EINVAL : 0;
}

int base64_parse(const char *text, size_t len, char **ret, size_t *ret_len)
{
        g_autofree char *data = NULL;
        uint32_t bits = 0;
        size_t n = 0;

        if (strip_padding(text, &len) < 0)
                return -EINVAL;
        if (len > 0)
                data = g_malloc(len / 4 * 3 + 3);

        for (size_t i = 0; i < len; i++) {
                int value = digit_value(text[i]);

                if (value < 0)
                        return -EINVAL;
                bits = bits << 6 | (uint32_t) value;
                if (i % 4 > 0)
                        data[n++] = (char) (bits >> (6 - i % 4 * 2));
        }

        *ret = g_steal_pointer(&data);
        *ret_len = n;
        return 0;
}
