/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <coap3/coap.h>
#include <glib.h>

/* How many pre-shared keys are held at once. */
#define KEYS_MAX 1000

/* The pre-shared keys that the DTLS endpoint accepts, by identity. */
typedef struct Keys Keys;

Keys *keys_new(void);
void keys_free(Keys *keys);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Keys, keys_free)

/*
 * Adds or replaces the key of an identity.
 * -EINVAL when the identity is empty or holds a NUL octet: OpenSSL's callback hands identities
 * over as C strings and could never match it. -E2BIG beyond KEYS_MAX.
 */
int keys_add(Keys *keys, GBytes *identity, GBytes *key);

/* -ENOENT when there is none. Sessions that used it live on. */
int keys_remove(Keys *keys, GBytes *identity);

/* Makes a libcoap context ask here. The keys must outlive it. -EIO when libcoap refuses. */
int keys_attach(Keys *keys, coap_context_t *coap);
