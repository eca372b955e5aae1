/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proxy.h"

#include <errno.h>
#include <glib-unix.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool proxy_is_there(const char *name)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        size_t len = strlen(name);
        bool there;
        int fd;

        /* The first octet of an abstract name is NUL, unix(7). */
        if (len >= sizeof(address.sun_path))
                return false;
        memcpy(address.sun_path + 1, name, len);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return false;
        len += offsetof(struct sockaddr_un, sun_path) + 1;

        /* EAGAIN: it listens, and is busy. */
        there = connect(fd, (const struct sockaddr *) &address, (socklen_t) len) == 0 ||
                errno == EAGAIN;
        close(fd);
        return there;
}
