/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/read-fd.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct ReadFd {
        int fd;
        guint source;
        Timer *timer;
        uint8_t *data; /* a mapping of its own, so that it can be locked and is never swapped */
        size_t size;
        size_t len;
        ReadFdDone done;
        void *user;
};

static void read_fd_free(ReadFd *read)
{
        if (read->source)
                g_source_remove(read->source);
        timer_free(read->timer);
        if (read->data) {
                explicit_bzero(read->data, read->size);
                munmap(read->data, read->size);
        }
        close(read->fd);
        g_free(read);
}

static void read_fd_end(ReadFd *read, int result)
{
        read->done(result, read->data, read->len, read->user);
        read_fd_free(read);
}

static void read_fd_on_timeout(void *user)
{
        read_fd_end(user, -ETIMEDOUT);
}

/* One read() for each time the descriptor is ready, so that a pipe never blocks us. */
static gboolean read_fd_on_readable(int fd, GIOCondition condition, gpointer user)
{
        ReadFd *self = user;
        ssize_t n = read(fd, self->data + self->len, self->size - self->len);

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return G_SOURCE_CONTINUE;
        if (n > 0) {
                self->len += (size_t) n;
                if (self->len < self->size)
                        return G_SOURCE_CONTINUE;
        }
        self->source = 0;
        read_fd_end(self, n < 0 ? -errno : n > 0 ? -EMSGSIZE : 0);
        return G_SOURCE_REMOVE;
}

ReadFd *read_fd_start(Clock *clock, int fd, size_t max, ReadFdDone done, void *user)
{
        ReadFd *self = g_new0(ReadFd, 1);

        self->fd = fd;
        self->done = done;
        self->user = user;
        self->size = max + 1;
        self->data =
                mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (self->data == MAP_FAILED) {
                self->data = NULL;
                read_fd_free(self);
                return NULL;
        }
        lseek(fd, 0, SEEK_SET); /* a memfd just written stands at its end; a pipe cannot seek */
        mlock(self->data, self->size);
        madvise(self->data, self->size, MADV_DONTDUMP);
        self->timer = timer_new(clock, read_fd_on_timeout, self);
        timer_arm_in(self->timer, READ_FD_TIMEOUT);
        self->source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, read_fd_on_readable, self);
        return self;
}

void read_fd_cancel(ReadFd *read)
{
        if (read)
                read_fd_free(read);
}
