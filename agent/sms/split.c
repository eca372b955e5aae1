/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/split.h"

#include <errno.h>
#include <glib.h>

#include "sms/tpdu.h"

/* Octets of the elements, with identifier and length. */
static size_t elements_len(PacketKind kind, bool wide, bool concatenated, bool first)
{
        size_t len = 0;

        if (concatenated)
                len += wide ? 6 : 5;
        if (first && kind != PACKET_PLAIN)
                len += 2;
        return len;
}

static size_t segment_capacity(PacketKind kind, bool wide, bool concatenated, bool first)
{
        size_t len = elements_len(kind, wide, concatenated, first);

        return TPDU_MAX_USER_DATA - (len > 0 ? len + 1 : 0);
}

/* Where segment `index` of several begins. */
static size_t segment_begin(PacketKind kind, bool wide, unsigned index)
{
        if (index == 0)
                return 0;
        return segment_capacity(kind, wide, true, true) +
               (index - 1) * segment_capacity(kind, wide, true, false);
}

size_t split_capacity(PacketKind kind, bool wide, unsigned segments)
{
        if (segments == 1)
                return segment_capacity(kind, wide, false, true);
        return segment_begin(kind, wide, segments);
}

int split_count(const SplitConfig *config, size_t len)
{
        for (unsigned n = 1; n <= MIN(config->max_segments, SPLIT_MAX_SEGMENTS); n++)
                if (len <= split_capacity(config->kind, config->wide, n))
                        return (int) n;
        return -EMSGSIZE;
}

bool split_write(const SplitConfig *config, const void *data, size_t len, unsigned index,
                 unsigned count, ByteWriter *writer)
{
        bool concatenated = count > 1, first = index == 0;
        size_t header = elements_len(config->kind, config->wide, concatenated, first);
        size_t begin = segment_begin(config->kind, config->wide, index);
        size_t end = len;

        if (index + 1 < count)
                end = segment_begin(config->kind, config->wide, index + 1);
        g_assert(index < count && begin <= end && end <= len);

        if (header > 0)
                byte_writer_u8(writer, (uint8_t) header);
        if (concatenated)
                header_add_concatenation(writer, config->wide, config->reference, (uint8_t) count,
                                         (uint8_t) (index + 1));
        if (first && config->kind == PACKET_COMMAND)
                header_add(writer, ELEMENT_COMMAND, NULL, 0);
        if (first && config->kind == PACKET_RESPONSE)
                header_add(writer, ELEMENT_RESPONSE, NULL, 0);
        byte_writer_bytes(writer, (const uint8_t *) data + begin, end - begin);
        return header > 0;
}
