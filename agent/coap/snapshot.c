/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/snapshot.h"

#include <errno.h>
#include <string.h>

#include "coap/block.h"

typedef struct Snapshot {
        uint8_t *key;
        size_t key_len;
        uint8_t *data; /* the response, encoded */
        size_t len;
        gint64 expires;
} Snapshot;

struct Snapshots {
        CoapContext *context;
        Snapshot slots[ENDPOINT_MAX_TRANSFERS]; /* empty: data is NULL */
        Timer *timer;                           /* until the first one expires */
};

static void snapshot_drop(Snapshots *snapshots, Snapshot *snapshot)
{
        if (!snapshot->data)
                return;
        context_give_octets(snapshots->context, snapshot->len);
        g_free(snapshot->key);
        g_free(snapshot->data);
        *snapshot = (Snapshot){0};
}

static void snapshots_on_timer(void *user)
{
        Snapshots *snapshots = user;
        gint64 now = clock_now(snapshots->context->clock), next = CLOCK_NEVER;

        for (unsigned i = 0; i < G_N_ELEMENTS(snapshots->slots); i++) {
                Snapshot *snapshot = &snapshots->slots[i];

                if (snapshot->data && snapshot->expires <= now)
                        snapshot_drop(snapshots, snapshot);
                if (snapshot->data)
                        next = MIN(next, snapshot->expires);
        }
        timer_arm(snapshots->timer, next);
}

void snapshots_free(Snapshots *snapshots)
{
        if (!snapshots)
                return;

        for (unsigned i = 0; i < G_N_ELEMENTS(snapshots->slots); i++)
                snapshot_drop(snapshots, &snapshots->slots[i]);
        snapshots->context->spare_octets = NULL;
        timer_free(snapshots->timer);
        g_free(snapshots);
}

static Snapshot *snapshot_find(Snapshots *snapshots, const void *key, size_t key_len)
{
        for (unsigned i = 0; i < G_N_ELEMENTS(snapshots->slots); i++) {
                Snapshot *snapshot = &snapshots->slots[i];

                if (snapshot->data && snapshot->key_len == key_len &&
                    memcmp(snapshot->key, key, key_len) == 0)
                        return snapshot;
        }
        return NULL;
}

static Snapshot *snapshot_oldest(Snapshots *snapshots)
{
        Snapshot *oldest = NULL;

        for (unsigned i = 0; i < G_N_ELEMENTS(snapshots->slots); i++) {
                Snapshot *snapshot = &snapshots->slots[i];

                if (snapshot->data && (!oldest || snapshot->expires < oldest->expires))
                        oldest = snapshot;
        }
        return oldest;
}

/* For CoapContext: what can be made again makes room for what cannot. */
static bool snapshots_evict(void *user)
{
        Snapshots *snapshots = user;
        Snapshot *oldest = snapshot_oldest(snapshots);

        if (!oldest)
                return false;
        snapshots->context->counters.overflows++;
        snapshot_drop(snapshots, oldest);
        return true;
}

Snapshots *snapshots_new(CoapContext *context)
{
        Snapshots *snapshots = g_new0(Snapshots, 1);

        snapshots->context = context;
        context->spare_octets = snapshots_evict;
        context->spare_octets_user = snapshots;
        snapshots->timer = timer_new(context->clock, snapshots_on_timer, snapshots);
        return snapshots;
}

static Snapshot *snapshot_make_room(Snapshots *snapshots)
{
        for (unsigned i = 0; i < G_N_ELEMENTS(snapshots->slots); i++)
                if (!snapshots->slots[i].data)
                        return &snapshots->slots[i];
        snapshots_evict(snapshots);
        return snapshot_make_room(snapshots);
}

static void snapshot_touch(Snapshots *snapshots, Snapshot *snapshot)
{
        snapshot->expires = context_deadline(snapshots->context,
                                             snapshots->context->config.exchange_lifetime_ms);
        if (!timer_armed(snapshots->timer))
                timer_arm(snapshots->timer, snapshot->expires);
}

int snapshots_put(Snapshots *snapshots, const void *key, size_t key_len,
                  const CoapMessage *response)
{
        Snapshot *snapshot = snapshot_find(snapshots, key, key_len);
        CoapMessage kept = *response;
        size_t len;

        if (snapshot)
                snapshot_drop(snapshots, snapshot);
        coap_message_remove(&kept, COAP_OPTION_OBSERVE); /* RFC 7959, 2.6 */
        len = coap_message_size(&kept);
        if (!context_take_octets(snapshots->context, len))
                return -ENOSPC;

        snapshot = snapshot_make_room(snapshots);
        snapshot->key = g_memdup2(key, key_len);
        snapshot->key_len = key_len;
        snapshot->data = encode_message(&kept, &snapshot->len);
        snapshot_touch(snapshots, snapshot);
        return 0;
}

static int snapshot_view(Snapshots *snapshots, Snapshot *snapshot, CoapMessage *ret)
{
        int r;

        if (!snapshot)
                return -ENOENT;
        r = coap_message_parse(snapshot->data, snapshot->len, ret, NULL);
        g_assert(r == 0);
        snapshot_touch(snapshots, snapshot);
        return 0;
}

int snapshots_find(Snapshots *snapshots, const void *key, size_t key_len, CoapMessage *ret)
{
        return snapshot_view(snapshots, snapshot_find(snapshots, key, key_len), ret);
}

int snapshots_find_latest(Snapshots *snapshots, const void *key, size_t key_len, CoapMessage *ret)
{
        Snapshot *latest = NULL;

        for (unsigned i = 0; i < G_N_ELEMENTS(snapshots->slots); i++) {
                Snapshot *snapshot = &snapshots->slots[i];

                if (snapshot->data && snapshot->key_len == key_len + BLOCK_KEY_DIGEST &&
                    memcmp(snapshot->key, key, key_len) == 0 &&
                    (!latest || snapshot->expires > latest->expires))
                        latest = snapshot;
        }
        return snapshot_view(snapshots, latest, ret);
}

/* FNV-1a: the same content has the same tag, so that a transfer survives a snapshot taken again. */
static uint64_t hash_add(uint64_t hash, const uint8_t *data, size_t len)
{
        for (size_t i = 0; i < len; i++)
                hash = (hash ^ data[i]) * G_GUINT64_CONSTANT(0x100000001B3);
        return hash;
}

void snapshot_add_etag(CoapMessage *response, uint8_t etag[static 8])
{
        ByteWriter writer = byte_writer(etag, 8);
        uint32_t format = 0;
        size_t position = 0;
        uint64_t hash;

        if (coap_message_next(response, COAP_OPTION_ETAG, &position))
                return;
        coap_message_get_uint(response, COAP_OPTION_CONTENT_FORMAT, 2, &format);
        hash = G_GUINT64_CONSTANT(0xCBF29CE484222325) ^ format;
        byte_writer_u64(&writer, hash_add(hash, response->payload, response->payload_len));
        coap_message_add(response, COAP_OPTION_ETAG, etag, 8);
}
