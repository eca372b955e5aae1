/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the key that seals the state comes from: found or made, derived from, and left in the
 * kernel. */

#include <stdint.h>

#define MASTER_KEY_SIZE 32
#define MASTER_KEY_ID_SIZE 8
#define MASTER_KEY_FILE "master.key" /* in the state directory */

typedef struct MasterKey {
        int32_t serial;                 /* the kernel key that holds the sealing key, 32 octets */
        uint8_t id[MASTER_KEY_ID_SIZE]; /* says which key sealed a file; not secret */
        const char *source;             /* "credential" or "file" */
} MasterKey;

/*
 * Takes `credentials`/lwm2md.kmk where there is one (`credentials` may be NULL), else
 * `state`/master.key, which is made where it is missing. The caller revokes ret->serial in the end.
 * -EBADMSG: not exactly 32 octets; -EPERM: master.key belongs to another user or others may read
 * it; other errno of reading or making it.
 */
int master_key_load(const char *state, const char *credentials, MasterKey *ret);
