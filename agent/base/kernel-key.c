/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/kernel-key.h"

#include <errno.h>
#include <glib.h>
#include <keyutils.h>
#include <string.h>

#include "base/key-arena.h"

#define KEYRING_NAME "lwm2md"

typedef struct KernelKey {
        int32_t serial;
        char *description;
} KernelKey;

/* The process has one process keyring, as it has one user ID: this is its shadow. */
static struct {
        KernelKeyStore store;
        char *reason;
        key_serial_t ring;
        KeyArena *arena; /* of the stand-in */
        KernelKey keys[KERNEL_KEY_MAX_KEYS];
        size_t count;
} state;

/* ---- In the kernel --------------------------------------------------------- */

/*
 * Into the process keyring first: add_key(2) into our keyring would change an earlier key of this
 * description in place, and the link that follows displaces it instead.
 */
static int kernel_add(const char *description, const void *data, size_t len, int32_t *ret_serial)
{
        key_serial_t serial = add_key("user", description, data, len, KEY_SPEC_PROCESS_KEYRING);
        int r = 0;

        if (serial < 0)
                return -errno;
        if (keyctl_setperm(serial, KEY_POS_ALL) < 0 || keyctl_link(serial, state.ring) < 0) {
                r = -errno;
                keyctl_revoke(serial);
        }
        keyctl_unlink(serial, KEY_SPEC_PROCESS_KEYRING);
        if (r < 0)
                return r;
        *ret_serial = serial;
        return 0;
}

static ssize_t kernel_read(int32_t serial, void *data, size_t size)
{
        long n;

        if (serial <= 0) /* negative ones name whole keyrings */
                return -ENOKEY;
        n = keyctl_read(serial, data, size);
        return n < 0 ? -errno : n;
}

/* The payload goes at once, the key when the kernel collects it. */
static void kernel_revoke(int32_t serial)
{
        keyctl_revoke(serial);
        keyctl_unlink(serial, state.ring);
}

/* Whether all we need works here; what is filtered differs between container managers. */
static int kernel_probe(void)
{
        static const char text[] = "probe";
        char copy[sizeof(text)];
        int32_t serial;
        ssize_t n;
        int r = kernel_add(KEYRING_NAME ":probe", text, sizeof(text), &serial);

        if (r < 0)
                return r;
        n = kernel_read(serial, copy, sizeof(copy));
        kernel_revoke(serial);
        if (n < 0)
                return (int) n;
        return n == sizeof(text) && memcmp(copy, text, sizeof(text)) == 0 ? 0 : -EIO;
}

static void kernel_close(void)
{
        if (state.ring > 0)
                keyctl_unlink(state.ring, KEY_SPEC_PROCESS_KEYRING);
        state.ring = 0;
}

/* NULL, or why not. */
static char *kernel_open(void)
{
        int r;

        state.ring = add_key("keyring", KEYRING_NAME, NULL, 0, KEY_SPEC_PROCESS_KEYRING);
        if (state.ring < 0)
                return g_strdup_printf("add_key: %s", g_strerror(errno));
        if (keyctl_setperm(state.ring, KEY_POS_ALL) < 0)
                return g_strdup_printf("keyctl_setperm: %s", g_strerror(errno));
        r = kernel_probe();
        return r < 0 ? g_strdup_printf("key: %s", g_strerror(-r)) : NULL;
}

/* ---- The keys known -------------------------------------------------------- */

static KernelKey *key_find(int32_t serial)
{
        for (size_t i = 0; i < state.count; i++)
                if (state.keys[i].serial == serial)
                        return &state.keys[i];
        return NULL;
}

static KernelKey *key_find_description(const char *description)
{
        for (size_t i = 0; i < state.count; i++)
                if (strcmp(state.keys[i].description, description) == 0)
                        return &state.keys[i];
        return NULL;
}

static void store_revoke(int32_t serial)
{
        if (state.store == KERNEL_KEY_STORE_KERNEL)
                kernel_revoke(serial);
        else
                key_arena_remove(state.arena, serial);
}

/* As store_revoke(), of a key that another of its description has displaced from the keyring
 * already: to unlink it would unlink that one, because the kernel goes by description. */
static void store_displaced(int32_t serial)
{
        if (state.store == KERNEL_KEY_STORE_KERNEL)
                keyctl_revoke(serial);
        else
                key_arena_remove(state.arena, serial);
}

/* ---- Calls ----------------------------------------------------------------- */

/* The stand-in has one weakness more than it should have. */
static void kernel_key_tell_unlocked(void)
{
        g_autofree char *reason = NULL;

        if (key_arena_is_lockable(state.arena))
                return;
        reason = g_steal_pointer(&state.reason);
        state.reason = g_strconcat(reason, "; mlock is forbidden, keys may be swapped out", NULL);
}

void kernel_key_init(bool force_process)
{
        g_assert(!state.reason);
        state.reason = force_process ? g_strdup("chosen in lwm2md.conf") : kernel_open();
        state.store = state.reason ? KERNEL_KEY_STORE_PROCESS : KERNEL_KEY_STORE_KERNEL;
        if (!state.reason) {
                state.reason = g_strdup("");
                return;
        }
        kernel_close();
        /* One more than the limit: a key is replaced by adding before removing. */
        state.arena = key_arena_new((KERNEL_KEY_MAX_KEYS + 1) * KERNEL_KEY_MAX_SIZE,
                                    KERNEL_KEY_MAX_KEYS + 1);
        kernel_key_tell_unlocked();
}

void kernel_key_shutdown(void)
{
        while (state.count > 0)
                kernel_key_revoke(state.keys[state.count - 1].serial);
        kernel_close();
        g_clear_pointer(&state.arena, key_arena_free);
        g_clear_pointer(&state.reason, g_free);
}

KernelKeyStore kernel_key_store(void)
{
        return state.store;
}

const char *kernel_key_store_reason(void)
{
        return state.reason ? state.reason : "";
}

int kernel_key_add(const char *description, const void *data, size_t len, int32_t *ret_serial)
{
        KernelKey *earlier = key_find_description(description);
        int32_t serial;
        int r;

        if (len == 0 || description[0] == '\0' || strlen(description) > KERNEL_KEY_MAX_DESCRIPTION)
                return -EINVAL;
        if (len > KERNEL_KEY_MAX_SIZE)
                return -EMSGSIZE;
        if (!earlier && state.count == KERNEL_KEY_MAX_KEYS)
                return -ENOSPC;

        r = state.store == KERNEL_KEY_STORE_KERNEL ? kernel_add(description, data, len, &serial)
                                                   : key_arena_add(state.arena, data, len, &serial);
        if (r < 0)
                return r;

        if (earlier) {
                store_displaced(earlier->serial);
                earlier->serial = serial;
        } else {
                state.keys[state.count++] = (KernelKey){
                        .serial = serial,
                        .description = g_strdup(description),
                };
        }
        *ret_serial = serial;
        return 0;
}

ssize_t kernel_key_read(int32_t serial, void *data, size_t size)
{
        if (state.store == KERNEL_KEY_STORE_PROCESS)
                return key_arena_read(state.arena, serial, data, size);
        return key_find(serial) ? kernel_read(serial, data, size) : -ENOKEY;
}

ssize_t kernel_key_sign(int32_t serial, const char *info, const void *digest, size_t len,
                        void *signature, size_t size)
{
        long n;

        if (state.store == KERNEL_KEY_STORE_PROCESS)
                return -EOPNOTSUPP;
        if (serial <= 0)
                return -ENOKEY;
        n = keyctl_pkey_sign(serial, info, digest, len, signature, size);
        return n < 0 ? -errno : n;
}

void kernel_key_revoke(int32_t serial)
{
        KernelKey *key = key_find(serial);

        if (!key)
                return;
        store_revoke(serial);
        g_free(key->description);
        *key = state.keys[--state.count];
}
