/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service.h"

#include <systemd/sd-daemon.h>

void service_ready(void)
{
        sd_notify(0, "READY=1");
}

void service_stopping(void)
{
        sd_notify(0, "STOPPING=1");
}

void service_status(const char *text)
{
        sd_notifyf(0, "STATUS=%s", text);
}

void service_watchdog(void)
{
        sd_notify(0, "WATCHDOG=1");
}

gint64 service_watchdog_interval(void)
{
        uint64_t limit;

        /* Twice as often as it must be, sd_watchdog_enabled(3). */
        return sd_watchdog_enabled(0, &limit) > 0 ? (gint64) (limit / 2) : 0;
}
