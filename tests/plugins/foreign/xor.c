/* SPDX-License-Identifier: 0BSD */

/*
 * A security plugin as a third party would write it: built from the installed
 * header alone, outside of the tree. It turns every octet over, which protects
 * nobody. The first octet of a datagram says whose it is.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lwm2m-security.h"

#define MARK 0x58
#define MASK 0x5a
#define MTU_MAX 2048

struct LwmSecuritySession {
        const LwmSecurityHost *host;
        LwmSecurityLink *link;
        LwmSecurityStatus status;
        uint8_t buffer[MTU_MAX];
};

static void turn_over(uint8_t *to, const uint8_t *from, size_t len)
{
        for (size_t i = 0; i < len; i++)
                to[i] = from[i] ^ MASK;
}

static int xor_create(const LwmSecurityHost *host, LwmSecurityLink *link,
                      const LwmSecurityConfig *config, LwmSecuritySession **ret)
{
        LwmSecuritySession *session;

        if (config->mtu < 2 || config->mtu > MTU_MAX)
                return -EINVAL;

        session = calloc(1, sizeof(*session));
        if (!session)
                return -ENOMEM;

        session->host = host;
        session->link = link;
        session->status.size = sizeof(session->status);
        session->status.state = LWM_SECURITY_IDLE;
        session->status.alert_sent = -1;
        session->status.alert_received = -1;
        session->status.deadline = LWM_SECURITY_NEVER;
        session->status.max_message = config->mtu - 1;
        session->status.overhead = 1;
        *ret = session;
        return 0;
}

static void xor_destroy(LwmSecuritySession *session)
{
        free(session);
}

static int xor_start(LwmSecuritySession *session, uint64_t now)
{
        if (session->status.state != LWM_SECURITY_IDLE)
                return -EALREADY;

        session->status.state = LWM_SECURITY_READY;
        return 0;
}

static int xor_receive(LwmSecuritySession *session, const void *data, size_t len, uint64_t now)
{
        const uint8_t *p = data;

        if (session->status.state != LWM_SECURITY_READY)
                return -ENOTCONN;
        if (len < 2 || len > MTU_MAX || p[0] != MARK)
                return -EBADMSG;

        turn_over(session->buffer, p + 1, len - 1);
        return session->host->emit_message(session->link, session->buffer, len - 1);
}

static int xor_send(LwmSecuritySession *session, const void *data, size_t len, uint64_t now)
{
        if (session->status.state != LWM_SECURITY_READY)
                return -ENOTCONN;
        if (len == 0)
                return -EINVAL;
        if (len > session->status.max_message)
                return -EMSGSIZE;

        session->buffer[0] = MARK;
        turn_over(session->buffer + 1, data, len);
        return session->host->emit_wire(session->link, session->buffer, len + 1);
}

static int xor_expire(LwmSecuritySession *session, uint64_t now)
{
        return 0;
}

static int xor_close(LwmSecuritySession *session, uint64_t now)
{
        session->status.state = LWM_SECURITY_CLOSED;
        return 0;
}

static const LwmSecurityStatus *xor_status(const LwmSecuritySession *session)
{
        return &session->status;
}

static ssize_t xor_save(LwmSecuritySession *session, LwmSecuritySave kind, void *data, size_t size)
{
        return -EOPNOTSUPP;
}

static int xor_restore(const LwmSecurityHost *host, LwmSecurityLink *link,
                       const LwmSecurityConfig *config, LwmSecuritySave kind, const void *data,
                       size_t len, LwmSecuritySession **ret)
{
        return -EOPNOTSUPP;
}

LWM_SECURITY_EXPORT const LwmSecurityPlugin lwm_security_plugin = {
        .abi = LWM_SECURITY_ABI,
        .size = sizeof(LwmSecurityPlugin),
        .name = "xor",
        .version = "1",
        .ip_modes = LWM_SECURITY_MODE(3),
        .create = xor_create,
        .destroy = xor_destroy,
        .start = xor_start,
        .receive = xor_receive,
        .send = xor_send,
        .expire = xor_expire,
        .close = xor_close,
        .status = xor_status,
        .save = xor_save,
        .restore = xor_restore,
};
