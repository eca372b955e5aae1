/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <coap3/coap.h>
#include <openssl/ssl.h>

/*
 * What LwM2M wants of DTLS with a pre-shared key, in OpenSSL's names: Transport 1.1, 5.2.8,
 * TLS_PSK_WITH_AES_128_CCM_8 and TLS_PSK_WITH_AES_128_CBC_SHA256.
 */
#define SUITES_LWM2M "PSK-AES128-CCM8:PSK-AES128-CBC-SHA256"

/*
 * The OpenSSL context of libcoap's DTLS server, which libcoap gives no other way to: its own list
 * lacks the CBC suite. NULL when it cannot be had. Borrowed from coap.
 */
SSL_CTX *suites_find_context(coap_context_t *coap);

/* Accepts these suites, OpenSSL's names with colons between. -EINVAL when none is known. */
int suites_set(SSL_CTX *context, const char *names);
