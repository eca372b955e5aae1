/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/host.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/kernel-key.h"
#include "base/log.h"
#include "base/random.h"

void host_link_init(LwmSecurityLink *link)
{
        link->log_limit = RATE_LIMIT(HOST_LOG_INTERVAL, HOST_LOG_BURST);
}

void host_link_enter(LwmSecurityLink *link)
{
        link->calling = true;
        g_clear_pointer(&link->words, g_free);
}

void host_link_clear(LwmSecurityLink *link)
{
        g_clear_pointer(&link->words, g_free);
        queue_clear(&link->wire);
        queue_clear(&link->marked);
        queue_clear(&link->messages);
}

static int host_emit(LwmSecurityLink *link, Queue *queue, const void *data, size_t len)
{
        int r = link->calling ? queue_put(queue, data, len) : -EPERM;

        if (r < 0)
                link->refused++;
        return r;
}

static int host_emit_wire(LwmSecurityLink *link, const void *data, size_t len)
{
        if (len > link->mtu)
                return -EMSGSIZE;
        return host_emit(link, &link->wire, data, len);
}

static int host_emit_wire_as(LwmSecurityLink *link, uint8_t information_id, const void *data,
                             size_t len)
{
        g_autofree uint8_t *marked = NULL;

        if (!link->marks)
                return -EOPNOTSUPP;
        if (len > link->mtu)
                return -EMSGSIZE;
        marked = g_malloc(1 + len);
        marked[0] = information_id;
        if (len > 0)
                memcpy(marked + 1, data, len);
        return host_emit(link, &link->marked, marked, 1 + len);
}

static int host_emit_message(LwmSecurityLink *link, const void *data, size_t len)
{
        if (len > UINT16_MAX)
                return -EMSGSIZE;
        return host_emit(link, &link->messages, data, len);
}

static void host_random(void *data, size_t len)
{
        random_bytes(data, len);
}

static bool host_may_use(const LwmSecurityLink *link, int32_t serial)
{
        return serial != 0 && serial == link->secret;
}

static ssize_t host_key_read(LwmSecurityLink *link, int32_t serial, void *data, size_t size)
{
        if (!host_may_use(link, serial))
                return -EACCES;
        return kernel_key_read(serial, data, size);
}

static ssize_t host_key_sign(LwmSecurityLink *link, int32_t serial, const char *info,
                             const void *digest, size_t len, void *signature, size_t size)
{
        if (!host_may_use(link, serial))
                return -EACCES;
        return kernel_key_sign(serial, info, digest, len, signature, size);
}

static int host_counter_get(LwmSecurityLink *link, uint32_t id, uint64_t *ret)
{
        if (!link->vault)
                return -EOPNOTSUPP;
        return vault_counter_get(link->vault, link->account, id, ret);
}

static int host_counter_set(LwmSecurityLink *link, uint32_t id, uint64_t value)
{
        if (!link->vault)
                return -EOPNOTSUPP;
        return vault_counter_set(link->vault, link->account, id, value);
}

static int64_t host_realtime(LwmSecurityLink *link)
{
        gint64 now = clock_realtime(link->clock) / G_USEC_PER_SEC;

        return now >= HOST_EARLIEST_TIME ? now : -1;
}

static LogLevel host_log_level(int priority)
{
        switch (priority) {
        case LOG_WARNING:
                return LOG_LEVEL_WARNING;
        case LOG_NOTICE:
                return LOG_LEVEL_NOTICE;
        case LOG_INFO:
                return LOG_LEVEL_INFO;
        case LOG_DEBUG:
                return LOG_LEVEL_DEBUG;
        default:
                return priority < LOG_WARNING ? LOG_LEVEL_ERROR : LOG_LEVEL_DEBUG;
        }
}

/* One line of text, whatever the plugin repeats from the network. */
static char *host_line(const char *text)
{
        g_autofree char *copy = g_strndup(text, HOST_MAX_LOG);
        char *line = g_utf8_make_valid(copy, -1);

        for (char *c = line; *c; c++)
                if (g_ascii_iscntrl(*c))
                        *c = ' ';
        return line;
}

static void host_log_line(LwmSecurityLink *link, LogLevel level, const char *line)
{
        unsigned suppressed;

        if (level > log_get_level() ||
            !rate_limit_pass(&link->log_limit, clock_now(link->clock), &suppressed))
                return;
        if (suppressed > 0)
                log_warning(link->name, "%s: %u lines of the plugin are left out", link->plugin,
                            suppressed);
        log_at(level, link->name, "%s: %s", link->plugin, line);
}

static void host_log(LwmSecurityLink *link, int priority, const char *text)
{
        LogLevel level = host_log_level(priority);
        g_autofree char *line = NULL;

        if (!text)
                return;
        line = host_line(text);
        host_log_line(link, level, line);
        if (level <= LOG_LEVEL_WARNING) {
                g_free(link->words);
                link->words = g_steal_pointer(&line);
        }
}

static int host_judge_message(LwmSecurityLink *link, const void *data, size_t len)
{
        return link->judge ? link->judge(data, len, link->judge_user) : 0;
}

static const LwmSecurityHost host_table = {
        .abi = LWM_SECURITY_ABI,
        .size = sizeof(LwmSecurityHost),
        .emit_wire = host_emit_wire,
        .emit_message = host_emit_message,
        .random = host_random,
        .key_read = host_key_read,
        .key_sign = host_key_sign,
        .counter_get = host_counter_get,
        .counter_set = host_counter_set,
        .realtime = host_realtime,
        .log = host_log,
        .emit_wire_as = host_emit_wire_as,
        .judge_message = host_judge_message,
};

const LwmSecurityHost *host_callbacks(void)
{
        return &host_table;
}
