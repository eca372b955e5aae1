/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <keyutils.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
        bool armed;
        bool kill;
        unsigned step;
        unsigned at;
        int error;
        bool quota;
        const char *unreadable;
} fault;

/* ---- The calls -------------------------------------------------------------- */

typedef enum Fate {
        FATE_GO_ON,
        FATE_FAIL,
        FATE_DIE,
} Fate;

static Fate next_step(void)
{
        if (!fault.armed)
                return FATE_GO_ON;
        fault.step++;
        if (fault.at == 0 || fault.step < fault.at)
                return FATE_GO_ON;
        if (fault.kill)
                return FATE_DIE;
        errno = fault.error;
        return FATE_FAIL;
}

static bool step_fails(void)
{
        Fate fate = next_step();

        if (fate == FATE_DIE)
                kill(getpid(), SIGKILL);
        return fate == FATE_FAIL;
}

int openat(int dir, const char *name, int flags, ...)
{
        mode_t mode = 0;
        va_list args;

        va_start(args, flags);
        if (flags & O_CREAT)
                mode = va_arg(args, mode_t);
        va_end(args);
        if ((flags & O_CREAT) && step_fails())
                return -1;
        if (!(flags & O_CREAT) && g_strcmp0(name, fault.unreadable) == 0) {
                errno = EIO;
                return -1;
        }
        return (int) syscall(SYS_openat, dir, name, flags, mode);
}

ssize_t write(int fd, const void *data, size_t len)
{
        Fate fate = fd > STDERR_FILENO ? next_step() : FATE_GO_ON;

        if (fate == FATE_FAIL)
                return -1;
        if (fate == FATE_DIE) {
                syscall(SYS_write, fd, data, len / 2);
                kill(getpid(), SIGKILL);
        }
        return syscall(SYS_write, fd, data, len);
}

int fsync(int fd)
{
        return step_fails() ? -1 : (int) syscall(SYS_fsync, fd);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
        if (step_fails())
                return -1;
        return (int) syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

/* Removing what is not there is no step. */
int unlinkat(int dir, const char *name, int flags)
{
        struct stat st;

        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && step_fails())
                return -1;
        return (int) syscall(SYS_unlinkat, dir, name, flags);
}

key_serial_t add_key(const char *type, const char *description, const void *payload, size_t len,
                     key_serial_t ring)
{
        if (fault.quota) {
                errno = EDQUOT;
                return -1;
        }
        return (key_serial_t) syscall(SYS_add_key, type, description, payload, len, ring);
}

/* ---- Failing ----------------------------------------------------------------- */

void fault_fail_at(unsigned step, int error)
{
        memset(&fault, 0, sizeof(fault));
        fault.armed = true;
        fault.at = step;
        fault.error = error;
}

unsigned fault_steps(void)
{
        return fault.step;
}

void fault_quota(bool full)
{
        fault.quota = full;
}

void fault_unreadable(const char *name)
{
        fault.unreadable = name;
}

/* ---- Dying -------------------------------------------------------------------- */

bool fault_crash(const char *name, const char *directory, unsigned step)
{
        g_autofree char *number = g_strdup_printf("%u", step);
        const char *argv[] = {"/proc/self/exe", "--crash", name, directory, number, NULL};
        g_autoptr(GError) error = NULL;
        int status;

        g_spawn_sync(NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
                     &error);
        g_assert_no_error(error);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
                return true;
        g_assert_true(WIFEXITED(status));
        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
        return false;
}

bool fault_is_child(int argc, char **argv, const char **ret_name, const char **ret_directory)
{
        if (argc != 5 || strcmp(argv[1], "--crash") != 0)
                return false;
        *ret_name = argv[2];
        *ret_directory = argv[3];
        fault.kill = true;
        fault.at = (unsigned) atoi(argv[4]);
        return true;
}

void fault_arm(void)
{
        fault.armed = true;
}
