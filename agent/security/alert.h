/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The end of a session in words. */

#include <stdbool.h>

#include "plugins/lwm2m-security.h"

/* "unknown_psk_identity" for 115 (RFC 5246, 7.2; RFC 4279, 6; RFC 6066, 9 …), "alert 200" for
 * unknown numbers. A constant. */
const char *alert_name(int alert);

/* What is known of the end of a session, besides its status. */
typedef struct AlertContext {
        int error;         /* negative errno, 0: closed in good order */
        bool was_ready;    /* it ended after, not during, the handshake */
        int link_error;    /* what the network last hinted at, 0: nothing */
        const char *words; /* what the plugin logged with it, or NULL */
} AlertContext;

/* Why a session that is CLOSED or FAILED ended, for a person. To be freed. */
char *alert_explain(const LwmSecurityStatus *status, const AlertContext *context);
