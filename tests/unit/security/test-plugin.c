/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A plugin that does what it is told. Commands are words with a blank between: those of the PSK
 * identity are obeyed by start(), those of the server name by expire(), those of a datagram by
 * receive(), and what follows a `!` in a message by send(). With the server name "early" it emits
 * before it may. See the table of commands. With -D, one thing at a time is wrong.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/lwm2m-security.h"

#ifndef TEST_ABI
#define TEST_ABI LWM_SECURITY_ABI
#endif
#ifndef TEST_SIZE
#define TEST_SIZE sizeof(LwmSecurityPlugin)
#endif
#ifndef TEST_NAME
#define TEST_NAME "good"
#endif
#ifndef TEST_SYMBOL
#define TEST_SYMBOL lwm_security_plugin
#endif
#ifndef TEST_IP_MODES
#define TEST_IP_MODES (LWM_SECURITY_MODE(0) | LWM_SECURITY_MODE(3))
#endif
#ifndef TEST_SMS_MODES
#define TEST_SMS_MODES 0
#endif
#ifndef TEST_RECEIVE
#define TEST_RECEIVE test_receive
#endif

#define MAX_SCRIPT 512
#define TICKET "ticket of test"
#define CONTEXT "context of test"

struct LwmSecuritySession {
        const LwmSecurityHost *host;
        LwmSecurityLink *link;
        LwmSecurityStatus status;
        int32_t secret;
        bool silent; /* status() gives NULL */
        uint64_t now;
        char at_start[MAX_SCRIPT];
        char at_expire[MAX_SCRIPT];
};

typedef int (*Command)(LwmSecuritySession *session, const char *argument);

static int say(LwmSecuritySession *session, const char *what, long value)
{
        char text[64];

        snprintf(text, sizeof(text), "%s %ld", what, value);
        return session->host->emit_message(session->link, text, strlen(text));
}

static int do_wire(LwmSecuritySession *session, const char *argument)
{
        return session->host->emit_wire(session->link, argument, strlen(argument));
}

static int do_message(LwmSecuritySession *session, const char *argument)
{
        return session->host->emit_message(session->link, argument, strlen(argument));
}

static int do_flood(LwmSecuritySession *session, const char *argument)
{
        int refused = 0;

        for (int i = 0; i < atoi(argument); i++)
                if (session->host->emit_wire(session->link, "flood", 5) < 0)
                        refused++;
        return say(session, "refused", refused);
}

static int do_ready(LwmSecuritySession *session, const char *argument)
{
        session->status.state = LWM_SECURITY_READY;
        session->status.deadline = LWM_SECURITY_NEVER;
        return 0;
}

static int do_closed(LwmSecuritySession *session, const char *argument)
{
        session->status.state = LWM_SECURITY_CLOSED;
        return 0;
}

static int do_fail(LwmSecuritySession *session, const char *argument)
{
        session->status.state = LWM_SECURITY_FAILED;
        session->status.error = -atoi(argument);
        return 0;
}

static int do_alert_received(LwmSecuritySession *session, const char *argument)
{
        session->status.alert_received = (int16_t) atoi(argument);
        return 0;
}

static int do_alert_sent(LwmSecuritySession *session, const char *argument)
{
        session->status.alert_sent = (int16_t) atoi(argument);
        return 0;
}

static int do_error(LwmSecuritySession *session, const char *argument)
{
        return -atoi(argument);
}

static int do_deadline(LwmSecuritySession *session, const char *argument)
{
        session->status.deadline = session->now + strtoull(argument, NULL, 10);
        return 0;
}

static int do_past(LwmSecuritySession *session, const char *argument)
{
        session->status.deadline = 1;
        return 0;
}

static int do_key(LwmSecuritySession *session, const char *argument)
{
        int32_t serial = *argument ? atoi(argument) : session->secret;
        char key[64];
        ssize_t n = session->host->key_read(session->link, serial, key, sizeof(key));

        if (n < 0)
                return say(session, "key", (long) n);
        return session->host->emit_message(session->link, key, (size_t) n);
}

static int do_sign(LwmSecuritySession *session, const char *argument)
{
        char signature[64];

        return say(session, "sign",
                   (long) session->host->key_sign(session->link, atoi(argument),
                                                  "enc=pkcs1 hash=sha256", "x", 1, signature,
                                                  sizeof(signature)));
}

static int do_count(LwmSecuritySession *session, const char *argument)
{
        uint64_t value = 0;
        int r = session->host->counter_get(session->link, 7, &value);

        if (r < 0)
                return say(session, "count", r);
        r = session->host->counter_set(session->link, 7, strtoull(argument, NULL, 10));
        return say(session, "count", r < 0 ? r : (long) value);
}

static int do_time(LwmSecuritySession *session, const char *argument)
{
        return say(session, "time", (long) session->host->realtime(session->link));
}

static int do_random(LwmSecuritySession *session, const char *argument)
{
        unsigned char bytes[16];

        session->host->random(bytes, sizeof(bytes));
        return session->host->emit_message(session->link, bytes, sizeof(bytes));
}

static int do_log(LwmSecuritySession *session, const char *argument)
{
        session->host->log(session->link, 5, argument);
        return 0;
}

static int do_warn(LwmSecuritySession *session, const char *argument)
{
        session->host->log(session->link, 4, argument);
        return 0;
}

static int do_large(LwmSecuritySession *session, const char *argument)
{
        static const char data[65535];

        return say(session, "large",
                   session->host->emit_wire(session->link, data, (size_t) atoi(argument)));
}

static int do_silent(LwmSecuritySession *session, const char *argument)
{
        session->silent = true;
        return 0;
}

static const struct {
        const char *name;
        Command run;
} commands[] = {
        {"wire", do_wire},
        {"message", do_message},
        {"flood", do_flood},
        {"ready", do_ready},
        {"closed", do_closed},
        {"fail", do_fail},
        {"alert-received", do_alert_received},
        {"alert-sent", do_alert_sent},
        {"error", do_error},
        {"deadline", do_deadline},
        {"past", do_past},
        {"key", do_key},
        {"sign", do_sign},
        {"count", do_count},
        {"time", do_time},
        {"random", do_random},
        {"log", do_log},
        {"warn", do_warn},
        {"large", do_large},
        {"silent", do_silent},
};

static int obey_word(LwmSecuritySession *session, const char *word)
{
        const char *argument = strchr(word, '=');
        size_t len = argument ? (size_t) (argument - word) : strlen(word);

        for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
                if (strlen(commands[i].name) == len && strncmp(commands[i].name, word, len) == 0)
                        return commands[i].run(session, argument ? argument + 1 : "");
        return -EBADMSG;
}

static int obey(LwmSecuritySession *session, const char *script, size_t len, uint64_t now)
{
        char copy[MAX_SCRIPT];
        char *rest = copy, *word;
        int result = 0;

        if (len >= sizeof(copy))
                return -EBADMSG;
        memcpy(copy, script, len);
        copy[len] = '\0';
        session->now = now;
        while ((word = strsep(&rest, " "))) {
                int r = *word ? obey_word(session, word) : 0;

                if (r < 0)
                        result = r;
        }
        return result;
}

static void copy_script(char *to, const char *from, size_t len)
{
        if (len >= MAX_SCRIPT)
                len = MAX_SCRIPT - 1;
        if (len > 0)
                memcpy(to, from, len);
        to[len] = '\0';
}

static int test_create(const LwmSecurityHost *host, LwmSecurityLink *link,
                       const LwmSecurityConfig *config, LwmSecuritySession **ret)
{
        LwmSecuritySession *session;

        /* Nothing may be emitted yet, and the host sees to it. */
        if (config->server_name && strcmp(config->server_name, "early") == 0 &&
            host->emit_message(link, "early", 5) >= 0)
                return -EPROTO;
        if (config->mode == 0 && config->credentials.secret == 0)
                return -ENOKEY;
        if (config->mode == 3 &&
            (config->credentials.secret != 0 || config->credentials.identity.data))
                return -EPROTO;

        session = calloc(1, sizeof(*session));
        session->host = host;
        session->link = link;
        session->secret = config->credentials.secret;
        session->status = (LwmSecurityStatus){
                .size = sizeof(LwmSecurityStatus),
                .alert_sent = -1,
                .alert_received = -1,
                .deadline = LWM_SECURITY_NEVER,
                .max_message = 100,
        };
        copy_script(session->at_start, config->credentials.identity.data,
                    config->credentials.identity.len);
        if (config->server_name)
                copy_script(session->at_expire, config->server_name, strlen(config->server_name));
        *ret = session;
        return 0;
}

static void test_destroy(LwmSecuritySession *session)
{
        free(session);
}

static int test_start(LwmSecuritySession *session, uint64_t now)
{
        session->status.state = LWM_SECURITY_CONNECTING;
        return obey(session, session->at_start, strlen(session->at_start), now);
}

__attribute__((unused)) static int test_receive(LwmSecuritySession *session, const void *data,
                                                size_t len, uint64_t now)
{
        return obey(session, data, len, now);
}

static int test_send(LwmSecuritySession *session, const void *data, size_t len, uint64_t now)
{
        const char *script = memchr(data, '!', len);
        int r = session->host->emit_wire(session->link, data, len);

        if (r < 0 || !script)
                return r;
        script++;
        return obey(session, script, len - (size_t) (script - (const char *) data), now);
}

static int test_expire(LwmSecuritySession *session, uint64_t now)
{
        session->status.deadline = LWM_SECURITY_NEVER;
        return obey(session, session->at_expire, strlen(session->at_expire), now);
}

static int test_close(LwmSecuritySession *session, uint64_t now)
{
        session->status.state = LWM_SECURITY_CLOSED;
        return session->host->emit_wire(session->link, "goodbye", 7);
}

static const LwmSecurityStatus *test_status(const LwmSecuritySession *session)
{
        return session->silent ? NULL : &session->status;
}

static ssize_t test_save(LwmSecuritySession *session, LwmSecuritySave kind, void *data, size_t size)
{
        const char *text = kind == LWM_SECURITY_SAVE_CONTEXT ? CONTEXT : TICKET;
        size_t len = strlen(text);

        memcpy(data ? data : (char[1]){0}, text, size < len ? size : len);
        return (ssize_t) len;
}

static int test_restore(const LwmSecurityHost *host, LwmSecurityLink *link,
                        const LwmSecurityConfig *config, LwmSecuritySave kind, const void *data,
                        size_t len, LwmSecuritySession **ret)
{
        const char *text = kind == LWM_SECURITY_SAVE_CONTEXT ? CONTEXT : TICKET;
        int r;

        if (len != strlen(text) || memcmp(data, text, len) != 0)
                return -ESTALE;
        r = test_create(host, link, config, ret);
        if (r < 0)
                return r;
        (*ret)->status.resumed = true;
        if (kind == LWM_SECURITY_SAVE_CONTEXT)
                (*ret)->status.state = LWM_SECURITY_READY;
        return 0;
}

extern LWM_SECURITY_EXPORT const LwmSecurityPlugin TEST_SYMBOL;

const LwmSecurityPlugin TEST_SYMBOL = {
        .abi = TEST_ABI,
        .size = TEST_SIZE,
        .name = TEST_NAME,
        .version = "1",
        .ip_modes = TEST_IP_MODES,
        .sms_modes = TEST_SMS_MODES,
        .saves = LWM_SECURITY_SAVES(LWM_SECURITY_SAVE_TICKET) |
                 LWM_SECURITY_SAVES(LWM_SECURITY_SAVE_CONTEXT),
        .create = test_create,
        .destroy = test_destroy,
        .start = test_start,
        .receive = TEST_RECEIVE,
        .send = test_send,
        .expire = test_expire,
        .close = test_close,
        .status = test_status,
        .save = test_save,
        .restore = test_restore,
        .sms_proprietary = (TEST_SMS_MODES) & LWM_SECURITY_MODE(2) ? 204 : 0,
};
