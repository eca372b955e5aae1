/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How long notifications are held back where each costs money: after one that was not taken or not
 * acknowledged, so that a server that is not there is not told of everything again and again. A
 * plain value, zero at first; no timers.
 */

#include <glib.h>
#include <stdbool.h>

/* After the first; doubled with each that is not acknowledged, up to the last. */
#define HOLD_FIRST (60 * (gint64) G_USEC_PER_SEC)
#define HOLD_LAST (3600 * (gint64) G_USEC_PER_SEC)

typedef struct Hold {
        gint64 until; /* nothing is sent before */
        gint64 pause;
        bool refused; /* it was not sent at all */
} Hold;

/* What became of a notification, as EndpointOps.on_notification says. Those that fail together
 * count as one. */
void hold_on_result(Hold *hold, gint64 now, int result);

/* There is a way again: what was never sent need not wait any longer. */
void hold_on_way(Hold *hold);
