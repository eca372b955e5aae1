/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the service manager is told (sd_notify(3)). Without one, nothing happens. */

#include <glib.h>

void service_ready(void);
void service_stopping(void);

/* One line for `systemctl status`. */
void service_status(const char *text);

/* Still alive. */
void service_watchdog(void);

/* How often it wants to hear that, in microseconds; 0: not at all. */
gint64 service_watchdog_interval(void);
