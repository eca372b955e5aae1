/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The journal as a place for log lines. Without libsystemd it is never one. */

#include <stdbool.h>

/* Whether stderr is connected to the journal: $JOURNAL_STREAM names its device and inode
 * (systemd.exec(5)). */
bool log_journal_wanted(void);

/* Sends one entry. `priority` as in syslog(3), `event_id` and `object` may be NULL. 0 or a negative
 * errno. */
int log_journal_write(int priority, const char *event_id, const char *object, const char *line);
