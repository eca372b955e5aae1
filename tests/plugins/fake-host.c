/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fake-host.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define CONCEALED 0xff

static FakeHost *host_of(LwmSecurityLink *link)
{
        return (FakeHost *) link;
}

static int on_emit_wire(LwmSecurityLink *link, const void *data, size_t len)
{
        FakeHost *host = host_of(link);

        g_assert_cmpuint(len, >, 0);
        if (len > host->config.mtu)
                return -EMSGSIZE;
        if (host->emit_result < 0)
                return host->emit_result;

        g_queue_push_tail(&host->wire, g_bytes_new(data, len));
        return 0;
}

static int on_emit_message(LwmSecurityLink *link, const void *data, size_t len)
{
        FakeHost *host = host_of(link);

        if (host->emit_result < 0)
                return host->emit_result;

        host->sets_at_message = host->counter_sets;
        g_queue_push_tail(&host->messages, g_bytes_new(data, len));
        return 0;
}

static void on_random(void *data, size_t len)
{
        g_assert_cmpint(getrandom(data, len, 0), ==, (gssize) len);
}

static ssize_t on_key_read(LwmSecurityLink *link, int32_t serial, void *data, size_t size)
{
        FakeHost *host = host_of(link);
        guint8 *out = data;

        if (serial != FAKE_SERIAL)
                return -EACCES;
        if (host->key_error < 0)
                return host->key_error;

        for (gsize i = 0; i < MIN(size, host->key_len); i++)
                out[i] = host->key[i] ^ CONCEALED;
        if (size > 0)
                host->key_reads++;

        return (ssize_t) host->key_len;
}

static ssize_t on_key_sign(LwmSecurityLink *link, int32_t serial, const char *info,
                           const void *digest, size_t len, void *signature, size_t size)
{
        return -EOPNOTSUPP;
}

static int on_emit_wire_as(LwmSecurityLink *link, uint8_t information_id, const void *data,
                           size_t len)
{
        FakeHost *host = host_of(link);

        if (host->emit_result < 0)
                return host->emit_result;

        host->other_id = information_id;
        g_queue_push_tail(&host->others, g_bytes_new(data, len));
        return 0;
}

static int on_judge_message(LwmSecurityLink *link, const void *data, size_t len)
{
        FakeHost *host = host_of(link);

        g_clear_pointer(&host->judged, g_bytes_unref);
        host->judged = g_bytes_new(data, len);
        return host->judge_result;
}

static int on_counter_get(LwmSecurityLink *link, uint32_t id, uint64_t *ret)
{
        FakeHost *host = host_of(link);
        guint64 *value = g_hash_table_lookup(host->counters, GUINT_TO_POINTER(id));

        if (host->counter_error < 0)
                return host->counter_error;

        *ret = value ? *value : host->counter_begin[id & 1];
        return 0;
}

static int on_counter_set(LwmSecurityLink *link, uint32_t id, uint64_t value)
{
        FakeHost *host = host_of(link);
        guint64 before;
        int r;

        r = on_counter_get(link, id, &before);
        if (r < 0)
                return r;
        if (value < before)
                return -ERANGE;

        host->counter_sets++;
        g_hash_table_insert(host->counters, GUINT_TO_POINTER(id), g_memdup2(&value, sizeof(value)));
        return 0;
}

static int64_t on_realtime(LwmSecurityLink *link)
{
        return 1700000000;
}

static void on_log(LwmSecurityLink *link, int priority, const char *text)
{
        FakeHost *host = host_of(link);

        g_assert_null(strchr(text, '\n'));
        g_test_message("plugin: <%d> %s", priority, text);
        g_ptr_array_add(host->log, g_strdup(text));
}

static const LwmSecurityHost CALLBACKS = {
        .abi = LWM_SECURITY_ABI,
        .size = sizeof(LwmSecurityHost),
        .emit_wire = on_emit_wire,
        .emit_message = on_emit_message,
        .random = on_random,
        .key_read = on_key_read,
        .key_sign = on_key_sign,
        .counter_get = on_counter_get,
        .counter_set = on_counter_set,
        .realtime = on_realtime,
        .log = on_log,
        .emit_wire_as = on_emit_wire_as,
        .judge_message = on_judge_message,
};

/* As an agent knew them before emit_wire_as() was appended. */
static const LwmSecurityHost OLD_CALLBACKS = {
        .abi = LWM_SECURITY_ABI,
        .size = offsetof(LwmSecurityHost, emit_wire_as),
        .emit_wire = on_emit_wire,
        .emit_message = on_emit_message,
        .random = on_random,
        .key_read = on_key_read,
        .key_sign = on_key_sign,
        .counter_get = on_counter_get,
        .counter_set = on_counter_set,
        .realtime = on_realtime,
        .log = on_log,
};

static const LwmSecurityHost *callbacks_of(const FakeHost *host)
{
        return host->without_wire_as ? &OLD_CALLBACKS : &CALLBACKS;
}

static LwmSecurityLink *link_of(FakeHost *host)
{
        return (LwmSecurityLink *) host;
}

FakeHost *fake_host_new(const char *plugin_path)
{
        FakeHost *host = g_new0(FakeHost, 1);
        void *library;

        library = dlopen(plugin_path, RTLD_NOW | RTLD_LOCAL);
        if (!library)
                g_error("%s", dlerror());

        host->plugin = dlsym(library, "lwm_security_plugin");
        g_assert_nonnull(host->plugin);
        host->now = 5 * G_USEC_PER_SEC;
        host->log = g_ptr_array_new_with_free_func(g_free);
        g_queue_init(&host->wire);
        g_queue_init(&host->messages);
        g_queue_init(&host->others);
        host->counters = g_hash_table_new_full(NULL, NULL, NULL, g_free);
        host->config = (LwmSecurityConfig){
                .size = sizeof(LwmSecurityConfig),
                .bearer = LWM_SECURITY_BEARER_UDP,
                .mode = 0,
                .mtu = 1280,
                .credentials.secret = FAKE_SERIAL,
                .initial_timeout_ms = 1000,
                .handshake_limit_ms = 20000,
        };
        fake_host_set_identity(host, "device-1");
        fake_host_set_key(host, "0123456789abcdef", 16);
        return host;
}

void fake_host_free(FakeHost *host)
{
        if (!host)
                return;

        fake_host_destroy(host);
        fake_host_clear(host);
        g_clear_pointer(&host->judged, g_bytes_unref);
        g_ptr_array_unref(host->log);
        g_hash_table_unref(host->counters);
        g_free(host);
}

void fake_host_set_key(FakeHost *host, const void *key, gsize len)
{
        const guint8 *p = key;

        g_assert_cmpuint(len, <=, sizeof(host->key));
        for (gsize i = 0; i < len; i++)
                host->key[i] = p[i] ^ CONCEALED;
        host->key_len = len;
}

void fake_host_set_identity(FakeHost *host, const char *identity)
{
        host->config.credentials.identity =
                (LwmSecurityBytes){identity, identity ? strlen(identity) : 0};
}

void fake_host_set_identity_bytes(FakeHost *host, const void *data, gsize len)
{
        g_assert_cmpuint(len, <=, sizeof(host->identity));
        memcpy(host->identity, data, len);
        host->config.credentials.identity = (LwmSecurityBytes){host->identity, len};
}

int fake_host_create(FakeHost *host)
{
        g_assert_null(host->session);
        return host->plugin->create(callbacks_of(host), link_of(host), &host->config,
                                    &host->session);
}

int fake_host_restore(FakeHost *host, LwmSecuritySave kind, GBytes *saved)
{
        gsize len;
        const void *data = g_bytes_get_data(saved, &len);

        g_assert_null(host->session);
        return host->plugin->restore(callbacks_of(host), link_of(host), &host->config, kind, data,
                                     len, &host->session);
}

int fake_host_start(FakeHost *host)
{
        return host->plugin->start(host->session, host->now);
}

int fake_host_receive(FakeHost *host, GBytes *datagram)
{
        gsize len;
        const void *data = g_bytes_get_data(datagram, &len);

        return host->plugin->receive(host->session, data, len, host->now);
}

int fake_host_send(FakeHost *host, const char *message)
{
        return host->plugin->send(host->session, message, strlen(message), host->now);
}

int fake_host_expire(FakeHost *host)
{
        return host->plugin->expire(host->session, host->now);
}

int fake_host_close(FakeHost *host)
{
        return host->plugin->close(host->session, host->now);
}

void fake_host_destroy(FakeHost *host)
{
        if (host->session)
                host->plugin->destroy(host->session);
        host->session = NULL;
}

const LwmSecurityStatus *fake_host_status(const FakeHost *host)
{
        return host->plugin->status(host->session);
}

GBytes *fake_host_save(FakeHost *host, LwmSecuritySave kind, int *ret_error)
{
        g_autofree guint8 *data = NULL;
        ssize_t len;

        len = host->plugin->save(host->session, kind, NULL, 0);
        if (len > 0) {
                data = g_malloc((gsize) len);
                g_assert_cmpint(host->plugin->save(host->session, kind, data, (gsize) len), ==,
                                len);
        }

        *ret_error = len < 0 ? (int) len : 0;
        return len < 0 ? NULL : g_bytes_new_take(g_steal_pointer(&data), (gsize) len);
}

GBytes *fake_host_pop_wire(FakeHost *host)
{
        return g_queue_pop_head(&host->wire);
}

char *fake_host_pop_message(FakeHost *host)
{
        g_autoptr(GBytes) message = g_queue_pop_head(&host->messages);

        return message ? g_strndup(g_bytes_get_data(message, NULL), g_bytes_get_size(message))
                       : NULL;
}

guint64 fake_host_counter(const FakeHost *host, guint direction)
{
        GHashTableIter iter;
        gpointer id;
        gpointer value;

        g_hash_table_iter_init(&iter, host->counters);
        while (g_hash_table_iter_next(&iter, &id, &value)) {
                if ((GPOINTER_TO_UINT(id) & 1) == direction)
                        return *(guint64 *) value;
        }

        return host->counter_begin[direction];
}

guint64 fake_host_count(const FakeHost *host, const char *name)
{
        const LwmSecurityCounter *counters;
        size_t n;

        g_assert_true(LWM_SECURITY_HAS(host->plugin, counters));
        counters = host->plugin->counters(host->session, &n);
        for (size_t i = 0; i < n; i++) {
                if (strcmp(counters[i].name, name) == 0)
                        return counters[i].value;
        }

        g_error("%s is not counted", name);
}

void fake_host_clear(FakeHost *host)
{
        g_queue_clear_full(&host->wire, (GDestroyNotify) g_bytes_unref);
        g_queue_clear_full(&host->messages, (GDestroyNotify) g_bytes_unref);
        g_queue_clear_full(&host->others, (GDestroyNotify) g_bytes_unref);
}

gboolean fake_host_logged(const FakeHost *host, const char *text)
{
        for (guint i = 0; i < host->log->len; i++) {
                if (strstr(g_ptr_array_index(host->log, i), text))
                        return TRUE;
        }

        return FALSE;
}
