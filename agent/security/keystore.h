/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The secrets and public credentials of server accounts, in named slots. Secrets are kernel keys
 * and sealed files, so that they are back after a restart; public data (identities, certificates)
 * are bytes and sealed files. A file is called `key-101-psk`.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/kernel-key.h"
#include "security/seal.h"

/* Accounts with keys, and the longest content of one slot (D-Bus: at most 64 KiB are read). A
 * secret is at most KERNEL_KEY_MAX_SIZE long. */
#define KEYSTORE_MAX_ACCOUNTS 64
#define KEYSTORE_MAX_SIZE (64 * 1024)

typedef enum KeySlot {
        KEY_SLOT_PSK_IDENTITY,   /* public, /0/x/3 */
        KEY_SLOT_PSK,            /* secret, /0/x/5 */
        KEY_SLOT_SMS_PARAMETERS, /* public, /0/x/7: KIc, KID, SPI, TAR; 6 or 7 octets */
        KEY_SLOT_SMS_KEY,        /* secret, /0/x/8 */
        KEY_SLOT_MAX,
} KeySlot;

const char *key_slot_to_string(KeySlot slot); /* "psk-identity", "psk", … */
int key_slot_from_string(const char *name);   /* -EINVAL */
bool key_slot_is_secret(KeySlot slot);

typedef struct KeyDescription {
        KeySlot slot;
        int32_t serial; /* 0 where public */
        size_t len;
        gint64 set_at; /* seconds since 1970 */
} KeyDescription;

typedef struct Keystore Keystore;

/* Reads all sealed slots back. Damaged ones, and those the kernel has no room for, are logged and
 * missing afterwards; their files stay. Errno of reading the directory. `seal` is borrowed. */
int keystore_new(Seal *seal, Keystore **ret);

/* Revokes the kernel keys. */
void keystore_free(Keystore *keystore);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Keystore, keystore_free)

/* `account`: the Short Server ID, 0 for the Bootstrap-Server. Durable when it returns; on failure
 * the earlier content is still there, in the kernel and on disk. -EDQUOT, -EMSGSIZE, -EINVAL
 * without content, -ENOSPC (the disk, or KEYSTORE_MAX_ACCOUNTS), errno of the disk. The caller
 * wipes `data`. */
int keystore_set(Keystore *keystore, uint16_t account, KeySlot slot, const void *data, size_t len);

/* A slot that is empty is no error. On failure the content is still there. */
int keystore_clear(Keystore *keystore, uint16_t account, KeySlot slot);

/* Every slot that can be cleared is; the first error is returned. */
int keystore_clear_account(Keystore *keystore, uint16_t account);

/* The kernel key of a secret slot, 0 where empty. */
int32_t keystore_serial(const Keystore *keystore, uint16_t account, KeySlot slot);

/* The content of a public slot, borrowed until the slot changes; NULL where empty. */
GBytes *keystore_public(const Keystore *keystore, uint16_t account, KeySlot slot);

/* -ENOENT where empty. */
int keystore_describe(const Keystore *keystore, uint16_t account, KeySlot slot,
                      KeyDescription *ret);

/* A number for what the account's slots hold: another one after each keystore_set() and _clear(),
 * the same after a restart, 0 where all are empty. What was agreed under other keys is void. */
uint64_t keystore_stamp(const Keystore *keystore, uint16_t account);

/* Told of each slot that was set or cleared, after it is so. One listener. */
typedef void (*KeystoreFunc)(uint16_t account, KeySlot slot, void *user);
void keystore_set_listener(Keystore *keystore, KeystoreFunc func, void *user);
