/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The two times of a handshake, on the host's clock: when the library wants
 * to retransmit (RFC 6347, 4.2.4), and when we give up. Nothing runs here; the
 * host is told the earlier one and calls when it has come.
 */

typedef struct Deadline {
        uint64_t now;          /* of the call in progress, microseconds */
        uint64_t intermediate; /* the library's two times, 0: not set */
        uint64_t final;
        uint64_t limit; /* end of the handshake, LWM_SECURITY_NEVER: none under way */
} Deadline;

/* No timer, no handshake. */
void deadline_init(Deadline *deadline);

/* The handshake begins at `deadline->now` and has `limit_ms`. */
void deadline_start(Deadline *deadline, uint32_t limit_ms);

/* The handshake is over, one way or the other. */
void deadline_stop(Deadline *deadline);

/* Whether the time for the whole handshake is over. */
bool deadline_is_over(const Deadline *deadline);

/* When the host is to call expire(), or LWM_SECURITY_NEVER. */
uint64_t deadline_next(const Deadline *deadline);

/* mbedtls_ssl_set_timer_t and mbedtls_ssl_get_timer_t; `data` is the Deadline. */
void deadline_on_set_timer(void *data, uint32_t intermediate_ms, uint32_t final_ms);
int deadline_on_get_timer(void *data);
