/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coap/assembly.h"

#include <string.h>

#define KEY_LIMIT 16384

typedef struct Assembly {
        ByteWriter key;
        ByteWriter body;
        size_t booked; /* of the octets for transfers */
        size_t last;   /* where the last block begins */
        uint8_t szx;   /* of the last block: later ones may be smaller */
        gint64 expires;
} Assembly;

struct Assemblies {
        CoapContext *context;
        Assembly *slots[ENDPOINT_MAX_TRANSFERS];
        Timer *timer; /* until the first one expires */
};

static void assembly_drop(Assemblies *assemblies, Assembly **slot)
{
        Assembly *assembly = *slot;

        if (!assembly)
                return;
        context_give_octets(assemblies->context, assembly->booked);
        byte_writer_clear(&assembly->key);
        byte_writer_clear(&assembly->body);
        g_clear_pointer(slot, g_free);
}

static void assemblies_on_timer(void *user)
{
        Assemblies *assemblies = user;
        gint64 now = clock_now(assemblies->context->clock), next = CLOCK_NEVER;

        for (unsigned i = 0; i < G_N_ELEMENTS(assemblies->slots); i++) {
                if (assemblies->slots[i] && assemblies->slots[i]->expires <= now)
                        assembly_drop(assemblies, &assemblies->slots[i]);
                if (assemblies->slots[i])
                        next = MIN(next, assemblies->slots[i]->expires);
        }
        timer_arm(assemblies->timer, next);
}

Assemblies *assemblies_new(CoapContext *context)
{
        Assemblies *assemblies = g_new0(Assemblies, 1);

        assemblies->context = context;
        assemblies->timer = timer_new(context->clock, assemblies_on_timer, assemblies);
        return assemblies;
}

void assemblies_free(Assemblies *assemblies)
{
        if (!assemblies)
                return;

        for (unsigned i = 0; i < G_N_ELEMENTS(assemblies->slots); i++)
                assembly_drop(assemblies, &assemblies->slots[i]);
        timer_free(assemblies->timer);
        g_free(assemblies);
}

static Assembly **assembly_find(Assemblies *assemblies, const ByteWriter *key)
{
        for (unsigned i = 0; i < G_N_ELEMENTS(assemblies->slots); i++) {
                Assembly *assembly = assemblies->slots[i];

                if (assembly && assembly->key.len == key->len &&
                    memcmp(assembly->key.data, key->data, key->len) == 0)
                        return &assemblies->slots[i];
        }
        return NULL;
}

/* An empty slot, or that of the transfer not heard of for longest. */
static Assembly **assembly_make_room(Assemblies *assemblies)
{
        Assembly **oldest = &assemblies->slots[0];

        for (unsigned i = 0; i < G_N_ELEMENTS(assemblies->slots); i++) {
                if (!assemblies->slots[i])
                        return &assemblies->slots[i];
                if (assemblies->slots[i]->expires < (*oldest)->expires)
                        oldest = &assemblies->slots[i];
        }
        assemblies->context->counters.overflows++;
        assembly_drop(assemblies, oldest);
        return oldest;
}

/* Takes the key over. */
static Assembly **assembly_begin(Assemblies *assemblies, Assembly **slot, ByteWriter *key)
{
        Assembly *assembly = g_new0(Assembly, 1);

        if (slot)
                assembly_drop(assemblies, slot);
        else
                slot = assembly_make_room(assemblies);
        assembly->key = *key;
        *key = (ByteWriter){0};
        assembly->body = byte_writer_growing(assemblies->context->config.max_body);
        assembly->szx = BLOCK_SZX_MAX;
        *slot = assembly;
        return slot;
}

/* RFC 7959, 2.2: all blocks but the last are full; none is more than full. */
static bool payload_fits(const CoapMessage *request, const CoapBlock *block)
{
        size_t size = block_size(block->szx);

        return block->more ? request->payload_len == size : request->payload_len <= size;
}

static bool is_last_repeated(const Assembly *assembly, const CoapMessage *request,
                             const CoapBlock *block)
{
        size_t offset = block_offset(block);

        return block->more && offset == assembly->last &&
               offset + request->payload_len == assembly->body.len &&
               memcmp(assembly->body.data + offset, request->payload, request->payload_len) == 0;
}

static uint8_t assembly_append(Assemblies *assemblies, Assembly *assembly,
                               const CoapMessage *request)
{
        if (request->payload_len > assemblies->context->config.max_body - assembly->body.len)
                return COAP_REQUEST_ENTITY_TOO_LARGE;
        if (!context_take_octets(assemblies->context, request->payload_len))
                return COAP_SERVICE_UNAVAILABLE;
        assembly->booked += request->payload_len;
        assembly->last = assembly->body.len;
        byte_writer_bytes(&assembly->body, request->payload, request->payload_len);
        return 0;
}

static uint8_t assembly_take(Assemblies *assemblies, Assembly **slot, const CoapMessage *request,
                             const CoapBlock *block, uint8_t **ret_body, size_t *ret_len)
{
        Assembly *assembly = *slot;
        uint8_t code;

        if (is_last_repeated(assembly, request, block))
                return COAP_CONTINUE;
        if (block_offset(block) != assembly->body.len)
                return COAP_REQUEST_ENTITY_INCOMPLETE; /* RFC 7959, 2.9.2 */
        if (block->szx > assembly->szx)
                return COAP_BAD_REQUEST; /* RFC 7959, 2.3: sizes only shrink */

        code = assembly_append(assemblies, assembly, request);
        if (code == 0 && block->more) {
                assembly->szx = block->szx;
                assembly->expires = context_deadline(
                        assemblies->context, assemblies->context->config.exchange_lifetime_ms);
                if (!timer_armed(assemblies->timer))
                        timer_arm(assemblies->timer, assembly->expires);
                return COAP_CONTINUE;
        }
        if (code == 0)
                *ret_body = byte_writer_steal(&assembly->body, ret_len);
        assembly_drop(assemblies, slot);
        return code;
}

uint8_t assemblies_add(Assemblies *assemblies, const CoapMessage *request, const CoapBlock *block,
                       uint8_t **ret_body, size_t *ret_len)
{
        ByteWriter key = byte_writer_growing(KEY_LIMIT);
        Assembly **slot;
        uint8_t code;

        if (!payload_fits(request, block))
                return COAP_BAD_REQUEST;

        block_key_write(request, true, &key);
        slot = assembly_find(assemblies, &key);
        if (block->num == 0)
                slot = assembly_begin(assemblies, slot, &key); /* RFC 7959, 2.5: begins anew */
        code = slot ? assembly_take(assemblies, slot, request, block, ret_body, ret_len)
                    : COAP_REQUEST_ENTITY_INCOMPLETE;
        byte_writer_clear(&key);
        return code;
}
