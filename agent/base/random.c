/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

void random_bytes(void *data, size_t len)
{
        uint8_t *at = data;

        while (len > 0) {
                ssize_t n = getrandom(at, len, 0);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0) /* ENOSYS or a seccomp filter: no secure operation is possible */
                        g_error("getrandom: %s", g_strerror(errno));
                at += n;
                len -= (size_t) n;
        }
}

uint32_t random_u32(void)
{
        uint32_t value;

        random_bytes(&value, sizeof(value));
        return value;
}

gint64 random_between(gint64 low, gint64 high)
{
        uint64_t span, value, reject;

        g_assert(low <= high);
        span = (uint64_t) high - (uint64_t) low + 1; /* 0: all of the 64 bits */
        random_bytes(&value, sizeof(value));
        if (span == 0)
                return (gint64) value;

        /* 2^64 mod span values at the bottom would come once too often. */
        reject = (0 - span) % span;
        while (value < reject)
                random_bytes(&value, sizeof(value));
        return (gint64) ((uint64_t) low + value % span);
}
