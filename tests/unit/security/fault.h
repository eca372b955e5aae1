/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Power cuts and disks that fail. This file's own openat(), write(), fsync(), renameat() and
 * unlinkat() stand before libc's and count the steps that change the disk; its add_key() can say
 * that the quota is full.
 */

#include <stdbool.h>

/* From now on, from step 1: `step` fails with `error` (for good: all after it too). 0: none fails.
 */
void fault_fail_at(unsigned step, int error);

/* How many steps there were since fault_fail_at(). */
unsigned fault_steps(void);

void fault_quota(bool full);

/* Nothing of this name can be read any more: the disk says EIO. NULL: all can. */
void fault_unreadable(const char *name);

/*
 * Runs this program again with the arguments --crash NAME DIRECTORY, which is killed before it
 * takes its step number `step`; a write is killed half-way. True while it was killed, false when it
 * came to its end before, with 0.
 */
bool fault_crash(const char *name, const char *directory, unsigned step);

/* In main(): whether this is such a child. `func` is then to be run with the two names; see
 * fault_arm(). */
bool fault_is_child(int argc, char **argv, const char **ret_name, const char **ret_directory);

/* In the child: what comes before does not count as steps. */
void fault_arm(void);
