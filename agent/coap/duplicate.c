/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/duplicate.h"

#include <string.h>

#define BUCKETS 256
#define NONE UINT16_MAX

/* A forgotten message's memory of up to this many octets is kept for the next one in its place. */
#define KEEP_OCTETS 128

typedef struct Seen {
        uint16_t id;
        uint16_t next; /* in its bucket */
        bool used;
        gint64 expires;
        uint8_t *answer;
        uint32_t len;
        uint32_t size; /* of the memory at `answer` */
} Seen;

struct Duplicates {
        CoapContext *context;
        Seen ring[ENDPOINT_MAX_DUPLICATES];
        uint16_t buckets[BUCKETS];
        unsigned head; /* the place of the next message, and of the oldest */
        size_t octets; /* sum of `size` */
};

G_STATIC_ASSERT(ENDPOINT_MAX_DUPLICATES < NONE);

/* IDs mostly come in sequence (RFC 7252, 4.4): their low bits spread well. */
static uint16_t *bucket_of(Duplicates *duplicates, uint16_t id)
{
        return &duplicates->buckets[id % BUCKETS];
}

Duplicates *duplicates_new(CoapContext *context)
{
        Duplicates *duplicates = g_new0(Duplicates, 1);

        duplicates->context = context;
        for (unsigned i = 0; i < BUCKETS; i++)
                duplicates->buckets[i] = NONE;
        return duplicates;
}

void duplicates_free(Duplicates *duplicates)
{
        if (!duplicates)
                return;

        for (unsigned i = 0; i < ENDPOINT_MAX_DUPLICATES; i++)
                g_free(duplicates->ring[i].answer);
        g_free(duplicates);
}

static Seen *seen_find(const Duplicates *duplicates, uint16_t id)
{
        uint16_t index = duplicates->buckets[id % BUCKETS];

        while (index != NONE && duplicates->ring[index].id != id)
                index = duplicates->ring[index].next;
        return index == NONE ? NULL : (Seen *) &duplicates->ring[index];
}

bool duplicates_find(const Duplicates *duplicates, uint16_t id, const uint8_t **ret_answer,
                     size_t *ret_len)
{
        const Seen *seen = seen_find(duplicates, id);

        if (!seen || clock_now(duplicates->context->clock) >= seen->expires)
                return false;
        *ret_answer = seen->answer;
        *ret_len = seen->len;
        return true;
}

static void seen_drop_memory(Duplicates *duplicates, Seen *seen)
{
        duplicates->octets -= seen->size;
        g_clear_pointer(&seen->answer, g_free);
        seen->len = seen->size = 0;
}

static void seen_forget(Duplicates *duplicates, Seen *seen)
{
        uint16_t *link = bucket_of(duplicates, seen->id);

        while (&duplicates->ring[*link] != seen)
                link = &duplicates->ring[*link].next;
        *link = seen->next;
        seen->used = false;
        seen->len = 0;
        if (seen->size > KEEP_OCTETS)
                seen_drop_memory(duplicates, seen);
}

void duplicates_add(Duplicates *duplicates, uint16_t id, bool confirmable)
{
        const EndpointConfig *config = &duplicates->context->config;
        gint64 now = clock_now(duplicates->context->clock);
        Seen *expired = seen_find(duplicates, id);
        Seen *seen = &duplicates->ring[duplicates->head];
        uint16_t *bucket = bucket_of(duplicates, id);

        if (expired)
                seen_forget(duplicates, expired);
        if (seen->used) {
                if (now < seen->expires)
                        duplicates->context->counters.overflows++;
                seen_forget(duplicates, seen);
        }

        seen->id = id;
        seen->used = true;
        seen->expires = now + (gint64) (confirmable ? config->exchange_lifetime_ms
                                                    : config->non_lifetime_ms) *
                                      1000;
        seen->next = *bucket;
        *bucket = (uint16_t) duplicates->head;
        duplicates->head = (duplicates->head + 1) % ENDPOINT_MAX_DUPLICATES;
}

/* The oldest answers go until `len` more octets are within the limit. */
static void make_room(Duplicates *duplicates, size_t len)
{
        for (unsigned i = 0; i < ENDPOINT_MAX_DUPLICATES; i++) {
                Seen *seen = &duplicates->ring[(duplicates->head + i) % ENDPOINT_MAX_DUPLICATES];

                if (duplicates->octets + len <= ENDPOINT_MAX_DUPLICATE_OCTETS)
                        return;
                if (seen->len > 0)
                        duplicates->context->counters.overflows++;
                if (seen->size > 0)
                        seen_drop_memory(duplicates, seen);
        }
}

void duplicates_set_answer(Duplicates *duplicates, uint16_t id, const void *answer, size_t len)
{
        Seen *seen = seen_find(duplicates, id);

        if (!seen || len > ENDPOINT_MAX_DUPLICATE_OCTETS)
                return;
        if (len > seen->size) {
                seen_drop_memory(duplicates, seen);
                make_room(duplicates, len);
                seen->answer = g_malloc(len);
                seen->size = (uint32_t) len;
                duplicates->octets += len;
        }
        memcpy(seen->answer, answer, len);
        seen->len = (uint32_t) len;
}

size_t duplicates_octets(const Duplicates *duplicates)
{
        return duplicates->octets;
}
