/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Messages cut up, and segments lost, doubled, delayed and forged on the way: what comes out is
 * what went in, once, and everything of which no segment was lost. */

#include <string.h>

#include "sms/reassembly.h"
#include "sms/split.h"

#define ROUNDS 3000
#define MAX_ON_THE_WAY 6 /* messages: fewer than would push each other out */

typedef struct Sent {
        uint8_t data[1072];
        size_t len;
        SplitConfig split;
        unsigned count;
        unsigned lost; /* segments */
        unsigned arrived;
} Sent;

typedef struct Travelling {
        Sent *sent;
        unsigned index;
        bool forged;
} Travelling;

typedef struct World {
        GRand *rand;
        Clock *clock;
        SmsCounters counters;
        Reassembly *reassembly;
        Sent sent[MAX_ON_THE_WAY];
        unsigned strange; /* messages that nobody sent */
} World;

static void on_message(const SmsMessage *message, void *user)
{
        World *world = user;

        for (unsigned i = 0; i < MAX_ON_THE_WAY; i++) {
                Sent *sent = &world->sent[i];

                if (sent->len == message->content.len &&
                    sent->split.kind == message->content.kind &&
                    memcmp(sent->data, message->content.data, sent->len) == 0) {
                        sent->arrived++;
                        return;
                }
        }
        world->strange++;
}

static void on_release(guint64 id, void *user)
{
}

static const ReassemblyOps ops = {.on_message = on_message, .on_release = on_release};

static void compose(World *world, Sent *sent, unsigned reference)
{
        memset(sent, 0, sizeof(*sent));
        sent->split = (SplitConfig){.kind = PACKET_COMMAND,
                                    .wide = g_rand_boolean(world->rand),
                                    .reference = (uint16_t) reference,
                                    .max_segments = SPLIT_MAX_SEGMENTS};
        sent->len = (size_t) g_rand_int_range(world->rand, 138, 1060);
        for (size_t i = 0; i < sent->len; i++)
                sent->data[i] = (uint8_t) g_rand_int(world->rand);
        sent->count = (unsigned) split_count(&sent->split, sent->len);
}

static void arrive(World *world, const Travelling *travelling)
{
        const Sent *sent = travelling->sent;
        uint8_t octets[140];
        ByteWriter writer = byte_writer(octets, sizeof(octets));
        SmsMessage segment = {.from = {.type = SMS_NUMBER_INTERNATIONAL, .text = "12125550178"}};
        bool header = split_write(&sent->split, sent->data, sent->len, travelling->index,
                                  sent->count, &writer);

        if (travelling->forged)
                octets[writer.len - 1] ^= 0x55;
        g_assert_cmpint(header_parse(octets, writer.len, header, &segment.content), ==, 0);
        g_assert_cmpint(reassembly_add(world->reassembly, &segment), >=, 0);
        g_assert_cmpuint(reassembly_octets(world->reassembly), <=, 90 * 1024);
}

/* Puts all segments on the way, some twice, some not at all. */
static void depart(World *world, Sent *sent, bool forge, GArray *way)
{
        for (unsigned i = 0; i < sent->count; i++) {
                Travelling travelling = {.sent = sent, .index = i};

                if (g_rand_int_range(world->rand, 0, 40) == 0) {
                        sent->lost++;
                        continue;
                }
                g_array_append_val(way, travelling);
                if (g_rand_int_range(world->rand, 0, 5) == 0)
                        g_array_append_val(way, travelling);
        }
        if (forge) {
                Travelling travelling = {.sent = sent, .forged = true};

                travelling.index = (unsigned) g_rand_int_range(world->rand, 0, (int) sent->count);
                g_array_append_val(way, travelling);
        }
}

static void one_round(World *world, bool forge)
{
        g_autoptr(GArray) way = g_array_new(FALSE, FALSE, sizeof(Travelling));

        for (unsigned i = 0; i < MAX_ON_THE_WAY; i++) {
                compose(world, &world->sent[i], i);
                depart(world, &world->sent[i], forge, way);
        }
        while (way->len > 0) {
                guint index = (guint) g_rand_int_range(world->rand, 0, (int) way->len);
                Travelling travelling = g_array_index(way, Travelling, index);

                g_array_remove_index_fast(way, index);
                arrive(world, &travelling);
        }

        for (unsigned i = 0; i < MAX_ON_THE_WAY; i++) {
                if (world->sent[i].lost > 0)
                        g_assert_cmpuint(world->sent[i].arrived, ==, 0);
                else
                        g_assert_cmpuint(world->sent[i].arrived, ==, 1);
        }
        if (!forge)
                g_assert_cmpuint(world->strange, ==, 0);
        clock_advance(world->clock, REASSEMBLY_TIMEOUT);
        g_assert_cmpuint(world->counters.value[SMS_REASSEMBLY_PENDING], ==, 0);
        g_assert_cmpuint(reassembly_octets(world->reassembly), ==, 0);
}

static void run(bool forge)
{
        World *world = g_new0(World, 1);

        world->rand = g_rand_new_with_seed(g_test_rand_int() & 0x7FFFFFFF);
        world->clock = clock_new_manual(0, 0);
        world->reassembly = reassembly_new(world->clock, &world->counters, &ops, world);
        for (unsigned i = 0; i < ROUNDS; i++)
                one_round(world, forge);
        g_assert_cmpuint(world->counters.value[SMS_SEGMENTS_DUPLICATE], >, ROUNDS);
        g_assert_cmpuint(world->counters.value[SMS_REASSEMBLY_TIMEOUT], >, ROUNDS / 10);
        g_assert_true((world->counters.value[SMS_SEGMENTS_CONFLICTING] > 0) == forge);
        reassembly_free(world->reassembly);
        clock_free(world->clock);
        g_rand_free(world->rand);
        g_free(world);
}

static void test_lossy(void)
{
        run(false);
}

static void test_forged(void)
{
        run(true);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/sms/random/lossy", test_lossy);
        g_test_add_func("/sms/random/forged", test_forged);
        return g_test_run();
}
