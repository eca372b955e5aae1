/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/trial.h"

#include <errno.h>
#include <string.h>

#include "base/kernel-key.h"
#include "base/random.h"

/* What a plugin may call while it only makes a session: it can read the key and say what is wrong.
 */
struct LwmSecurityLink {
        int32_t serial;
        char *reason;
};

static int trial_emit(LwmSecurityLink *link, const void *data, size_t len)
{
        return -ENOTCONN;
}

static ssize_t trial_key_read(LwmSecurityLink *link, int32_t serial, void *data, size_t size)
{
        return serial == link->serial ? kernel_key_read(serial, data, size) : -EACCES;
}

static ssize_t trial_key_sign(LwmSecurityLink *link, int32_t serial, const char *info,
                              const void *digest, size_t len, void *signature, size_t size)
{
        return -EOPNOTSUPP;
}

static int trial_counter_get(LwmSecurityLink *link, uint32_t id, uint64_t *ret)
{
        return -EOPNOTSUPP;
}

static int trial_counter_set(LwmSecurityLink *link, uint32_t id, uint64_t value)
{
        return -EOPNOTSUPP;
}

static int64_t trial_realtime(LwmSecurityLink *link)
{
        return -1;
}

static void trial_log(LwmSecurityLink *link, int priority, const char *text)
{
        g_free(link->reason);
        link->reason = g_strdup(text);
}

static const LwmSecurityHost trial_host = {
        .abi = LWM_SECURITY_ABI,
        .size = sizeof(LwmSecurityHost),
        .emit_wire = trial_emit,
        .emit_message = trial_emit,
        .random = random_bytes,
        .key_read = trial_key_read,
        .key_sign = trial_key_sign,
        .counter_get = trial_counter_get,
        .counter_set = trial_counter_set,
        .realtime = trial_realtime,
        .log = trial_log,
};

static int try_session(const LwmSecurityPlugin *plugin, uint8_t mode, LwmSecurityLink *link)
{
        LwmSecurityConfig config = {
                .size = sizeof(config),
                .bearer = LWM_SECURITY_BEARER_UDP,
                .mode = mode,
                .mtu = 1280,
                .credentials = {.identity = {"trial", 5}, .secret = link->serial},
                .initial_timeout_ms = 1000,
                .handshake_limit_ms = 1000,
        };
        LwmSecuritySession *session = NULL;
        int r = plugin->create(&trial_host, link, &config, &session);

        if (r == 0)
                plugin->destroy(session);
        return r;
}

int trial_psk(const Loader *loader, uint8_t mode, const void *key, size_t len, char **ret_reason)
{
        const LoadedPlugin *loaded = loader_find(loader, LWM_SECURITY_BEARER_UDP, mode);
        LwmSecurityLink link = {0};
        int r;

        if (!loaded)
                return 0;
        r = kernel_key_add("lwm2md:trial", key, len, &link.serial);
        if (r < 0) {
                *ret_reason = g_strdup(g_strerror(-r));
                return r;
        }
        r = try_session(loaded->plugin, mode, &link);
        kernel_key_revoke(link.serial);
        if (r < 0)
                *ret_reason =
                        link.reason ? g_steal_pointer(&link.reason) : g_strdup(g_strerror(-r));
        g_free(link.reason);
        return r;
}
