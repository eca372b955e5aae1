/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* IPv4 and IPv6 socket addresses. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* The size of an address of this family, 0 where it is neither IPv4 nor IPv6. */
socklen_t address_size(const struct sockaddr *address);

/* Same family, address, port and, for link-local IPv6 addresses, interface. */
bool address_equal(const struct sockaddr *a, const struct sockaddr *b);

/* "192.0.2.1:5683", "[2001:db8::1]:5683", "[fe80::1%eth0]:5683"; "?" for another family. The
 * caller's. */
char *address_to_string(const struct sockaddr *address);

/* An address literal without a name look-up: dotted IPv4, or IPv6 with or without brackets and
 * %interface. -EINVAL where it is not one. */
int address_parse(const char *text, uint16_t port, struct sockaddr_storage *ret);
