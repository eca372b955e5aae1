/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/plugin-file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "security/loader-error.h"

#define OWN_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define OWN_DATA (G_BYTE_ORDER == G_LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB)

/* What both classes have at the same place. */
typedef struct ElfStart {
        unsigned char ident[EI_NIDENT];
        uint16_t type;
        uint16_t machine;
} ElfStart;

/* Of this program, put there by the linker. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static gboolean judge_owner(const struct stat *st, GError **error)
{
        if (st->st_uid != 0 && st->st_uid != geteuid())
                return loader_refuse(error, LOADER_ERROR_FILE, "is owned by user %u, not by root",
                                     (unsigned) st->st_uid);
        if (st->st_mode & S_IWOTH)
                return loader_refuse(error, LOADER_ERROR_FILE,
                                     "can be written by everybody (mode %04o)",
                                     st->st_mode & 07777);
        if (st->st_mode & S_IWGRP)
                return loader_refuse(error, LOADER_ERROR_FILE,
                                     "can be written by its group (mode %04o)",
                                     st->st_mode & 07777);
        return TRUE;
}

gboolean plugin_directory_judge(const char *path, bool *ret_root, GError **error)
{
        struct stat st;

        if (stat(path, &st) < 0)
                return loader_refuse(error, LOADER_ERROR_FILE, "cannot be looked at: %s",
                                     g_strerror(errno));
        if (!S_ISDIR(st.st_mode))
                return loader_refuse(error, LOADER_ERROR_FILE, "is not a directory");
        if (!judge_owner(&st, error))
                return FALSE;
        if (ret_root)
                *ret_root = st.st_uid == 0;
        return TRUE;
}

static gboolean judge_elf(int fd, GError **error)
{
        ElfStart start;

        if (pread(fd, &start, sizeof(start), 0) != sizeof(start) ||
            memcmp(start.ident, ELFMAG, SELFMAG) != 0)
                return loader_refuse(error, LOADER_ERROR_FILE, "is not an ELF file");
        if (start.ident[EI_CLASS] != OWN_CLASS || start.ident[EI_DATA] != OWN_DATA ||
            start.machine != __ehdr_start.e_machine)
                return loader_refuse(error, LOADER_ERROR_FILE,
                                     "is built for another kind of machine");
        if (start.type != ET_DYN)
                return loader_refuse(error, LOADER_ERROR_FILE, "is not a shared object");
        return TRUE;
}

static gboolean judge_open_file(int fd, bool *ret_root, GError **error)
{
        struct stat st;

        if (fstat(fd, &st) < 0)
                return loader_refuse(error, LOADER_ERROR_FILE, "cannot be looked at: %s",
                                     g_strerror(errno));
        if (!S_ISREG(st.st_mode))
                return loader_refuse(error, LOADER_ERROR_FILE, "is not a regular file");
        if (!judge_owner(&st, error) || !judge_elf(fd, error))
                return FALSE;
        *ret_root = st.st_uid == 0;
        return TRUE;
}

static gboolean judge_file(const char *path, bool *ret_root, GError **error)
{
        /* Not blocking: a fifo with this name must not stop the agent. */
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        gboolean ok;

        if (fd < 0)
                return loader_refuse(error, LOADER_ERROR_FILE, "cannot be opened: %s",
                                     g_strerror(errno));
        ok = judge_open_file(fd, ret_root, error);
        close(fd);
        return ok;
}

/* Where the links lead must be where the file seems to be: another directory has not been judged.
 */
static char *resolve(const char *path, char **ret_directory, GError **error)
{
        g_autofree char *directory = g_path_get_dirname(path);
        g_autofree char *real_directory = NULL;
        g_autofree char *target_directory = NULL;
        g_autofree char *target = NULL;

        real_directory = realpath(directory, NULL);
        target = realpath(path, NULL);
        if (!real_directory || !target) {
                loader_refuse(error, LOADER_ERROR_FILE, "cannot be opened: %s", g_strerror(errno));
                return NULL;
        }
        target_directory = g_path_get_dirname(target);
        if (strcmp(real_directory, target_directory) != 0) {
                loader_refuse(error, LOADER_ERROR_FILE, "is a link out of its directory, to %s",
                              target);
                return NULL;
        }
        *ret_directory = g_steal_pointer(&real_directory);
        return g_steal_pointer(&target);
}

gboolean plugin_file_judge(const char *path, char **ret_resolved, bool *ret_root, GError **error)
{
        g_autofree char *directory = NULL;
        g_autofree char *resolved = resolve(path, &directory, error);
        bool root_file, root_directory;

        if (!resolved)
                return FALSE;
        if (!plugin_directory_judge(directory, &root_directory, error)) {
                g_prefix_error(error, "lies in a directory that ");
                return FALSE;
        }
        if (!judge_file(resolved, &root_file, error))
                return FALSE;

        *ret_root = root_file && root_directory;
        *ret_resolved = g_steal_pointer(&resolved);
        return TRUE;
}
