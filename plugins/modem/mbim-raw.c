/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libmbim's own functions cannot be trusted with. */
#include <string.h>

#include "mbim-impl.h"

/* Where the status of the card says how many telephone numbers there are, behind which come offset
 * and length of each (MBIM 1.0, 10.5.2.3). */
#define CARD_NUMBERS 24

#define MAX_NUMBER 32

/* A device hands on messages alone that are as long as they say. */
static const uint8_t *mbim_information(const MbimMessage *message, guint32 *ret_len)
{
        return mbim_message_get_message_type(message) == MBIM_MESSAGE_TYPE_INDICATE_STATUS
                       ? mbim_message_indicate_status_get_raw_information_buffer(message, ret_len)
                       : mbim_message_command_done_get_raw_information_buffer(message, ret_len);
}

static bool read_u32(const uint8_t *octets, guint32 len, guint32 at, guint32 *ret)
{
        guint32 value;

        if (!octets || len < sizeof(value) || at > len - sizeof(value))
                return false;
        memcpy(&value, octets + at, sizeof(value));
        *ret = GUINT32_FROM_LE(value);
        return true;
}

bool mbim_count_is_sane(const MbimMessage *message, guint32 at)
{
        guint32 len = 0;
        guint32 count;
        const uint8_t *octets = mbim_information(message, &len);

        return read_u32(octets, len, at, &count) &&
               count <= (len - at - sizeof(count)) / (2 * sizeof(guint32));
}

/* UTF-16, little-endian. What is not ASCII is no digit either. */
static char *number_text(const uint8_t *octets, guint32 size)
{
        GString *text = g_string_new(NULL);

        for (guint32 i = 0; i + 1 < size && text->len < MAX_NUMBER; i += 2) {
                if (octets[i + 1] == 0 && g_ascii_isprint((char) octets[i]))
                        g_string_append_c(text, (char) octets[i]);
        }
        return g_string_free(text, FALSE);
}

bool mbim_raw_card(const MbimMessage *message, MbimSubscriberReadyState *ret_state,
                   char **ret_number)
{
        guint32 len = 0;
        guint32 state, count, offset, size;
        const uint8_t *octets = mbim_information(message, &len);

        if (!read_u32(octets, len, 0, &state) || !read_u32(octets, len, CARD_NUMBERS, &count))
                return false;
        if (count > 0 && (!read_u32(octets, len, CARD_NUMBERS + 4, &offset) ||
                          !read_u32(octets, len, CARD_NUMBERS + 8, &size) || offset > len ||
                          size > len - offset))
                return false;
        *ret_state = (MbimSubscriberReadyState) state;
        *ret_number = count > 0 ? number_text(octets + offset, size) : NULL;
        return true;
}
