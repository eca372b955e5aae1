/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log-journal.h"

#include <errno.h>

bool log_journal_wanted(void)
{
        return false;
}

int log_journal_write(int priority, const char *event_id, const char *object, const char *line)
{
        return -EOPNOTSUPP;
}
