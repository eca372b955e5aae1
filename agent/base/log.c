/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"

#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log-journal.h"
#include "base/names.h"

#define LINE_SIZE 1024
#define MASK_BUFFERS 4
#define MASK_SIZE 128

static const char *const log_level_names[] = {
        [LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARNING] = "warning", [LOG_LEVEL_NOTICE] = "notice",
        [LOG_LEVEL_INFO] = "info",   [LOG_LEVEL_DEBUG] = "debug",
};

NAMES(log_level, LogLevel, log_level_names)

static const int log_level_priorities[] = {
        [LOG_LEVEL_ERROR] = LOG_ERR,     [LOG_LEVEL_WARNING] = LOG_WARNING,
        [LOG_LEVEL_NOTICE] = LOG_NOTICE, [LOG_LEVEL_INFO] = LOG_INFO,
        [LOG_LEVEL_DEBUG] = LOG_DEBUG,
};

/* The one exception to "no globals": a log that had to be passed around would not be used. */
static struct {
        LogLevel level;
        LogSink sink;
        void *sink_user;
        bool show_personal;
        bool probed; /* `journal` is known */
        bool journal;
} log_state = {.level = LOG_LEVEL_INFO};

void log_set_level(LogLevel level)
{
        log_state.level = level;
}

LogLevel log_get_level(void)
{
        return log_state.level;
}

void log_set_sink(LogSink sink, void *user)
{
        log_state.sink = sink;
        log_state.sink_user = user;
}

void log_set_show_personal(int show)
{
        log_state.show_personal = show;
}

static bool utf8_continues(char c)
{
        return ((unsigned char) c & 0xC0) == 0x80;
}

/* A URN's scheme tells nobody's name: "urn:imei:" stays. */
static size_t mask_prefix(const char *text)
{
        const char *colon = g_str_has_prefix(text, "urn:") ? strrchr(text, ':') : NULL;

        return colon ? (size_t) (colon - text) + 1 : 0;
}

const char *log_masked(const char *text)
{
        static char buffers[MASK_BUFFERS][MASK_SIZE];
        static unsigned turn;
        char *buffer;
        size_t prefix, len, head, tail;

        if (log_state.show_personal)
                return text;

        prefix = mask_prefix(text);
        len = strlen(text + prefix);
        head = len / 4;
        tail = len / 5;
        while (head > 0 && utf8_continues(text[prefix + head]))
                head--;
        while (tail > 0 && utf8_continues(text[prefix + len - tail]))
                tail--;

        buffer = buffers[turn++ % MASK_BUFFERS];
        snprintf(buffer, MASK_SIZE, "%.*s…%s", (int) MIN(prefix + head, MASK_SIZE / 2), text,
                 text + prefix + len - MIN(tail, MASK_SIZE / 4));
        return buffer;
}

/* Text from the network must not begin lines of its own or move the terminal's cursor, and the
 * journal hides what is not UTF-8, of which the end may also have been cut in the middle of a
 * character. */
static void line_scrub(char *line)
{
        const char *invalid;

        for (char *c = line; *c; c++)
                if ((unsigned char) *c < ' ' || *c == 0x7F)
                        *c = '?';
        while (!g_utf8_validate(line, -1, &invalid))
                line[invalid - line] = '?';
}

static void log_to_stderr(LogLevel level, const char *line)
{
        char out[LINE_SIZE + 16];
        int len = snprintf(out, sizeof(out), "%s: %s\n", log_level_to_string(level), line);

        /* One write for one line. There is nowhere to report that it failed. */
        if (write(STDERR_FILENO, out, (size_t) len) < 0)
                return;
}

static bool log_to_journal(LogLevel level, const char *event_id, const char *object,
                           const char *line)
{
        if (!log_state.probed) {
                log_state.journal = log_journal_wanted();
                log_state.probed = true;
        }
        return log_state.journal &&
               log_journal_write(log_level_priorities[level], event_id, object, line) >= 0;
}

void log_write(LogLevel level, const char *event_id, const char *object, const char *format, ...)
{
        int saved_errno = errno;
        char line[LINE_SIZE];
        size_t used = 0;
        va_list args;

        if (object)
                used = MIN((size_t) snprintf(line, sizeof(line), "%s: ", object), sizeof(line) - 1);
        errno = saved_errno; /* for %m */
        va_start(args, format);
        vsnprintf(line + used, sizeof(line) - used, format, args);
        va_end(args);
        line_scrub(line);

        if (log_state.sink)
                log_state.sink(level, line, log_state.sink_user);
        else if (!log_to_journal(level, event_id, object, line))
                log_to_stderr(level, line);
        errno = saved_errno;
}
