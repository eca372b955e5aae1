/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A link without a network: what is sent waits for the test, what arrives comes from the test. */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "link/link.h"

/* Sent datagrams that may wait; more is a failure of the test. */
#define FAKE_LINK_MAX_QUEUE 1024

/* A link of MTU 1232, described as "fake". link_free() frees it. */
Link *fake_link_new(void);

/* Puts it there, and NULL when it is freed, unless there is another by then. */
void fake_link_put(Link *link, Link **place);

/* The oldest datagram sent and not taken yet, the caller's. NULL where there is none. */
GBytes *fake_link_take(Link *link);

/* How many fake_link_take() would give. */
unsigned fake_link_pending(Link *link);

/* Throws away what was sent. */
void fake_link_drop(Link *link);

/* A datagram arrives, or an error. The handler runs before it returns. False: the handler has freed
 * the link. */
bool fake_link_inject(Link *link, const void *data, size_t len);
bool fake_link_inject_error(Link *link, int error);

/* From now on link_send() returns `error` and nothing is queued; 0: all is well again. */
void fake_link_fail(Link *link, int error);

void fake_link_set_mtu(Link *link, uint16_t mtu);
