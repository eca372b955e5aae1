/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One line a call, to the journal with fields where stderr is the journal's, else to stderr.
 * `object` is what the line is about and becomes its prefix ("server 101"), NULL for the daemon.
 * Lower case, no full stop, units with numbers, errno as text.
 */

#include <syslog.h>

typedef enum LogLevel {
        LOG_LEVEL_ERROR,
        LOG_LEVEL_WARNING,
        LOG_LEVEL_NOTICE,
        LOG_LEVEL_INFO,
        LOG_LEVEL_DEBUG,
} LogLevel;

/* The name ("error" … "debug"), and the level of a name or -EINVAL. */
const char *log_level_to_string(LogLevel level);
int log_level_from_string(const char *name);

void log_set_level(LogLevel level);
LogLevel log_get_level(void);

/* Where lines go instead, in tests; NULL: back to normal. `line` has the prefix and no newline. */
typedef void (*LogSink)(LogLevel level, const char *line, void *user);
void log_set_sink(LogSink sink, void *user);

/* Whether names and numbers of people and subscribers are written out in full. Default: masked. */
void log_set_show_personal(int show);

/* `text` with the larger part of it replaced by dots ("urn:imei:490…518"; short ones wholly), or
 * itself when shown. The result is one of four static buffers used in turn: for log arguments only.
 */
const char *log_masked(const char *text);

/* Writes one line; log_error() … log_debug() below also look at the level first. `event_id`: a
 * MESSAGE_ID of base/log-events.h, or NULL. `object` may be NULL. Control characters and what is
 * not UTF-8 come out as '?'; a line longer than 1 KiB is cut off. Keeps errno, and %m means the
 * caller's.
 */
void log_write(LogLevel level, const char *event_id, const char *object, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

#define log_event(level, id, object, ...)                                                          \
        ((level) <= log_get_level() ? log_write((level), (id), (object), __VA_ARGS__) : (void) 0)
#define log_at(level, object, ...) log_event((level), NULL, (object), __VA_ARGS__)
#define log_error(object, ...) log_at(LOG_LEVEL_ERROR, object, __VA_ARGS__)
#define log_warning(object, ...) log_at(LOG_LEVEL_WARNING, object, __VA_ARGS__)
#define log_notice(object, ...) log_at(LOG_LEVEL_NOTICE, object, __VA_ARGS__)
#define log_info(object, ...) log_at(LOG_LEVEL_INFO, object, __VA_ARGS__)
#define log_debug(object, ...) log_at(LOG_LEVEL_DEBUG, object, __VA_ARGS__)
