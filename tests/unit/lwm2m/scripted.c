/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plugin of mode 0 without cryptography. Its handshake is one datagram "hello"; a datagram that
 * begins with '!' is an order: "!ready", "!resumed", "!closed", "!alert N". A session that is ready
 * can be saved. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/lwm2m-security.h"

struct LwmSecuritySession {
        const LwmSecurityHost *host;
        LwmSecurityLink *link;
        uint64_t limit;
        LwmSecurityStatus status;
};

static int scripted_create(const LwmSecurityHost *host, LwmSecurityLink *link,
                           const LwmSecurityConfig *config, LwmSecuritySession **ret)
{
        LwmSecuritySession *session = calloc(1, sizeof(*session));

        session->host = host;
        session->link = link;
        session->limit = config->handshake_limit_ms * (uint64_t) 1000;
        session->status = (LwmSecurityStatus){
                .size = sizeof(LwmSecurityStatus),
                .alert_sent = -1,
                .alert_received = -1,
                .deadline = LWM_SECURITY_NEVER,
                .max_message = config->mtu,
        };
        *ret = session;
        return 0;
}

static void scripted_destroy(LwmSecuritySession *session)
{
        free(session);
}

static int scripted_start(LwmSecuritySession *session, uint64_t now)
{
        session->status.state = LWM_SECURITY_CONNECTING;
        session->status.deadline = now + session->limit;
        return session->host->emit_wire(session->link, "hello", 5);
}

static void end(LwmSecuritySession *session, LwmSecurityState state, int error)
{
        session->status.state = state;
        session->status.error = error;
        session->status.deadline = LWM_SECURITY_NEVER;
}

static int scripted_obey(LwmSecuritySession *session, const char *order)
{
        if (strncmp(order, "!alert", 6) == 0) {
                session->status.alert_received = (int16_t) atoi(order + 6);
                end(session, LWM_SECURITY_FAILED, -EACCES);
        } else if (strcmp(order, "!closed") == 0) {
                end(session, LWM_SECURITY_CLOSED, 0);
        } else {
                session->status.resumed = strcmp(order, "!resumed") == 0;
                session->status.cipher_suite = 0xc0a8;
                end(session, LWM_SECURITY_READY, 0);
        }
        return 0;
}

static int scripted_receive(LwmSecuritySession *session, const void *data, size_t len, uint64_t now)
{
        char order[32] = "";

        if (len > 0 && len < sizeof(order) && *(const char *) data == '!') {
                memcpy(order, data, len);
                return scripted_obey(session, order);
        }
        return session->host->emit_message(session->link, data, len);
}

static int scripted_send(LwmSecuritySession *session, const void *data, size_t len, uint64_t now)
{
        if (session->status.state != LWM_SECURITY_READY)
                return -ENOTCONN;
        return session->host->emit_wire(session->link, data, len);
}

static int scripted_expire(LwmSecuritySession *session, uint64_t now)
{
        if (now >= session->status.deadline)
                end(session, LWM_SECURITY_FAILED, -ETIMEDOUT);
        return 0;
}

static int scripted_close(LwmSecuritySession *session, uint64_t now)
{
        end(session, LWM_SECURITY_CLOSED, 0);
        return 0;
}

static const LwmSecurityStatus *scripted_status(const LwmSecuritySession *session)
{
        return &session->status;
}

static ssize_t scripted_save(LwmSecuritySession *session, LwmSecuritySave kind, void *data,
                             size_t size)
{
        if (kind != LWM_SECURITY_SAVE_CONTEXT || session->status.state != LWM_SECURITY_READY)
                return -ENODATA;
        if (data && size > 0)
                memcpy(data, "!", 1);
        return 1;
}

static int scripted_restore(const LwmSecurityHost *host, LwmSecurityLink *link,
                            const LwmSecurityConfig *config, LwmSecuritySave kind, const void *data,
                            size_t len, LwmSecuritySession **ret)
{
        int r = scripted_create(host, link, config, ret);

        return r < 0 ? r : scripted_obey(*ret, "!resumed");
}

LWM_SECURITY_EXPORT const LwmSecurityPlugin lwm_security_plugin = {
        .abi = LWM_SECURITY_ABI,
        .size = sizeof(LwmSecurityPlugin),
        .name = "scripted",
        .version = "1",
        .ip_modes = LWM_SECURITY_MODE(0),
        .saves = LWM_SECURITY_SAVES(LWM_SECURITY_SAVE_CONTEXT),
        .create = scripted_create,
        .destroy = scripted_destroy,
        .start = scripted_start,
        .receive = scripted_receive,
        .send = scripted_send,
        .expire = scripted_expire,
        .close = scripted_close,
        .status = scripted_status,
        .save = scripted_save,
        .restore = scripted_restore,
};
