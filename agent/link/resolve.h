/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A server's host name made into addresses, without blocking, and the choice among them. One
 * look-up at a time per Resolver.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/clock.h"

/* Addresses kept of one answer; further ones are ignored. */
#define RESOLVER_MAX_ADDRESSES 8

/* After this an unanswered look-up has failed. */
#define RESOLVER_TIMEOUT (10 * G_USEC_PER_SEC)

typedef struct Resolver Resolver;

/* `r`: 0 when resolver_current() has an address; -ENOENT: no such name or no address of the family
 * wanted; -EAGAIN: the name server cannot tell at present; -ETIMEDOUT; -EIO for what else can go
 * wrong. May start again, or free the resolver. */
typedef void (*ResolverFunc)(int r, void *user);

/* `host`: a name or an address literal, IPv6 with or without brackets. `family`: AF_UNSPEC, AF_INET
 * or AF_INET6. `clock` and `user` are borrowed. Look-ups answer in the thread-default main context
 * of the caller of resolver_start(). */
Resolver *resolver_new(Clock *clock, const char *host, uint16_t port, int family, ResolverFunc func,
                       void *user);

/* Cancels; `func` is not called any more. Takes NULL. */
void resolver_free(Resolver *resolver);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Resolver, resolver_free)

/* Looks up, and calls `func` later from the main loop, also for a literal. Abandons an earlier
 * look-up. The addresses known stay until an answer replaces them. */
void resolver_start(Resolver *resolver);

/* `func` is not called for what is under way. */
void resolver_cancel(Resolver *resolver);

/* The address to be tried, borrowed until the next call on the resolver. NULL before the first
 * answer. `ret_len` may be NULL. */
const struct sockaddr *resolver_current(const Resolver *resolver, socklen_t *ret_len);

/* The current address has failed: goes on to the next. False when that was the last one, and it
 * begins again with the first: time to wait, or to look up again. */
bool resolver_rotate(Resolver *resolver);

/* How many addresses the last answer had. */
unsigned resolver_count(const Resolver *resolver);
