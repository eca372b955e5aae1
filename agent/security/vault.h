/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Saved sessions: sealed, one TICKET and one CONTEXT an account. A CONTEXT is handed out at most once: it is removed
 * durably before the caller sees it.
 */

#include <glib.h>
#include <stdint.h>

#include "plugins/lwm2m-security.h"
#include "security/seal.h"

/* The longest session that is kept. */
#define VAULT_MAX_SIZE (32 * 1024)

typedef struct Vault Vault;

Vault *vault_new(Seal *seal);
void vault_free(Vault *vault);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vault, vault_free)

int vault_put(Vault *vault, uint16_t account, LwmSecuritySave kind, const void *data, size_t len);

/* -ENOENT, -EBADMSG. For a CONTEXT: any failure to remove it first is returned and the data withheld. Free with seal_bytes_free(). */
int vault_take(Vault *vault, uint16_t account, LwmSecuritySave kind, GBytes **ret);

/* Both, when keys or peer change. */
void vault_forget(Vault *vault, uint16_t account);
