/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Secrets in this process's memory, where there are no kernel keys: pages that are neither swapped,
 * dumped nor inherited by children, wiped when a secret goes. Packed tightly, because the memory a
 * user may lock (RLIMIT_MEMLOCK) can be as little as 64 KiB. Where a system call filter forbids
 * mlock(2) altogether, as systemd-nspawn's does, they may be swapped.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct KeyArena KeyArena;

/* Room for `max_keys` secrets of `size` octets in total. Memory is locked as it is needed. */
KeyArena *key_arena_new(size_t size, size_t max_keys);

/* false: a filter forbids to lock memory. */
bool key_arena_is_lockable(const KeyArena *arena);

/* Wipes all. Takes NULL. */
void key_arena_free(KeyArena *arena);

/* *ret_serial is negative and never given again. -EDQUOT when no more can be locked, -ENOSPC. */
int key_arena_add(KeyArena *arena, const void *data, size_t len, int32_t *ret_serial);

/* Copies the secret if it is no longer than `size`; its length either way, or -ENOKEY. */
ssize_t key_arena_read(const KeyArena *arena, int32_t serial, void *data, size_t size);

/* Wipes one. Unknown serials are no error. */
void key_arena_remove(KeyArena *arena, int32_t serial);
