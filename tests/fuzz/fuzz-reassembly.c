/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The octets are a script: segments of a few senders and numbers, announced under whatever ids, and
 * time that passes. Whatever comes, memory stays below the limit, no id is released twice, and none
 * is left when all has expired.
 */

#include <glib.h>
#include <string.h>

#include "fuzz.h"
#include "sms/reassembly.h"
#include "sms/tpdu.h"

#define MAX_STEPS 2000

typedef struct Script {
        ByteReader reader;
        Clock *clock;
        SmsCounters counters;
        Reassembly *reassembly;
        unsigned combinations; /* of the last segment */
        guint64 last_id;
        guint8 open[MAX_STEPS + 1]; /* by id: not released */
        unsigned n_open;
} Script;

/* 0 when the script is over. */
static uint8_t script_octet(Script *script)
{
        uint8_t octet = 0;

        byte_reader_u8(&script->reader, &octet);
        return octet;
}

static void on_message(const SmsMessage *message, void *user)
{
        Script *script = user;

        g_assert_cmpuint(message->content.len, <=, REASSEMBLY_MAX_SEGMENTS * TPDU_MAX_USER_DATA);
        g_assert_cmpuint(++script->combinations, <=, REASSEMBLY_MAX_COMBINATIONS);
}

static void on_release(guint64 id, void *user)
{
        Script *script = user;

        g_assert_cmpuint(id, <=, MAX_STEPS);
        g_assert_true(script->open[id]);
        script->open[id] = FALSE;
        script->n_open--;
}

static const ReassemblyOps ops = {.on_message = on_message, .on_release = on_release};

static void segment_add(Script *script, uint8_t what)
{
        static const char *const senders[] = {"12125550178", "491511234567", "12345", "ACME"};
        uint8_t place = script_octet(script), content = script_octet(script);
        SmsMessage segment = {.message_class = 1, .stored = what & 4};
        uint8_t octets[TPDU_MAX_USER_DATA];

        g_strlcpy(segment.from.text, senders[what & 3], sizeof(segment.from.text));
        segment.content = (UserData){.concatenated = true,
                                     .wide = what & 8,
                                     .reference = what >> 4,
                                     .total = (uint8_t) ((place & 15) + 1),
                                     .data = octets};
        segment.content.sequence = (uint8_t) ((place >> 4) % segment.content.total + 1);
        segment.content.len = MIN(content, sizeof(octets));
        memset(octets, content, sizeof(octets));
        segment.id = ++script->last_id;
        script->open[segment.id] = TRUE;
        script->n_open++;
        script->combinations = 0;
        if (reassembly_add(script->reassembly, &segment) < 0) {
                g_assert_cmpuint(segment.content.total, >, REASSEMBLY_MAX_SEGMENTS);
                on_release(segment.id, script);
        }
        if (!segment.stored)
                g_assert_false(script->open[segment.id]);
}

static void forget(Script *script)
{
        reassembly_forget_ids(script->reassembly);
        for (unsigned i = 0; i < G_N_ELEMENTS(script->open); i++)
                script->open[i] = FALSE;
        script->n_open = 0;
}

static void step(Script *script)
{
        uint8_t octet = script_octet(script);

        switch (octet % 32) {
        case 0:
                clock_advance(script->clock, (gint64) script_octet(script) * 10 * G_USEC_PER_SEC);
                break;
        case 1:
                reassembly_release_all(script->reassembly);
                g_assert_cmpuint(script->n_open, ==, 0);
                break;
        case 2:
                forget(script);
                break;
        default:
                segment_add(script, script_octet(script));
        }
        g_assert_cmpuint(reassembly_octets(script->reassembly), <=, 90 * 1024);
        g_assert_cmpuint(script->counters.value[SMS_REASSEMBLY_PENDING], <=, REASSEMBLY_MAX_SETS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        Script *script = g_new0(Script, 1);

        script->reader = byte_reader(data, size);
        script->clock = clock_new_manual(0, 0);
        script->reassembly = reassembly_new(script->clock, &script->counters, &ops, script);
        for (unsigned i = 0; i < MAX_STEPS && byte_reader_left(&script->reader) > 0; i++)
                step(script);
        clock_advance(script->clock, REASSEMBLY_TIMEOUT);
        g_assert_cmpuint(script->n_open, ==, 0);
        g_assert_cmpuint(reassembly_octets(script->reassembly), ==, 0);
        g_assert_cmpint(clock_next_deadline(script->clock), ==, CLOCK_NEVER);

        reassembly_free(script->reassembly);
        clock_free(script->clock);
        g_free(script);
        return 0;
}
