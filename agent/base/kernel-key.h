/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Secrets as kernel keys, named by serial. They hang in a keyring "lwm2md" of the process keyring,
 * made by kernel_key_init() before any thread starts, because possession is per thread. Neither
 * another process of this user nor a child of this one can read them. Where the kernel refuses keys
 * (containers without add_key(2)), a locked store in this process stands in: same calls, serials
 * are then negative, and kernel_key_store() says so.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The longest payload of one key, and the most keys at once (keyrings(7): a user has 200). */
#define KERNEL_KEY_MAX_SIZE 4096
#define KERNEL_KEY_MAX_KEYS 128

/* The longest description. */
#define KERNEL_KEY_MAX_DESCRIPTION 255

typedef enum KernelKeyStore {
        KERNEL_KEY_STORE_KERNEL,
        KERNEL_KEY_STORE_PROCESS, /* the stand-in */
} KernelKeyStore;

/* First thing in main(), and again only after kernel_key_shutdown(). Never fails: it falls back to
 * the stand-in. `force_process` is for tests. */
void kernel_key_init(bool force_process);

/* Revokes all keys made here. */
void kernel_key_shutdown(void);

KernelKeyStore kernel_key_store(void);

/* Why the stand-in is used ("add_key: Operation not permitted"), "" where it is not. Also says where
 * not even memory can be locked. */
const char *kernel_key_store_reason(void);

/* Adds a key; `description` names it in /proc/keys ("lwm2md:101:psk") and is not secret. An earlier
 * key of that description is replaced and its serial revoked; on failure it stays. -EDQUOT when the
 * user's quota (the stand-in: RLIMIT_MEMLOCK) is full: what was revoked is given back by the kernel
 * a little later, so that another try can succeed. -EMSGSIZE, -ENOSPC above KERNEL_KEY_MAX_KEYS,
 * -EINVAL for no payload, no or a too long description. */
int kernel_key_add(const char *description, const void *data, size_t len, int32_t *ret_serial);

/* The payload; returns its whole length, and has copied nothing of use when that is above `size`.
 * -ENOKEY (also after kernel_key_revoke()), -EKEYREVOKED and -EKEYEXPIRED (when somebody else did
 * that), -EACCES. The caller wipes `data` with explicit_bzero() before its function returns. */
ssize_t kernel_key_read(int32_t serial, void *data, size_t size);

/* As keyctl_pkey_sign(3): the length of the signature, or a negative errno. -EOPNOTSUPP from the
 * stand-in and for keys that cannot sign. */
ssize_t kernel_key_sign(int32_t serial, const char *info, const void *digest, size_t len,
                        void *signature, size_t size);

/* Gone for good, in the kernel too. Unknown serials are no error. */
void kernel_key_revoke(int32_t serial);
