/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a plugin counts, over the sessions with one peer: counts go on, levels are those of the last
 * session. Names are the plugin's constants. At most TALLY_MAX of them.
 */

#include "security/channel.h"

#define TALLY_MAX 32

/* A name of more is not shown. */
#define TALLY_MAX_NAME 31

typedef struct Tally {
        LwmSecurityCounter item[TALLY_MAX];
        size_t len;
} Tally;

/* Of a session that ends, once. */
void tally_add(Tally *tally, const Channel *channel);

/* All there is, with what `channel` counts at this moment; NULL: there is no session. */
Tally tally_with(const Tally *tally, const Channel *channel);
