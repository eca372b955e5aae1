/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service.h"

void service_ready(void)
{
}

void service_stopping(void)
{
}

void service_status(const char *text)
{
}

void service_watchdog(void)
{
}

gint64 service_watchdog_interval(void)
{
        return 0;
}
