/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/trial.h"

#include <errno.h>
#include <string.h>

#include "base/kernel-key.h"
#include "base/random.h"

/* The longest datagram: of no meaning, but enough for a message. */
#define TRIAL_MTU 560

/* A key that stands for one that is yet to come. */
#define TRIAL_KEY_SIZE 32

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

static int try_session(const LwmSecurityPlugin *plugin, const Trial *trial, LwmSecurityLink *link)
{
        LwmSecurityConfig config = {
                .size = sizeof(config),
                .bearer = trial->bearer,
                .mode = trial->mode,
                .mtu = TRIAL_MTU,
                .credentials = {.identity = trial->identity, .secret = link->serial},
                .initial_timeout_ms = 1000,
                .handshake_limit_ms = 1000,
                .options = trial->options,
        };
        LwmSecuritySession *session = NULL;
        int r = plugin->create(&trial_host, link, &config, &session);

        if (r == 0)
                plugin->destroy(session);
        return r;
}

int trial_key(const Loader *loader, const Trial *trial, const void *key, size_t len,
              char **ret_reason)
{
        const LoadedPlugin *loaded = loader_find(loader, trial->bearer, trial->mode);
        LwmSecurityLink link = {0};
        int r;

        if (!loaded)
                return 0;
        r = kernel_key_add("lwm2md:trial", key, len, &link.serial);
        if (r < 0) {
                *ret_reason = g_strdup(g_strerror(-r));
                return r;
        }
        r = try_session(loaded->plugin, trial, &link);
        kernel_key_revoke(link.serial);
        if (r < 0)
                *ret_reason =
                        link.reason ? g_steal_pointer(&link.reason) : g_strdup(g_strerror(-r));
        g_free(link.reason);
        return r;
}

int trial_identity(const Loader *loader, const Trial *trial, char **ret_reason)
{
        uint8_t key[TRIAL_KEY_SIZE];
        int r;

        random_bytes(key, sizeof(key));
        r = trial_key(loader, trial, key, sizeof(key), ret_reason);
        if (r != -EKEYREJECTED)
                return r;
        g_clear_pointer(ret_reason, g_free);
        return 0;
}
