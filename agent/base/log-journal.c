/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log-journal.h"

/* The place of this file in the source would be noted in each entry, and says nothing. */
#define SD_JOURNAL_SUPPRESS_LOCATION

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#define FIELDS 4

bool log_journal_wanted(void)
{
        const char *stream = getenv("JOURNAL_STREAM");
        guint64 device, inode;
        struct stat st;
        char *end;

        if (!stream)
                return false;

        device = g_ascii_strtoull(stream, &end, 10);
        if (*end != ':')
                return false;
        inode = g_ascii_strtoull(end + 1, &end, 10);
        return *end == '\0' && fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device &&
               st.st_ino == inode;
}

static struct iovec field(char *text)
{
        return (struct iovec){.iov_base = text, .iov_len = strlen(text)};
}

int log_journal_write(int priority, const char *event_id, const char *object, const char *line)
{
        g_autofree char *message = g_strconcat("MESSAGE=", line, NULL);
        g_autofree char *level = g_strdup_printf("PRIORITY=%d", priority);
        g_autofree char *id = event_id ? g_strconcat("MESSAGE_ID=", event_id, NULL) : NULL;
        g_autofree char *about = object ? g_strconcat("LWM2MD_OBJECT=", object, NULL) : NULL;
        struct iovec fields[FIELDS];
        int n = 0;

        fields[n++] = field(message);
        fields[n++] = field(level);
        if (id)
                fields[n++] = field(id);
        if (about)
                fields[n++] = field(about);
        return sd_journal_sendv(fields, n);
}
