/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/rate-limit.h"

bool rate_limit_pass(RateLimit *limit, gint64 now, unsigned *ret_suppressed)
{
        if (now - limit->begin >= limit->interval) {
                limit->begin = now;
                limit->passed = 0;
        }
        if (limit->passed >= limit->burst) {
                if (limit->suppressed < G_MAXUINT)
                        limit->suppressed++;
                return false;
        }

        limit->passed++;
        if (ret_suppressed)
                *ret_suppressed = limit->suppressed;
        limit->suppressed = 0;
        return true;
}
