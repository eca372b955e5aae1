/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What sessions leave behind, sealed: one TICKET and one CONTEXT an account, and the account's
 * durable counters. A CONTEXT is handed out at most once: it is removed durably before the caller
 * sees it.
 */

#include <glib.h>
#include <stdint.h>

#include "plugins/lwm2m-security.h"
#include "security/seal.h"

/* The longest session that is kept. */
#define VAULT_MAX_SIZE (32 * 1024)

/* The most counters of one account. Above it the one that was set the longest ago goes. A pair of
 * SMS keys has two, so keys that come back find theirs unless 127 other pairs were used since. */
#define VAULT_MAX_COUNTERS 256

typedef struct Vault Vault;

/* `seal` is borrowed. */
Vault *vault_new(Seal *seal);
void vault_free(Vault *vault);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vault, vault_free)

/* Replaces what was there, durably. -EMSGSIZE above VAULT_MAX_SIZE, errno of the disk. A CONTEXT
 * never keeps an earlier generation: where it cannot be stored, none is left. */
int vault_put(Vault *vault, uint16_t account, LwmSecuritySave kind, const void *data, size_t len);

/* -ENOENT, -EBADMSG. A TICKET stays. A CONTEXT is removed first; any failure to do so is returned
 * and the data withheld. Free with seal_bytes_free(). */
int vault_take(Vault *vault, uint16_t account, LwmSecuritySave kind, GBytes **ret);

/* TICKET and CONTEXT, when keys or peer change. Counters stay: they never go down. */
void vault_forget(Vault *vault, uint16_t account);

/* What a counter has that was lost: it never moves again. */
#define VAULT_COUNTER_LOST UINT64_MAX

/* 0 for a counter that was never set, in this account or in another one, from which it comes along.
 * -EBADMSG: the account's counters are damaged or gone; an older generation would be a step back
 * and is not used. That is told once. From then on this counter is VAULT_COUNTER_LOST, and others,
 * which are those of other keys, begin at 0. */
int vault_counter_get(Vault *vault, uint16_t account, uint32_t id, uint64_t *ret);

/* On disk when it returns. -ERANGE below the present value, -EBADMSG as above. */
int vault_counter_set(Vault *vault, uint16_t account, uint32_t id, uint64_t value);
