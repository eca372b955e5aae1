/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/key-arena.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Serials begin below those that keyctl(2) has for special keyrings. */
#define FIRST_SERIAL (-1000)

typedef struct ArenaKey {
        int32_t serial;
        size_t offset;
        size_t len;
} ArenaKey;

struct KeyArena {
        uint8_t *memory;
        size_t size;
        bool lockable;
        size_t locked; /* from the beginning; merely in use where memory cannot be locked */
        GArray *keys;  /* of ArenaKey, without gaps in the memory */
        size_t max_keys;
        int32_t next_serial;
};

/* Whether mlock(2) exists for us. A container's system call filter says EPERM as a limit of 0 does,
 * which is a limit like any other. */
static bool memory_is_lockable(void *memory, size_t size)
{
        struct rlimit limit;

        if (mlock(memory, size) == 0) {
                munlock(memory, size);
                return true;
        }
        return errno != ENOSYS &&
               !(errno == EPERM && getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur > 0);
}

KeyArena *key_arena_new(size_t size, size_t max_keys)
{
        KeyArena *arena = g_new0(KeyArena, 1);

        arena->memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (arena->memory == MAP_FAILED)
                g_error("mmap: %s", g_strerror(errno));
        madvise(arena->memory, size, MADV_DONTDUMP);
        madvise(arena->memory, size, MADV_WIPEONFORK);
        arena->lockable = memory_is_lockable(arena->memory, 1);
        arena->size = size;
        arena->max_keys = max_keys;
        arena->keys = g_array_new(FALSE, FALSE, sizeof(ArenaKey));
        arena->next_serial = FIRST_SERIAL;
        return arena;
}

void key_arena_free(KeyArena *arena)
{
        if (!arena)
                return;

        explicit_bzero(arena->memory, arena->locked);
        munmap(arena->memory, arena->size);
        g_array_unref(arena->keys);
        g_free(arena);
}

bool key_arena_is_lockable(const KeyArena *arena)
{
        return arena->lockable;
}

static ArenaKey *arena_key(const KeyArena *arena, unsigned index)
{
        return &g_array_index(arena->keys, ArenaKey, index);
}

static size_t arena_used(const KeyArena *arena)
{
        const ArenaKey *last;

        if (arena->keys->len == 0)
                return 0;
        last = arena_key(arena, arena->keys->len - 1);
        return last->offset + last->len;
}

static int arena_lock(KeyArena *arena, size_t end)
{
        size_t wanted = MIN((end + 4095) / 4096 * 4096, arena->size);

        if (wanted <= arena->locked)
                return 0;
        if (arena->lockable && mlock(arena->memory, wanted) < 0)
                return -EDQUOT;
        arena->locked = wanted;
        return 0;
}

int key_arena_add(KeyArena *arena, const void *data, size_t len, int32_t *ret_serial)
{
        ArenaKey key = {.serial = arena->next_serial, .offset = arena_used(arena), .len = len};
        int r;

        if (arena->keys->len == arena->max_keys || len > arena->size - key.offset)
                return -ENOSPC;
        r = arena_lock(arena, key.offset + len);
        if (r < 0)
                return r;

        memcpy(arena->memory + key.offset, data, len);
        g_array_append_val(arena->keys, key);
        arena->next_serial--;
        *ret_serial = key.serial;
        return 0;
}

ssize_t key_arena_read(const KeyArena *arena, int32_t serial, void *data, size_t size)
{
        for (unsigned i = 0; i < arena->keys->len; i++) {
                const ArenaKey *key = arena_key(arena, i);

                if (key->serial != serial)
                        continue;
                if (key->len <= size)
                        memcpy(data, arena->memory + key->offset, key->len);
                return (ssize_t) key->len;
        }
        return -ENOKEY;
}

/* Moves what is behind the gap to the front, and wipes the end that becomes free. */
static void arena_close_gap(KeyArena *arena, unsigned index)
{
        ArenaKey gone = *arena_key(arena, index);
        size_t used = arena_used(arena);

        memmove(arena->memory + gone.offset, arena->memory + gone.offset + gone.len,
                used - gone.offset - gone.len);
        explicit_bzero(arena->memory + used - gone.len, gone.len);
        g_array_remove_index(arena->keys, index);
        for (unsigned i = index; i < arena->keys->len; i++)
                arena_key(arena, i)->offset -= gone.len;
}

void key_arena_remove(KeyArena *arena, int32_t serial)
{
        for (unsigned i = 0; i < arena->keys->len; i++)
                if (arena_key(arena, i)->serial == serial) {
                        arena_close_gap(arena, i);
                        return;
                }
}
