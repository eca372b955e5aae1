/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sent.h"

#include <string.h>

void sent_add(Sent *sent, uint64_t counter, const uint8_t cc[CHECKSUM_MAX])
{
        SentPacket *packet = &sent->packet[sent->n++ % SENT_MAX];

        packet->counter = counter;
        memcpy(packet->cc, cc, CHECKSUM_MAX);
}

bool sent_has(const Sent *sent, uint64_t counter, const uint8_t cc[CHECKSUM_MAX])
{
        size_t n = sent->n < SENT_MAX ? sent->n : SENT_MAX;

        for (size_t i = 0; i < n; i++) {
                if (sent->packet[i].counter == counter &&
                    memcmp(sent->packet[i].cc, cc, CHECKSUM_MAX) == 0)
                        return true;
        }

        return false;
}
