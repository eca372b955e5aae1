/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/retry.h"

#include "base/random.h"

#define DOUBLINGS_MAX 31

static gint64 with_jitter(uint64_t seconds)
{
        gint64 delay = (gint64) MIN(seconds, UINT32_MAX) * G_USEC_PER_SEC;

        return delay + random_between(0, delay / 1000 * RETRY_JITTER_PER_MILLE);
}

static uint32_t policy_timer(const RetryPolicy *policy)
{
        return policy->timer ? policy->timer : RETRY_TIMER_DEFAULT;
}

void retry_reset(Retry *retry)
{
        *retry = (Retry){0};
}

gint64 retry_next(Retry *retry, const RetryPolicy *policy)
{
        unsigned count = policy->count ? policy->count : RETRY_COUNT_DEFAULT;
        uint32_t pause =
                policy->sequence_delay ? policy->sequence_delay : RETRY_SEQUENCE_DELAY_DEFAULT;

        if (++retry->attempts < count) {
                unsigned doublings = MIN(retry->attempts - 1u, DOUBLINGS_MAX);

                return with_jitter((uint64_t) policy_timer(policy) << doublings);
        }
        retry->attempts = 0;
        if (retry->sequences < UINT16_MAX)
                retry->sequences++;
        if (pause == RETRY_SEQUENCE_DELAY_MAX)
                return -1;
        return with_jitter(pause);
}

gint64 retry_uncounted(const RetryPolicy *policy)
{
        return with_jitter(policy_timer(policy));
}
