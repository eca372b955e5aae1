/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The network as the kernel has it. Events only say that something may have changed; what has is
 * asked of the kernel at that moment, for each peer, because its notifications are not complete
 * (IPv4 routes that go with an interface are not told).
 */

#include <glib.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/clock.h"

/* Events are gathered until there were none for this long … */
#define NETWORK_QUIET (100 * 1000)

/* … but not longer than this. */
#define NETWORK_PATIENCE (1000 * 1000)

typedef struct NetworkMonitor NetworkMonitor;

/* From the main loop: links, addresses or routes may have changed. May free the monitor. */
typedef void (*NetworkFunc)(void *user);

/* `context`, `clock` and `user` are borrowed. -EACCES, -EAFNOSUPPORT (a sandbox without netlink),
 * -ENOMEM, -EIO. */
int network_monitor_new(Clock *clock, GMainContext *context, NetworkFunc func, void *user,
                        NetworkMonitor **ret);

/* Takes NULL. */
void network_monitor_free(NetworkMonitor *monitor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetworkMonitor, network_monitor_free)

/* The address that the kernel would send from to reach `destination`, with port 0. Nothing is sent.
 * -ENETUNREACH, -EHOSTUNREACH: no way there; -EADDRNOTAVAIL: no address to send from;
 * -EAFNOSUPPORT. */
int network_source_for(const struct sockaddr *destination, struct sockaddr_storage *ret);

/* Whether any interface but the loopback is up and has a carrier. False where netlink cannot be
 * asked. */
bool network_any_up(void);
