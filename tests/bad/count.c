/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded: counts what reaches the disk, in the file LWM2MD_COUNT, where others may read it meanwhile. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Beside the reader's, tools.py. Calls that did something. */
struct Counts {
        uint64_t writes; /* to files; sockets do not count */
        uint64_t octets;
        uint64_t fsyncs;
        uint64_t renames;
        uint64_t unlinks;
};

static struct Counts nowhere;
static struct Counts *counts = &nowhere;

static __attribute__((constructor)) void begin(void)
{
        const char *path = getenv("LWM2MD_COUNT");
        int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
        void *map;

        if (fd < 0)
                return;
        map = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
        if (map != MAP_FAILED)
                counts = map;
}

ssize_t write(int fd, const void *data, size_t len)
{
        ssize_t (*next)(int, const void *, size_t) =
                (ssize_t(*)(int, const void *, size_t)) dlsym(RTLD_NEXT, "write");
        ssize_t n = next(fd, data, len);
        struct stat st;

        if (n > 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
                counts->writes++;
                counts->octets += (uint64_t) n;
        }
        return n;
}

int fsync(int fd)
{
        int (*next)(int) = (int (*)(int)) dlsym(RTLD_NEXT, "fsync");

        counts->fsyncs++;
        return next(fd);
}

int renameat(int old_dir, const char *old_name, int new_dir, const char *new_name)
{
        int (*next)(int, const char *, int, const char *) =
                (int (*)(int, const char *, int, const char *)) dlsym(RTLD_NEXT, "renameat");

        counts->renames++;
        return next(old_dir, old_name, new_dir, new_name);
}

int unlinkat(int dir, const char *name, int flags)
{
        int (*next)(int, const char *, int) =
                (int (*)(int, const char *, int)) dlsym(RTLD_NEXT, "unlinkat");
        int r = next(dir, name, flags);

        counts->unlinks += r == 0;
        return r;
}
