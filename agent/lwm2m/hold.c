/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/hold.h"

#include <errno.h>

void hold_on_result(Hold *hold, gint64 now, int result)
{
        if (result == 0) {
                *hold = (Hold){0};
                return;
        }
        if (result == -ECONNRESET || now < hold->until)
                return;
        hold->refused = result != -ETIMEDOUT;
        if (hold->refused || hold->pause == 0)
                hold->pause = HOLD_FIRST;
        else
                hold->pause = MIN(hold->pause * 2, HOLD_LAST);
        hold->until = now + hold->pause;
}

void hold_on_way(Hold *hold)
{
        if (hold->refused)
                *hold = (Hold){0};
}
