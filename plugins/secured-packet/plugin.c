/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The Secured Packet Structure for SMS (TS 102 225, TS 31.115): each message is a packet of its
 * own under keys that both ends have, without a handshake. CoAP requests and responses are both
 * command packets.
 *
 * Keys are read for each packet and wiped behind it; what is kept is parameters, counters and the
 * checksums of what was sent.
 */

#include <errno.h>
#include <string.h>

#include "session.h"

static int plugin_create(const LwmSecurityHost *host, LwmSecurityLink *link,
                         const LwmSecurityConfig *config, LwmSecuritySession **ret)
{
        return session_create(host, link, config, ret);
}

static void plugin_destroy(LwmSecuritySession *session)
{
        session_destroy(session);
}

/* Counters that cannot be known do not begin anew: old packets would be taken again. */
static int start_counters(LwmSecuritySession *session)
{
        int r;

        r = counters_load(&session->counters);
        if (r == -EBADMSG) {
                session_log(session, LOG_ERR,
                            "the stored counters are damaged: other keys are needed");
                return session_fail(session, -EKEYEXPIRED);
        }
        if (r < 0) {
                session_log(session, LOG_ERR, "the stored counters cannot be read: %s",
                            strerror(-r));
                return session_fail(session, r);
        }
        if (counters_lost(&session->counters)) {
                session_log(session, LOG_ERR,
                            "the counters of these keys were lost: other keys are needed");
                return session_fail(session, -EKEYEXPIRED);
        }
        if (counters_deaf(&session->counters) || counters_mute(&session->counters)) {
                session_log(session, LOG_ERR, "the counter of %s is used up: other keys are needed",
                            counters_deaf(&session->counters) ? "the server's packets"
                                                              : "our packets");
                return session_fail(session, -EKEYEXPIRED);
        }

        return 0;
}

static int plugin_start(LwmSecuritySession *session, uint64_t now)
{
        Keys keys;
        int r;

        if (session->status.state != LWM_SECURITY_IDLE)
                return -EALREADY;

        r = session_read_keys(session, &keys);
        keys_wipe(&keys);
        if (r < 0)
                return session_fail(session, r);

        r = start_counters(session);
        if (r < 0)
                return r;

        session->status.state = LWM_SECURITY_READY;
        session_refresh(session);
        return 0;
}

static int plugin_receive(LwmSecuritySession *session, const void *data, size_t len, uint64_t now)
{
        if (session->status.state != LWM_SECURITY_READY)
                return -ENOTCONN;

        return session_receive(session, data, len, now);
}

static int plugin_send(LwmSecuritySession *session, const void *data, size_t len, uint64_t now)
{
        if (session->status.state != LWM_SECURITY_READY)
                return -ENOTCONN;
        if (len == 0)
                return -EINVAL;
        if (len > session->status.max_message)
                return -EMSGSIZE;

        return session_send(session, data, len);
}

static int plugin_expire(LwmSecuritySession *session, uint64_t now)
{
        return 0;
}

static int plugin_close(LwmSecuritySession *session, uint64_t now)
{
        session->status.state = LWM_SECURITY_CLOSED;
        session->status.max_message = 0;
        return 0;
}

static const LwmSecurityStatus *plugin_status(const LwmSecuritySession *session)
{
        return &session->status;
}

/* Keys and counters are the host's already; there is nothing else to go on from. */
static ssize_t plugin_save(LwmSecuritySession *session, LwmSecuritySave kind, void *data,
                           size_t size)
{
        return -EOPNOTSUPP;
}

static int plugin_restore(const LwmSecurityHost *host, LwmSecurityLink *link,
                          const LwmSecurityConfig *config, LwmSecuritySave kind, const void *data,
                          size_t len, LwmSecuritySession **ret)
{
        return -EOPNOTSUPP;
}

static const LwmSecurityCounter *plugin_counters(const LwmSecuritySession *session, size_t *ret_n)
{
        *ret_n = COUNTS_N;
        return session->counts.item;
}

LWM_SECURITY_EXPORT const LwmSecurityPlugin lwm_security_plugin = {
        .abi = LWM_SECURITY_ABI,
        .size = sizeof(LwmSecurityPlugin),
        .name = "secured-packet",
        .version = LWM2MD_PLUGIN_VERSION,
        .library = CIPHER_LIBRARY,
        .sms_modes = LWM_SECURITY_MODE(2),
        .sms = {0x7D, 0xF5, 0x70}, /* device termination; the status says how it is */
        .create = plugin_create,
        .destroy = plugin_destroy,
        .start = plugin_start,
        .receive = plugin_receive,
        .send = plugin_send,
        .expire = plugin_expire,
        .close = plugin_close,
        .status = plugin_status,
        .save = plugin_save,
        .restore = plugin_restore,
        .sms_proprietary = 204,
        .counters = plugin_counters,
};
