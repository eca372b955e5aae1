/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Mbed TLS 2.28 and 3.x behind one face. Version 3 hides the members of its
 * structures; a few are read here (the handshake's state, the alert in the
 * input buffer, the session and the lengths of its id and ticket), which both
 * versions have under the same names. What is called differently is in
 * library-2.c and library-3.c, of which meson builds one.
 */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

/* version 3 switches over enumerations in its headers, and not over all of each */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum"
#include <mbedtls/error.h>
#include <mbedtls/md.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#pragma GCC diagnostic pop

/* The library the plugin was built against, "Mbed TLS 2.28.3". */
#define LIBRARY_NAME "Mbed TLS " MBEDTLS_VERSION_STRING

/* What the library wants done once in a process before it is used. 0 or -EIO. */
int library_init(void);

/* DTLS 1.2 and nothing else (Core 5.2.4; RFC 7925, 4). */
void library_require_dtls12(mbedtls_ssl_config *config);
