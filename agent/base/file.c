/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY_PREFIX "."
#define TEMPORARY_SUFFIX ".tmp"

/* Closes when it leaves the scope. */
typedef int Descriptor;

static void descriptor_clear(Descriptor *fd)
{
        if (*fd >= 0)
                close(*fd);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Descriptor, descriptor_clear)

static bool name_is_valid(const char *name)
{
        return name[0] != '\0' && name[0] != '.' && !strchr(name, '/') &&
               strlen(name) + strlen(TEMPORARY_PREFIX TEMPORARY_SUFFIX) <= NAME_MAX;
}

static int directory_open(const char *directory)
{
        int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

/* ---- Reading --------------------------------------------------------------- */

typedef struct Content {
        size_t size;
        uint8_t data[];
} Content;

static void content_free(gpointer user)
{
        Content *content = user;

        explicit_bzero(content->data, content->size);
        g_free(content);
}

ssize_t file_read_all(int fd, void *data, size_t size)
{
        uint8_t *octets = data;
        size_t done = 0;

        while (done < size) {
                ssize_t n = read(fd, octets + done, size - done);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                done += (size_t) n;
        }
        return (ssize_t) done;
}

int file_read(const char *directory, const char *name, size_t max, GBytes **ret)
{
        g_auto(Descriptor) dir = -1, fd = -1;
        Content *content;
        struct stat st;
        size_t size;
        ssize_t n;

        if (!name_is_valid(name))
                return -EINVAL;
        dir = directory_open(directory);
        if (dir < 0)
                return dir;
        fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
        max = MIN(max, FILE_MAX_SIZE);
        if (st.st_size > (off_t) max)
                return -EFBIG;

        size = (size_t) st.st_size + 1; /* one more, to see whether it has grown meanwhile */
        content = g_malloc(sizeof(*content) + size);
        content->size = size;
        n = file_read_all(fd, content->data, size);
        if (n < 0 || (size_t) n == size) {
                content_free(content);
                return n < 0 ? (int) n : -EAGAIN;
        }
        *ret = g_bytes_new_with_free_func(content->data, (size_t) n, content_free, content);
        return 0;
}

/* ---- Replacing ------------------------------------------------------------- */

static int write_all(int fd, const uint8_t *data, size_t len)
{
        while (len > 0) {
                ssize_t n = write(fd, data, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                data += n;
                len -= (size_t) n;
        }
        return 0;
}

/* A complete file of that name, on the disk; its name may not be there yet. */
static int temporary_write(int dir, const char *temporary, const void *data, size_t len)
{
        g_auto(Descriptor) fd = -1;
        int r;

        fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        r = write_all(fd, data, len);
        if (r < 0)
                return r;
        return fsync(fd) < 0 ? -errno : 0;
}

int file_replace(const char *directory, const char *name, const void *data, size_t len)
{
        g_autofree char *temporary = NULL;
        g_auto(Descriptor) dir = -1;
        int r;

        if (!name_is_valid(name))
                return -EINVAL;
        if (len > FILE_MAX_SIZE)
                return -EFBIG;
        dir = directory_open(directory);
        if (dir < 0)
                return dir;

        temporary = g_strconcat(TEMPORARY_PREFIX, name, TEMPORARY_SUFFIX, NULL);
        unlinkat(dir, temporary, 0); /* of an earlier failure; there is none as a rule */
        r = temporary_write(dir, temporary, data, len);
        if (r >= 0 && renameat(dir, temporary, dir, name) < 0)
                r = -errno;
        if (r < 0) {
                unlinkat(dir, temporary, 0);
                return r;
        }
        return fsync(dir) < 0 ? -errno : 0;
}

int file_remove(const char *directory, const char *name)
{
        g_auto(Descriptor) dir = -1;

        if (!name_is_valid(name))
                return -EINVAL;
        dir = directory_open(directory);
        if (dir < 0)
                return dir == -ENOENT ? 0 : dir;
        if (unlinkat(dir, name, 0) < 0)
                return errno == ENOENT ? 0 : -errno;
        return fsync(dir) < 0 ? -errno : 0;
}

/* ---- Directories ----------------------------------------------------------- */

static bool is_temporary(const char *name)
{
        return g_str_has_prefix(name, TEMPORARY_PREFIX) && g_str_has_suffix(name, TEMPORARY_SUFFIX);
}

int file_sweep(const char *directory)
{
        DIR *dir = opendir(directory);
        struct dirent *entry;
        int r = 0;

        if (!dir)
                return errno == ENOENT ? 0 : -errno;
        while ((entry = readdir(dir)))
                if (is_temporary(entry->d_name) && unlinkat(dirfd(dir), entry->d_name, 0) < 0)
                        r = -errno;
        closedir(dir);
        return r;
}

/* Makes one directory, and its name durable in its parent. */
static int make_one(const char *path)
{
        g_autofree char *parent = g_path_get_dirname(path);
        g_auto(Descriptor) dir = -1;

        if (mkdir(path, 0700) < 0)
                return errno == EEXIST ? 0 : -errno;
        dir = directory_open(parent);
        if (dir < 0)
                return dir;
        return fsync(dir) < 0 ? -errno : 0;
}

int file_make_directory(const char *directory)
{
        g_autofree char *path = g_strdup(directory);
        struct stat st;

        for (char *slash = path + 1; *path && (slash = strchr(slash, '/')); slash++) {
                *slash = '\0';
                if (stat(path, &st) < 0) {
                        int r = make_one(path);

                        if (r < 0)
                                return r;
                }
                *slash = '/';
        }
        if (stat(path, &st) == 0)
                return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
        return make_one(path);
}
