/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded: the time of day is as many seconds off as the file LWM2MD_SKEW says at that moment. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t skew(void)
{
        const char *path = getenv("LWM2MD_SKEW");
        char text[32] = "";
        int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

        if (fd < 0)
                return 0;
        if (read(fd, text, sizeof(text) - 1) < 0)
                text[0] = '\0';
        close(fd);
        return (time_t) strtoll(text, NULL, 10);
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
        int r = (int) syscall(SYS_clock_gettime, id, ts);

        if (r == 0 && id == CLOCK_REALTIME)
                ts->tv_sec += skew();
        return r;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
        struct timespec ts;

        (void) zone;
        clock_gettime(CLOCK_REALTIME, &ts);
        tv->tv_sec = ts.tv_sec;
        tv->tv_usec = ts.tv_nsec / 1000;
        return 0;
}

time_t time(time_t *ret)
{
        struct timespec ts;

        clock_gettime(CLOCK_REALTIME, &ts);
        if (ret)
                *ret = ts.tv_sec;
        return ts.tv_sec;
}
