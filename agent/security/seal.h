/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Sealing what lies on disk: AES-256-GCM under a key that is a kernel key. The master key comes
 * from a file of $CREDENTIALS_DIRECTORY ("lwm2md.kmk", systemd credential), else from the state
 * directory's own "master.key" (0600, made at first use, with a warning). Each file has its own
 * random nonce and binds its name.
 *
 * Under one key 2^32 writes are safe with random nonces (NIST SP 800-38D, 8.3): more than any flash
 * endures.
 */

#include <glib.h>
#include <stdbool.h>

/* The longest content of one file, and the longest name. */
#define SEAL_MAX_SIZE (128 * 1024)
#define SEAL_MAX_NAME 64

typedef struct Seal Seal;

/* -EBADMSG: the key file is damaged (not 32 octets); -EPERM: master.key is another user's or others
 * may read it; other errno of reading or making it. `credentials_directory` may be NULL. */
int seal_new(const char *state_directory, const char *credentials_directory, Seal **ret);
void seal_free(Seal *seal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Seal, seal_free)

/* "credential" or "file". */
const char *seal_key_source(const Seal *seal);

/* Durable (file_replace()). The content before is kept as `name`~, one generation, unless it is
 * damaged: then the sound generation before it stays. On failure nothing is lost: -ENOSPC, -EROFS,
 * … of file_replace(), -EMSGSIZE above SEAL_MAX_SIZE, -EINVAL for a name that is empty, too long,
 * hidden, or has a slash or `~`. Where the disk fails at the very last step, the directory's fsync,
 * an error is returned though the new content may be the one found after a restart. */
int seal_write(Seal *seal, const char *name, const void *data, size_t len);

/* The same in half the writes, for what is worth nothing once it is replaced: no generation is kept
 * of the content before. */
int seal_write_only(Seal *seal, const char *name, const void *data, size_t len);

/* -ENOENT; -EBADMSG torn, tampered or sealed under another key, in both generations. *ret_previous
 * (may be NULL): the newest generation was unusable and this is the one before. What is wrong with
 * an unusable generation is logged here. The bytes are freed with seal_bytes_free(), which wipes.
 */
int seal_read(Seal *seal, const char *name, GBytes **ret, bool *ret_previous);
void seal_bytes_free(GBytes *bytes);

/* Whether the newest generation is under this seal's key, sound or not. */
bool seal_owns(const Seal *seal, const char *name);

/* Both generations, durably; the older goes first, so that it can never be taken for the newer. */
int seal_remove(Seal *seal, const char *name);

/* The names that begin with `prefix`, sorted, each once, whatever their content is worth. Free with
 * g_ptr_array_unref(). Errno of reading the directory. */
int seal_list(Seal *seal, const char *prefix, GPtrArray **ret);
