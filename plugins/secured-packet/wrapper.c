/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wrapper.h"

#define SHORT_MAX 0x7F
#define ONE_OCTET 0x81
#define TWO_OCTETS 0x82

size_t wrapper_write(size_t len, uint8_t ret[WRAPPER_MAX])
{
        size_t n = 0;

        ret[n++] = WRAPPER_TAG;
        if (len > UINT8_MAX) {
                ret[n++] = TWO_OCTETS;
                ret[n++] = (uint8_t) (len >> 8);
        } else if (len > SHORT_MAX) {
                ret[n++] = ONE_OCTET;
        }
        ret[n++] = (uint8_t) len;
        return n;
}

size_t wrapper_capacity(size_t room)
{
        uint8_t header[WRAPPER_MAX];
        size_t len = room > WRAPPER_MAX ? room - WRAPPER_MAX : 0;

        while (len + 1 + wrapper_write(len + 1, header) <= room)
                len++;
        return len;
}

bool wrapper_find(Bytes data, Bytes *ret)
{
        size_t header = 2;
        size_t len;

        if (data.len < header || data.data[0] != WRAPPER_TAG)
                return false;

        len = data.data[1];
        if (len == ONE_OCTET && data.len > 2) {
                header = 3;
                len = data.data[2];
        } else if (len == TWO_OCTETS && data.len > 3) {
                header = 4;
                len = (size_t) data.data[2] << 8 | data.data[3];
        } else if (len > SHORT_MAX) {
                return false;
        }
        if (len == 0 || data.len - header != len)
                return false;

        *ret = (Bytes){data.data + header, len};
        return true;
}
