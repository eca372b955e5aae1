/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pdu.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "sms/modem.h"

/* Type of address (3GPP TS 24.011, 8.2.5.2): numbering plan E.164, kind unknown or international.
 */
#define TYPE_UNKNOWN 0x81
#define TYPE_INTERNATIONAL 0x91
#define MAX_DIGITS 20

int pdu_parse(const uint8_t *pdu, size_t len, const uint8_t **ret_tpdu, size_t *ret_len)
{
        size_t skip;

        if (len < 1)
                return -EBADMSG;
        skip = 1u + pdu[0];
        if (skip >= len || len - skip > MODEM_MAX_TPDU)
                return -EBADMSG;
        *ret_tpdu = pdu + skip;
        *ret_len = len - skip;
        return 0;
}

static uint8_t digit(char c)
{
        return (uint8_t) (c - '0');
}

int pdu_write_smsc(ByteWriter *writer, const char *smsc)
{
        uint8_t type = TYPE_UNKNOWN;
        size_t len;

        if (!smsc) {
                byte_writer_u8(writer, 0);
                return 0;
        }
        if (*smsc == '+') {
                type = TYPE_INTERNATIONAL;
                smsc++;
        }
        len = strlen(smsc);
        if (len == 0 || len > MAX_DIGITS || strspn(smsc, "0123456789") != len)
                return -EINVAL;

        byte_writer_u8(writer, (uint8_t) (1 + (len + 1) / 2));
        byte_writer_u8(writer, type);
        for (size_t i = 0; i < len; i += 2) {
                uint8_t high = i + 1 < len ? digit(smsc[i + 1]) : 0x0f;

                byte_writer_u8(writer, (uint8_t) (high << 4 | digit(smsc[i])));
        }
        return 0;
}
