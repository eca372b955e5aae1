/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What may be in the key slots of an account. */

#include "objects/account.h"
#include "security/keystore.h"
#include "security/loader.h"

/* A PSK identity is at most this long (RFC 4279, 5.3: 128). */
#define ACCOUNT_IDENTITY_MAX 128

/* Whether its modes have that slot. */
bool account_has_slot(const Account *account, KeySlot slot);

/* "psk-identity, psk, …": the slots there are, for a person. A constant. */
const char *account_slot_names(void);

/* 0 where the slot may hold this: the plugin that will use it has tried it, where there is one. SMS
 * keys are tried with `sms_parameters`, which therefore come first (NULL: there are none). -EINVAL,
 * or errno of the kernel's key quota, with a text for a person in *ret_why (g_free()). */
int account_try_key(const Account *account, GBytes *sms_parameters, const Loader *loader,
                    KeySlot slot, const void *data, size_t len, char **ret_why);
