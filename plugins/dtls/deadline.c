/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "deadline.h"

#include "lwm2m-security.h"

static uint64_t after(uint64_t now, uint32_t ms)
{
        return now + (uint64_t) ms * 1000;
}

void deadline_init(Deadline *deadline)
{
        *deadline = (Deadline){.limit = LWM_SECURITY_NEVER};
}

void deadline_start(Deadline *deadline, uint32_t limit_ms)
{
        deadline->limit = after(deadline->now, limit_ms);
}

void deadline_stop(Deadline *deadline)
{
        deadline->intermediate = 0;
        deadline->final = 0;
        deadline->limit = LWM_SECURITY_NEVER;
}

bool deadline_is_over(const Deadline *deadline)
{
        return deadline->now >= deadline->limit;
}

uint64_t deadline_next(const Deadline *deadline)
{
        if (deadline->final != 0 && deadline->final < deadline->limit)
                return deadline->final;

        return deadline->limit;
}

void deadline_on_set_timer(void *data, uint32_t intermediate_ms, uint32_t final_ms)
{
        Deadline *deadline = data;

        deadline->intermediate = final_ms == 0 ? 0 : after(deadline->now, intermediate_ms);
        deadline->final = final_ms == 0 ? 0 : after(deadline->now, final_ms);
}

int deadline_on_get_timer(void *data)
{
        const Deadline *deadline = data;

        /* the four answers are Mbed TLS's */
        if (deadline->final == 0)
                return -1;
        if (deadline->now >= deadline->final)
                return 2;
        if (deadline->now >= deadline->intermediate)
                return 1;

        return 0;
}
