/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/header.h"

#include <errno.h>

#include "sms/split.h"
#include "test-util.h"

static int parse(const char *hex, bool present, UserData *ret)
{
        g_autoptr(GBytes) octets = test_hex(hex);
        g_autofree uint8_t *exact =
                g_memdup2(g_bytes_get_data(octets, NULL), g_bytes_get_size(octets));

        return header_parse(exact, g_bytes_get_size(octets), present, ret);
}

/* Concatenation and packet in either order; what is unknown is passed over. */
static void test_elements(void)
{
        static const char *const same[] = {
                "0700032A02017000"
                "AA",
                "07700000032A0201"
                "AA",
        };

        for (unsigned i = 0; i < G_N_ELEMENTS(same); i++) {
                UserData user_data;

                g_assert_cmpint(parse(same[i], true, &user_data), ==, 0);
                g_assert_cmpint(user_data.kind, ==, PACKET_COMMAND);
                g_assert_true(user_data.concatenated && !user_data.wide);
                g_assert_cmpint(user_data.reference, ==, 0x2A);
                g_assert_cmpint(user_data.total, ==, 2);
                g_assert_cmpint(user_data.sequence, ==, 1);
                g_assert_cmpuint(user_data.len, ==, 1);
        }
}

static void test_unknown(void)
{
        UserData user_data;

        g_assert_cmpint(parse("0D0A01FF00032A02017000D00112BB", true, &user_data), ==, 0);
        g_assert_cmpint(user_data.kind, ==, PACKET_COMMAND);
        g_assert_cmpint(user_data.reference, ==, 0x2A);
        g_assert_cmpuint(user_data.len, ==, 1);
}

/* TS 23.040, 9.2.3.24: of elements that cannot be repeated the last counts. */
static void test_last_counts(void)
{
        UserData user_data;

        g_assert_cmpint(parse("0B00032A02010804BEEF0302", true, &user_data), ==, 0);
        g_assert_true(user_data.wide);
        g_assert_cmpint(user_data.reference, ==, 0xBEEF);
        g_assert_cmpint(user_data.total, ==, 3);
        g_assert_cmpint(user_data.sequence, ==, 2);
}

/* TS 23.040, 9.2.3.24.1 */
static void test_senseless(void)
{
        static const char *const all[] = {"0500032A0001", "0500032A0200", "0500032A0203",
                                          "0608042A2A0203"};

        for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
                UserData user_data;

                g_assert_cmpint(parse(all[i], true, &user_data), ==, 0);
                g_assert_false(user_data.concatenated);
                g_assert_cmpint(user_data.total, ==, 1);
        }
}

static void test_ports(void)
{
        UserData user_data;

        g_assert_cmpint(parse("0605040B84C002010603", true, &user_data), ==, 0);
        g_assert_true(user_data.has_ports);
        g_assert_cmpuint(user_data.destination_port, ==, 2948);
        g_assert_cmpuint(user_data.source_port, ==, 0xC002);
        g_assert_cmpint(parse("040402F0F1AA", true, &user_data), ==, 0);
        g_assert_cmpuint(user_data.destination_port, ==, 0xF0);
        g_assert_cmpuint(user_data.len, ==, 1);
}

static void test_malformed(void)
{
        static const char *const all[] = {
                "",               /* no length */
                "05",             /* nothing behind it */
                "0500032A02",     /* cut off */
                "0400032A0201",   /* the element runs past the header */
                "0170",           /* half an element */
                "0400022A02",     /* a concatenation too short */
                "0600042A020101", /* and too long */
                "0408032A02",     /* 16 bits, too short */
                "0505030B84C0",   /* ports too short */
                "03700100",       /* a packet's element with content */
                "0470007100",     /* command and response */
        };

        for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
                UserData user_data;

                g_test_message("%s", all[i]);
                g_assert_cmpint(parse(all[i], true, &user_data), ==, -EBADMSG);
        }
}

/* TS 31.115: without TP-UDHI a response packet is one all the same, a command packet is not. */
static void test_without_indicator(void)
{
        UserData user_data;

        g_assert_cmpint(parse("027100001412", false, &user_data), ==, 0);
        g_assert_cmpint(user_data.kind, ==, PACKET_RESPONSE);
        g_assert_cmpuint(user_data.len, ==, 3);
        g_assert_cmpint(parse("027000001412", false, &user_data), ==, 0);
        g_assert_cmpint(user_data.kind, ==, PACKET_PLAIN);
        g_assert_cmpuint(user_data.len, ==, 6);
        g_assert_cmpint(parse("", false, &user_data), ==, 0);
        g_assert_cmpuint(user_data.len, ==, 0);
}

/* ---- Splitting ------------------------------------------------------------------- */

static void test_capacity(void)
{
        g_assert_cmpuint(split_capacity(PACKET_COMMAND, false, 1), ==, 137);
        g_assert_cmpuint(split_capacity(PACKET_COMMAND, false, 2), ==, 266);
        g_assert_cmpuint(split_capacity(PACKET_COMMAND, false, 3), ==, 400);
        g_assert_cmpuint(split_capacity(PACKET_COMMAND, true, 1), ==, 137);
        g_assert_cmpuint(split_capacity(PACKET_COMMAND, true, 2), ==, 264);
        g_assert_cmpuint(split_capacity(PACKET_COMMAND, true, 3), ==, 397);
        g_assert_cmpuint(split_capacity(PACKET_PLAIN, false, 1), ==, 140);
        g_assert_cmpuint(split_capacity(PACKET_PLAIN, false, 2), ==, 268);
}

static void test_count(void)
{
        SplitConfig config = {.kind = PACKET_COMMAND, .max_segments = 3};

        g_assert_cmpint(split_count(&config, 0), ==, 1);
        g_assert_cmpint(split_count(&config, 137), ==, 1);
        g_assert_cmpint(split_count(&config, 138), ==, 2);
        g_assert_cmpint(split_count(&config, 400), ==, 3);
        g_assert_cmpint(split_count(&config, 401), ==, -EMSGSIZE);
}

/* Every length there is: no segment too long, and all together what it was. */
static void test_all_lengths(void)
{
        uint8_t data[1100];

        for (unsigned i = 0; i < sizeof(data); i++)
                data[i] = (uint8_t) (i * 7);
        for (unsigned variant = 0; variant < 6; variant++) {
                SplitConfig config = {.kind = (PacketKind) (variant % 3),
                                      .wide = variant >= 3,
                                      .reference = 0x1234,
                                      .max_segments = SPLIT_MAX_SEGMENTS};
                size_t max = split_capacity(config.kind, config.wide, SPLIT_MAX_SEGMENTS);

                for (size_t len = 0; len <= max; len++) {
                        int count = split_count(&config, len);
                        size_t done = 0;

                        for (int i = 0; i < count; i++) {
                                uint8_t octets[140];
                                ByteWriter writer = byte_writer(octets, sizeof(octets));
                                UserData part;
                                bool header = split_write(&config, data, len, (unsigned) i,
                                                          (unsigned) count, &writer);

                                g_assert_cmpint(byte_writer_result(&writer), ==, 0);
                                g_assert_cmpint(header_parse(octets, writer.len, header, &part), ==,
                                                0);
                                g_assert_cmpint(part.kind, ==, i == 0 ? config.kind : 0);
                                g_assert_true(part.concatenated == (count > 1));
                                g_assert_cmpint(part.sequence, ==, i + 1);
                                g_assert_cmpmem(part.data, part.len, data + done, part.len);
                                done += part.len;
                        }
                        g_assert_cmpuint(done, ==, len);
                }
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/sms/header/elements", test_elements);
        g_test_add_func("/sms/header/unknown", test_unknown);
        g_test_add_func("/sms/header/last-counts", test_last_counts);
        g_test_add_func("/sms/header/senseless", test_senseless);
        g_test_add_func("/sms/header/ports", test_ports);
        g_test_add_func("/sms/header/malformed", test_malformed);
        g_test_add_func("/sms/header/without-indicator", test_without_indicator);
        g_test_add_func("/sms/split/capacity", test_capacity);
        g_test_add_func("/sms/split/count", test_count);
        g_test_add_func("/sms/split/all-lengths", test_all_lengths);
        return g_test_run();
}
