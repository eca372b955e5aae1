/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/resume.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"

static LwmSecurityBytes borrow_bytes(GBytes *bytes)
{
        LwmSecurityBytes view = {0};

        if (bytes)
                view.data = g_bytes_get_data(bytes, &view.len);
        return view;
}

static LwmSecurityConfig plugin_config_make(const ChannelConfig *config,
                                            const LwmSecurityLink *link)
{
        LwmSecurityConfig out = {
                .size = sizeof(out),
                .bearer = config->bearer,
                .mode = config->mode,
                .mtu = link->mtu,
                .server_name = config->server_name,
                .initial_timeout_ms = config->initial_timeout_ms,
                .handshake_limit_ms = config->handshake_limit_ms,
                .options = config->options,
        };

        /* No plugin is shown a key it has no use for. */
        if (channel_config_uses_keys(config)) {
                out.credentials.secret = link->secret;
                out.credentials.identity = borrow_bytes(keystore_public(
                        config->keystore, config->account, channel_config_identity(config)));
        }
        return out;
}

/* A number for the peer; what was agreed with another one is void. */
static uint64_t peer_stamp(const char *peer)
{
        g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, peer, -1);

        digest[2 * sizeof(uint64_t)] = '\0';
        return g_ascii_strtoull(digest, NULL, 16);
}

ResumePlace resume_place(const ChannelConfig *config)
{
        ResumePlace place = {
                .vault = config->vault,
                .plugin = config->plugin,
                .account = config->account,
        };

        if (channel_config_uses_keys(config))
                place.stamp = keystore_stamp(config->keystore, config->account);
        if (config->peer)
                place.stamp ^= peer_stamp(config->peer);
        return place;
}

static bool can_save(const ResumePlace *place, LwmSecuritySave kind)
{
        return place->vault && (place->plugin->saves & LWM_SECURITY_SAVES(kind)) != 0;
}

/* Before what was saved stand the stamp of keys and peer and the name of the plugin. */
static int saved_parse(const ResumePlace *place, GBytes *saved, LwmSecurityBytes *ret)
{
        const char *own_name = place->plugin->name;
        ByteReader reader = byte_reader(g_bytes_get_data(saved, NULL), g_bytes_get_size(saved));
        const uint8_t *name, *data;
        uint64_t stamp;
        uint8_t name_len;
        size_t len;
        int r;

        r = byte_reader_u64(&reader, &stamp);
        if (r == 0)
                r = byte_reader_u8(&reader, &name_len);
        if (r == 0)
                r = byte_reader_view(&reader, name_len, &name);
        if (r < 0)
                return r;
        if (stamp != place->stamp || name_len != strlen(own_name) ||
            memcmp(name, own_name, name_len) != 0)
                return -ESTALE;

        len = byte_reader_left(&reader);
        r = byte_reader_view(&reader, len, &data);
        if (r < 0)
                return r;
        *ret = (LwmSecurityBytes){.data = data, .len = len};
        return 0;
}

static int resume_restore(const ChannelConfig *config, LwmSecurityLink *link,
                          const LwmSecurityConfig *plugin_config, LwmSecuritySave kind,
                          LwmSecuritySession **ret)
{
        ResumePlace place = resume_place(config);
        g_autoptr(GBytes) saved = NULL;
        LwmSecuritySession *session = NULL;
        LwmSecurityBytes data;
        int r;

        if (!can_save(&place, kind))
                return -ENOENT;
        r = vault_take(config->vault, config->account, kind, &saved);
        if (r < 0)
                return r;
        r = saved_parse(&place, saved, &data);
        if (r < 0)
                return r;
        r = config->plugin->restore(host_callbacks(), link, plugin_config, kind, data.data,
                                    data.len, &session);
        if (r < 0)
                return r;
        if (!session)
                return -EPROTO;
        *ret = session;
        return 0;
}

static void log_restore(const ChannelConfig *config, LwmSecuritySave kind, int error)
{
        const char *what = kind == LWM_SECURITY_SAVE_CONTEXT ? "session" : "ticket";

        if (error == -ENOENT)
                return;
        if (error == -ESTALE)
                log_info(config->name, "the saved %s is out of date, not used", what);
        else
                log_warning(config->name, "the saved %s cannot be used: %s", what,
                            g_strerror(-error));
}

int resume_open(const ChannelConfig *config, LwmSecurityLink *link, LwmSecuritySession **ret,
                ResumeOrigin *ret_origin)
{
        static const struct {
                LwmSecuritySave kind;
                ResumeOrigin origin;
        } ways[] = {
                {LWM_SECURITY_SAVE_CONTEXT, RESUME_CONTEXT},
                {LWM_SECURITY_SAVE_TICKET, RESUME_TICKET},
        };
        LwmSecurityConfig plugin_config = plugin_config_make(config, link);
        LwmSecuritySession *session = NULL;
        int r;

        for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
                r = resume_restore(config, link, &plugin_config, ways[i].kind, ret);
                if (r == 0) {
                        *ret_origin = ways[i].origin;
                        return 0;
                }
                log_restore(config, ways[i].kind, r);
        }

        r = config->plugin->create(host_callbacks(), link, &plugin_config, &session);
        if (r < 0)
                return r;
        if (!session)
                return -EPROTO;
        *ret = session;
        *ret_origin = RESUME_NOTHING;
        return 0;
}

static int saved_write(const ResumePlace *place, LwmSecuritySession *session, LwmSecuritySave kind,
                       ByteWriter *writer)
{
        const LwmSecurityPlugin *plugin = place->plugin;
        size_t name_len = strlen(plugin->name);
        uint8_t *room;
        ssize_t len, written;

        len = plugin->save(session, kind, NULL, 0);
        if (len <= 0)
                return len < 0 ? (int) len : -ENODATA;
        if (len > VAULT_MAX_SIZE || name_len > UINT8_MAX)
                return -EMSGSIZE;

        byte_writer_u64(writer, place->stamp);
        byte_writer_u8(writer, (uint8_t) name_len);
        byte_writer_bytes(writer, plugin->name, name_len);
        room = byte_writer_reserve(writer, (size_t) len);
        if (!room)
                return -EMSGSIZE;

        written = plugin->save(session, kind, room, (size_t) len);
        if (written < 0)
                return (int) written;
        return written == len ? 0 : -EPROTO;
}

int resume_save(const ResumePlace *place, LwmSecuritySession *session, LwmSecuritySave kind)
{
        g_autofree uint8_t *data = NULL;
        ByteWriter writer;
        int r;

        if (!can_save(place, kind))
                return -EOPNOTSUPP;

        /* Fixed memory: growing would leave copies behind. */
        data = g_malloc(VAULT_MAX_SIZE);
        writer = byte_writer(data, VAULT_MAX_SIZE);
        r = saved_write(place, session, kind, &writer);
        if (r == 0)
                r = vault_put(place->vault, place->account, kind, writer.data, writer.len);
        explicit_bzero(data, VAULT_MAX_SIZE);
        return r;
}
