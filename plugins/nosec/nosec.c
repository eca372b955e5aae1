/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * No security: a message is a datagram (Core 5.2, security mode 3). Also the
 * plugin to read first: it is the interface and nothing else.
 */

#include <errno.h>
#include <stdlib.h>

#include "lwm2m-security.h"

struct LwmSecuritySession {
        const LwmSecurityHost *host;
        LwmSecurityLink *link;
        LwmSecurityStatus status;
};

static int nosec_create(const LwmSecurityHost *host, LwmSecurityLink *link,
                        const LwmSecurityConfig *config, LwmSecuritySession **ret)
{
        LwmSecuritySession *session;

        if (config->mtu == 0)
                return -EINVAL;

        session = calloc(1, sizeof(*session));
        if (!session)
                return -ENOMEM;

        session->host = host;
        session->link = link;
        session->status = (LwmSecurityStatus){
                .size = sizeof(LwmSecurityStatus),
                .state = LWM_SECURITY_IDLE,
                .alert_sent = -1,
                .alert_received = -1,
                .deadline = LWM_SECURITY_NEVER,
                .max_message = config->mtu,
        };

        *ret = session;
        return 0;
}

static void nosec_destroy(LwmSecuritySession *session)
{
        free(session);
}

static int nosec_start(LwmSecuritySession *session, uint64_t now)
{
        if (session->status.state != LWM_SECURITY_IDLE)
                return -EALREADY;

        session->status.state = LWM_SECURITY_READY;
        return 0;
}

static int nosec_receive(LwmSecuritySession *session, const void *data, size_t len, uint64_t now)
{
        if (session->status.state != LWM_SECURITY_READY)
                return -ENOTCONN;
        if (len == 0)
                return -EBADMSG;

        return session->host->emit_message(session->link, data, len);
}

static int nosec_send(LwmSecuritySession *session, const void *data, size_t len, uint64_t now)
{
        if (session->status.state != LWM_SECURITY_READY)
                return -ENOTCONN;
        if (len == 0)
                return -EINVAL;
        if (len > session->status.max_message)
                return -EMSGSIZE;

        return session->host->emit_wire(session->link, data, len);
}

static int nosec_expire(LwmSecuritySession *session, uint64_t now)
{
        return 0;
}

static int nosec_close(LwmSecuritySession *session, uint64_t now)
{
        session->status.state = LWM_SECURITY_CLOSED;
        return 0;
}

static const LwmSecurityStatus *nosec_status(const LwmSecuritySession *session)
{
        return &session->status;
}

static ssize_t nosec_save(LwmSecuritySession *session, LwmSecuritySave kind, void *data,
                          size_t size)
{
        return -EOPNOTSUPP;
}

static int nosec_restore(const LwmSecurityHost *host, LwmSecurityLink *link,
                         const LwmSecurityConfig *config, LwmSecuritySave kind, const void *data,
                         size_t len, LwmSecuritySession **ret)
{
        return -EOPNOTSUPP;
}

LWM_SECURITY_EXPORT const LwmSecurityPlugin lwm_security_plugin = {
        .abi = LWM_SECURITY_ABI,
        .size = sizeof(LwmSecurityPlugin),
        .name = "nosec",
        .version = LWM2MD_PLUGIN_VERSION,
        .ip_modes = LWM_SECURITY_MODE(3),
        .sms_modes = LWM_SECURITY_MODE(3),
        .sms = {0x00, 0x04, 0}, /* 8-bit data between two subscribers */
        .create = nosec_create,
        .destroy = nosec_destroy,
        .start = nosec_start,
        .receive = nosec_receive,
        .send = nosec_send,
        .expire = nosec_expire,
        .close = nosec_close,
        .status = nosec_status,
        .save = nosec_save,
        .restore = nosec_restore,
};
