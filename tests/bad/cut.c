/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded: cuts the power before the LWM2MD_CUT-th call that changes what is durable. */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void step(void)
{
        static unsigned long count;
        const char *text = getenv("LWM2MD_CUT");

        if (text && ++count == strtoul(text, NULL, 10))
                kill(getpid(), SIGKILL);
}

ssize_t write(int fd, const void *data, size_t len)
{
        ssize_t (*next)(int, const void *, size_t) =
                (ssize_t(*)(int, const void *, size_t)) dlsym(RTLD_NEXT, "write");
        struct stat st;

        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
                step();
        return next(fd, data, len);
}

int fsync(int fd)
{
        int (*next)(int) = (int (*)(int)) dlsym(RTLD_NEXT, "fsync");

        step();
        return next(fd);
}

int renameat(int old_dir, const char *old_name, int new_dir, const char *new_name)
{
        int (*next)(int, const char *, int, const char *) =
                (int (*)(int, const char *, int, const char *)) dlsym(RTLD_NEXT, "renameat");

        step();
        return next(old_dir, old_name, new_dir, new_name);
}

int unlinkat(int dir, const char *name, int flags)
{
        int (*next)(int, const char *, int) =
                (int (*)(int, const char *, int)) dlsym(RTLD_NEXT, "unlinkat");

        step();
        return next(dir, name, flags);
}

int mkdir(const char *path, mode_t mode)
{
        int (*next)(const char *, mode_t) =
                (int (*)(const char *, mode_t)) dlsym(RTLD_NEXT, "mkdir");

        step();
        return next(path, mode);
}
