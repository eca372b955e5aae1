/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "counts.h"

static const LwmSecurityCounter NAMES[COUNTS_N] = {
        [COUNT_LAST_RECEIVED] = {"last-received", 0, LWM_SECURITY_LEVEL},
        [COUNT_RECEIVE_LEFT] = {"receive-left", 0, LWM_SECURITY_LEVEL},
        [COUNT_LAST_SENT] = {"last-sent", 0, LWM_SECURITY_LEVEL},
        [COUNT_SEND_LEFT] = {"send-left", 0, LWM_SECURITY_LEVEL},
        [COUNT_ACCEPTED] = {"accepted", 0, 0},
        [COUNT_REJECTED_MALFORMED] = {"rejected-malformed", 0, 0},
        [COUNT_REJECTED_PARAMETERS] = {"rejected-parameters", 0, 0},
        [COUNT_REJECTED_CHECKSUM] = {"rejected-checksum", 0, 0},
        [COUNT_REJECTED_COUNTER] = {"rejected-counter", 0, 0},
        [COUNT_REJECTED_JUMP] = {"rejected-jump", 0, 0},
        [COUNT_REJECTED_REFLECTED] = {"rejected-reflected", 0, 0},
        [COUNT_LOST] = {"lost", 0, 0},
        [COUNT_JUMPS] = {"jumps", 0, 0},
        [COUNT_SENT] = {"sent", 0, 0},
        [COUNT_PROOFS_SENT] = {"proofs-sent", 0, 0},
};

void counts_init(Counts *counts)
{
        for (unsigned i = 0; i < COUNTS_N; i++)
                counts->item[i] = NAMES[i];
}

void counts_add(Counts *counts, Count which)
{
        counts->item[which].value++;
}

void counts_set(Counts *counts, Count which, uint64_t value)
{
        counts->item[which].value = value;
}
