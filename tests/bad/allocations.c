/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded, without sanitizers: counts allocations, in the file LWM2MD_ALLOCATIONS. */
#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Beside the reader's, tools.py. The agent has threads: GIO's. */
struct Counts {
        uint64_t allocations;
        uint64_t live; /* octets; those from before the start may make it "negative" */
};

static struct Counts nowhere;
static struct Counts *counts = &nowhere;

static void count(uint64_t n, size_t more, size_t less)
{
        __atomic_add_fetch(&counts->allocations, n, __ATOMIC_RELAXED);
        __atomic_add_fetch(&counts->live, more - less, __ATOMIC_RELAXED);
}

static __attribute__((constructor)) void begin(void)
{
        const char *path = getenv("LWM2MD_ALLOCATIONS");
        int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
        void *map;

        if (fd < 0)
                return;
        map = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
        if (map != MAP_FAILED)
                counts = map;
}

void *malloc(size_t size)
{
        static void *(*next)(size_t);
        void *memory;

        if (!next)
                next = (void *(*) (size_t)) dlsym(RTLD_NEXT, "malloc");
        memory = next(size);
        count(1, malloc_usable_size(memory), 0);
        return memory;
}

void *calloc(size_t n, size_t size)
{
        static void *(*next)(size_t, size_t);
        void *memory;

        if (!next)
                next = (void *(*) (size_t, size_t)) dlsym(RTLD_NEXT, "calloc");
        memory = next(n, size);
        count(1, malloc_usable_size(memory), 0);
        return memory;
}

void *realloc(void *old, size_t size)
{
        static void *(*next)(void *, size_t);
        size_t before = malloc_usable_size(old);
        void *memory;

        if (!next)
                next = (void *(*) (void *, size_t)) dlsym(RTLD_NEXT, "realloc");
        memory = next(old, size);
        if (memory)
                count(1, malloc_usable_size(memory), before);
        return memory;
}

void free(void *memory)
{
        static void (*next)(void *);

        if (!next)
                next = (void (*)(void *)) dlsym(RTLD_NEXT, "free");
        count(0, 0, malloc_usable_size(memory));
        next(memory);
}
