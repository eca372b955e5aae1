/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secret-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int open_source(const char *path)
{
        int fd;

        if (path && !g_str_equal(path, "-")) {
                fd = open(path, O_RDONLY | O_CLOEXEC);
                return fd < 0 ? -errno : fd;
        }
        if (isatty(STDIN_FILENO))
                return -ENOTTY;
        fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
        return fd < 0 ? -errno : fd;
}

static ssize_t read_all(int fd, unsigned char *data, size_t size)
{
        size_t length = 0;

        while (length < size) {
                ssize_t n = read(fd, data + length, size - length);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                length += n;
        }
        return length;
}

static int write_all(int fd, const unsigned char *data, size_t size)
{
        while (size > 0) {
                ssize_t n = write(fd, data, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                data += n;
                size -= n;
        }
        return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static int sealed_copy(const unsigned char *data, size_t size)
{
        int fd = memfd_create("lwm2mctl-key", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        int r;

        if (fd < 0)
                return -errno;
        r = write_all(fd, data, size);
        if (r >= 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
                r = -errno;
        if (r >= 0)
                return fd;
        close(fd);
        return r;
}

static bool is_text_line(const unsigned char *data, size_t size)
{
        for (size_t i = 0; i + 1 < size; i++) {
                if (!g_ascii_isprint(data[i]))
                        return false;
        }
        return data[size - 1] == '\n';
}

static int copy(int source, unsigned char *data, size_t *ret_size, bool *ret_text_line)
{
        ssize_t size = read_all(source, data, SECRET_MAX + 1);
        int fd;

        if (size < 0)
                return (int) size;
        if (size == 0)
                return -ENODATA;
        if (size > SECRET_MAX)
                return -EMSGSIZE;
        fd = sealed_copy(data, size);
        if (fd < 0)
                return fd;
        *ret_size = size;
        *ret_text_line = is_text_line(data, size);
        return fd;
}

int secret_file_open(const char *path, size_t *ret_size, bool *ret_text_line)
{
        static unsigned char data[SECRET_MAX + 1];
        int source = open_source(path);
        bool locked;
        int fd;

        if (source < 0)
                return source;
        locked = mlock(data, sizeof(data)) == 0;
        fd = copy(source, data, ret_size, ret_text_line);
        explicit_bzero(data, sizeof(data));
        if (locked)
                munlock(data, sizeof(data));
        close(source);
        return fd;
}
