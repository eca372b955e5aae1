/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The TPDUs of tests/vectors/tpdu.json: read, written again, put together in every order, and cut
 * into the same segments. */

#include <jansson.h>
#include <string.h>

#include "sms/coding.h"
#include "sms/reassembly.h"
#include "sms/split.h"
#include "sms/tpdu.h"
#include "test-util.h"

typedef struct Fixture {
        json_t *file;
        Clock *clock;
        SmsCounters counters;
        GByteArray *packet; /* the last message put together */
        PacketKind kind;
        unsigned messages;
        unsigned released;
} Fixture;

static void on_message(const SmsMessage *message, void *user)
{
        Fixture *f = user;

        g_byte_array_set_size(f->packet, 0);
        g_byte_array_append(f->packet, message->content.data, (guint) message->content.len);
        f->kind = message->content.kind;
        f->messages++;
}

static void on_release(guint64 id, void *user)
{
        ((Fixture *) user)->released++;
}

static const ReassemblyOps ops = {.on_message = on_message, .on_release = on_release};

static void fixture_set_up(Fixture *f, gconstpointer path)
{
        json_error_t error;

        f->file = json_load_file(path, 0, &error);
        if (!f->file)
                g_error("%s:%d: %s", error.source, error.line, error.text);
        f->clock = clock_new_manual(0, 0);
        f->packet = g_byte_array_new();
}

static void fixture_tear_down(Fixture *f, gconstpointer path)
{
        json_decref(f->file);
        clock_free(f->clock);
        g_byte_array_unref(f->packet);
}

static const char *text_of(const json_t *object, const char *member)
{
        const char *text = json_string_value(json_object_get(object, member));

        g_assert_nonnull(text);
        return text;
}

static GBytes *octets_at(const json_t *message, const char *member, size_t index)
{
        return test_hex(json_string_value(json_array_get(json_object_get(message, member), index)));
}

static void assert_bytes(GBytes *bytes, const void *data, size_t len)
{
        g_assert_cmpmem(data, len, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static bool is_down(const json_t *message)
{
        return strcmp(text_of(message, "direction"), "server_to_client") == 0;
}

/* One TPDU of a message: read, checked, written again. `octets` must outlive `ret`. */
static void read_one(const json_t *message, GBytes *octets, size_t index, Tpdu *ret)
{
        g_autoptr(GBytes) user_data = octets_at(message, "user_data", index);
        TpduDirection direction = is_down(message) ? TPDU_FROM_NETWORK : TPDU_TO_NETWORK;
        uint8_t again[TPDU_MAX_OCTETS];
        ByteWriter writer = byte_writer(again, sizeof(again));

        g_assert_cmpint(tpdu_parse(g_bytes_get_data(octets, NULL), g_bytes_get_size(octets),
                                   direction, ret),
                        ==, 0);
        g_assert_cmpint(ret->type, ==, is_down(message) ? TPDU_DELIVER : TPDU_SUBMIT);
        g_assert_cmpstr(ret->address.text, ==, "12125550178");
        g_assert_true(dcs_is_data(ret->dcs));
        assert_bytes(user_data, ret->data, ret->len);
        tpdu_write(ret, &writer);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        assert_bytes(octets, again, writer.len);
}

static SmsMessage segment_of(const Tpdu *tpdu)
{
        SmsMessage segment = {.from = tpdu->address, .pid = tpdu->pid};

        segment.message_class = dcs_class(tpdu->dcs);
        g_assert_cmpint(header_parse(tpdu->data, tpdu->len, tpdu->header, &segment.content), ==, 0);
        return segment;
}

static void test_read(Fixture *f, gconstpointer path)
{
        json_t *message;
        size_t i, n = 0;

        json_array_foreach(json_object_get(f->file, "messages"), i, message)
        {
                PacketKind kind = strcmp(text_of(message, "kind"), "response") == 0
                                          ? PACKET_RESPONSE
                                          : PACKET_COMMAND;
                size_t count = json_array_size(json_object_get(message, "tpdu"));

                g_test_message("%s", text_of(message, "id"));
                for (size_t j = 0; j < count; j++) {
                        g_autoptr(GBytes) octets = octets_at(message, "tpdu", j);
                        SmsMessage segment;
                        Tpdu tpdu;

                        read_one(message, octets, j, &tpdu);
                        segment = segment_of(&tpdu);
                        g_assert_true(segment.content.concatenated == (count > 1));
                        g_assert_cmpuint(segment.content.total, ==, count);
                        g_assert_cmpint(segment.content.kind, ==, j == 0 ? kind : PACKET_PLAIN);
                        n++;
                        if (count == 1) {
                                g_autoptr(GBytes) packet = test_hex(text_of(message, "packet"));

                                assert_bytes(packet, segment.content.data, segment.content.len);
                        }
                }
        }
        g_assert_cmpuint(n, >=, 80);
}

/* The segments in this order, some of them twice where `twice` has their bit. */
static void feed(Fixture *f, const json_t *message, const unsigned *order, size_t count,
                 unsigned twice)
{
        g_autoptr(Reassembly) reassembly = reassembly_new(f->clock, &f->counters, &ops, f);
        g_autoptr(GBytes) packet = test_hex(text_of(message, "packet"));
        unsigned before = f->messages;

        for (size_t i = 0; i < count; i++) {
                g_autoptr(GBytes) octets = octets_at(message, "tpdu", order[i]);
                SmsMessage segment;
                Tpdu tpdu;

                read_one(message, octets, order[i], &tpdu);
                segment = segment_of(&tpdu);
                g_assert_cmpuint(f->messages, ==, before);
                g_assert_cmpint(reassembly_add(reassembly, &segment), ==,
                                i + 1 < count ? REASSEMBLY_KEPT : REASSEMBLY_COMPLETE);
                if (twice & 1u << order[i])
                        g_assert_cmpint(reassembly_add(reassembly, &segment), ==,
                                        REASSEMBLY_DUPLICATE);
        }
        g_assert_cmpuint(f->messages, ==, before + 1);
        assert_bytes(packet, f->packet->data, f->packet->len);
        g_assert_cmpint(f->kind, ==, PACKET_COMMAND);
}

static void test_orders(Fixture *f, gconstpointer path)
{
        static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                              {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        json_t *message;
        size_t i, sets = 0;

        json_array_foreach(json_object_get(f->file, "messages"), i, message)
        {
                size_t count = json_array_size(json_object_get(message, "tpdu"));

                if (count == 1)
                        continue;
                g_assert_cmpuint(count, <=, 3);
                for (unsigned order = 0; order < 6; order++) {
                        /* Of two segments: those orders that begin with them. */
                        if (count == 2 && orders[order][2] != 2)
                                continue;
                        for (unsigned twice = 0; twice < 1u << count; twice++)
                                feed(f, message, orders[order], count, twice);
                }
                sets++;
        }
        g_assert_cmpuint(sets, ==, 7);
        g_assert_cmpuint(f->counters.value[SMS_REASSEMBLY_PENDING], ==, 0);
        g_assert_cmpuint(f->counters.value[SMS_SEGMENTS_CONFLICTING], ==, 0);
}

/* What a packet is cut into is what the vectors have, where the elements are in our order. */
static void test_split(Fixture *f, gconstpointer path)
{
        json_t *message;
        size_t i;

        json_array_foreach(json_object_get(f->file, "messages"), i, message)
        {
                g_autoptr(GBytes) packet = test_hex(text_of(message, "packet"));
                size_t count = json_array_size(json_object_get(message, "tpdu"));
                SplitConfig config = {.kind = PACKET_COMMAND, .max_segments = 3};
                Tpdu tpdu;
                g_autoptr(GBytes) first = octets_at(message, "tpdu", 0);
                SmsMessage segment;

                if (g_str_has_suffix(text_of(message, "id"), "70FIRST"))
                        continue;
                read_one(message, first, 0, &tpdu);
                segment = segment_of(&tpdu);
                config.kind = segment.content.kind;
                config.wide = segment.content.wide;
                config.reference = segment.content.reference;
                g_assert_cmpint(split_count(&config, g_bytes_get_size(packet)), ==, count);
                for (size_t j = 0; j < count; j++) {
                        g_autoptr(GBytes) expect = octets_at(message, "user_data", j);
                        uint8_t octets[TPDU_MAX_USER_DATA];
                        ByteWriter writer = byte_writer(octets, sizeof(octets));

                        g_assert_true(split_write(&config, g_bytes_get_data(packet, NULL),
                                                  g_bytes_get_size(packet), (unsigned) j,
                                                  (unsigned) count, &writer));
                        assert_bytes(expect, octets, writer.len);
                }
        }
}

static void check_example(const json_t *example, const Tpdu *tpdu)
{
        const json_t *decode = json_object_get(example, "decode");
        const char *oa = json_string_value(json_object_get(decode, "oa"));
        const char *scts = json_string_value(json_object_get(decode, "scts"));
        const char *user_data = json_string_value(json_object_get(example, "tp_ud"));

        if (oa) {
                g_autofree char *text = sms_address_to_string(&tpdu->address);

                g_assert_cmpstr(text, ==, oa);
        }
        if (scts) {
                g_autofree char *text = timestamp_to_string(tpdu->timestamp);

                g_assert_cmpstr(text, ==, scts);
        }
        if (user_data) {
                g_autoptr(GBytes) octets = test_hex(user_data);

                assert_bytes(octets, tpdu->data, tpdu->len);
        }
}

static void test_examples(Fixture *f, gconstpointer path)
{
        json_t *example;
        size_t i;

        json_array_foreach(json_object_get(f->file, "examples"), i, example)
        {
                const char *id = text_of(example, "id");
                bool down = !g_str_has_prefix(id, "T-SUBMIT");
                bool smsc = json_object_get(example, "pdu") != NULL;
                g_autoptr(GBytes) octets = test_hex(text_of(example, smsc ? "pdu" : "tpdu"));
                ByteReader reader =
                        byte_reader(g_bytes_get_data(octets, NULL), g_bytes_get_size(octets));
                UserData user_data;
                Tpdu tpdu;

                g_test_message("%s", id);
                if (smsc) /* the service centre's address: its number of octets, and they */
                        reader.pos += 1u + reader.data[0];
                g_assert_cmpint(tpdu_parse(reader.data + reader.pos, byte_reader_left(&reader),
                                           down ? TPDU_FROM_NETWORK : TPDU_TO_NETWORK, &tpdu),
                                ==, 0);
                g_assert_true(tpdu.header && dcs_is_data(tpdu.dcs));
                g_assert_cmpint(header_parse(tpdu.data, tpdu.len, tpdu.header, &user_data), ==, 0);
                if (strcmp(id, "T-WAPPUSH-TRIGGER") == 0)
                        g_assert_cmpint(user_data.destination_port, ==, 2948);
                else
                        g_assert_cmpint(user_data.kind, ==, PACKET_COMMAND);
                check_example(example, &tpdu);
        }
        g_assert_cmpuint(i, ==, 10);
}

/* What cards answer comes without TP-UDHI (TS 31.115, 4.2). */
static void test_card_responses(Fixture *f, gconstpointer path)
{
        json_t *response;
        size_t i;

        json_array_foreach(json_object_get(f->file, "card_responses"), i, response)
        {
                g_autoptr(GBytes) octets = test_hex(text_of(response, "user_data"));
                UserData user_data;

                g_assert_cmpint(header_parse(g_bytes_get_data(octets, NULL),
                                             g_bytes_get_size(octets), false, &user_data),
                                ==, 0);
                g_assert_cmpint(user_data.kind, ==, PACKET_RESPONSE);
                g_assert_cmpuint(user_data.len, ==, g_bytes_get_size(octets) - 3);
        }
        g_assert_cmpuint(i, ==, 4);
}

#define ADD(name, func)                                                                            \
        g_test_add("/sms/vectors/" name, Fixture, argv[1], fixture_set_up, func, fixture_tear_down)

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 2);
        ADD("read", test_read);
        ADD("orders", test_orders);
        ADD("split", test_split);
        ADD("examples", test_examples);
        ADD("card-responses", test_card_responses);
        return g_test_run();
}
