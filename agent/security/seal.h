/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Sealing what lies on disk: AES-256-GCM under a key that is a kernel key. The master key comes from a file of
 * $CREDENTIALS_DIRECTORY ("lwm2md.kmk", systemd credential), else from the state directory's own "master.key" (0600,
 * made at first use, with a warning). Each file has its own random nonce and binds its name.
 */

#include <glib.h>
#include <stdbool.h>

typedef struct Seal Seal;

/* -EBADMSG: the key file is damaged; other errno of reading or making it. `credentials` may be NULL. */
int seal_new(const char *state_directory, const char *credentials_directory, Seal **ret);
void seal_free(Seal *seal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Seal, seal_free)

/* "credential" or "file". */
const char *seal_key_source(const Seal *seal);

/* Durable (file_replace()). The content before is kept as `name`~, one generation. */
int seal_write(Seal *seal, const char *name, const void *data, size_t len);

/* -ENOENT; -EBADMSG torn, tampered or sealed under another key, in both generations. *ret_previous (may be NULL): the
 * newest generation was unusable and this is the one before. The bytes are freed with seal_bytes_free(), which wipes. */
int seal_read(Seal *seal, const char *name, GBytes **ret, bool *ret_previous);
void seal_bytes_free(GBytes *bytes);

/* Both generations, durably. */
int seal_remove(Seal *seal, const char *name);
