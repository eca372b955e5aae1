/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/tpdu.h"

#include <errno.h>

#include "sms/coding.h"
#include "test-util.h"

#define TIME "62102030405040"

static int parse(const char *hex, TpduDirection direction, Tpdu *ret, GBytes **ret_octets)
{
        *ret_octets = test_hex(hex);
        return tpdu_parse(g_bytes_get_data(*ret_octets, NULL), g_bytes_get_size(*ret_octets),
                          direction, ret);
}

/* What is read is written again as it was. */
static void assert_written(const Tpdu *tpdu, GBytes *expect)
{
        uint8_t octets[TPDU_MAX_OCTETS];
        ByteWriter writer = byte_writer(octets, sizeof(octets));

        tpdu_write(tpdu, &writer);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        g_assert_cmpmem(octets, writer.len, g_bytes_get_data(expect, NULL),
                        g_bytes_get_size(expect));
}

static void test_deliver(void)
{
        g_autoptr(GBytes) octets = NULL;
        g_autofree char *time = NULL;
        Tpdu tpdu;

        g_assert_cmpint(
                parse("A40B912121550571F87D04" TIME "03010203", TPDU_FROM_NETWORK, &tpdu, &octets),
                ==, 0);
        g_assert_cmpint(tpdu.type, ==, TPDU_DELIVER);
        g_assert_true(tpdu.no_more && tpdu.report && tpdu.reply_path);
        g_assert_false(tpdu.header || tpdu.loop);
        g_assert_cmpint(tpdu.pid, ==, 0x7D);
        g_assert_cmpmem(tpdu.data, tpdu.len, "\1\2\3", 3);
        time = timestamp_to_string(tpdu.timestamp);
        g_assert_cmpstr(time, ==, "2026-01-02T03:04:05+01:00");
        assert_written(&tpdu, octets);
}

/* TP-UDL counts septets: ten in nine octets. */
static void test_septets(void)
{
        g_autoptr(GBytes) octets = NULL;
        Tpdu tpdu;

        g_assert_cmpint(parse("0405812143F50000" TIME "0AE8329BFD4697D9EC37", TPDU_FROM_NETWORK,
                              &tpdu, &octets),
                        ==, 0);
        g_assert_cmpuint(tpdu.units, ==, 10);
        g_assert_cmpuint(tpdu.len, ==, 9);
        assert_written(&tpdu, octets);
}

static void test_submit(void)
{
        static const char *const all[] = {
                "41000B912121550571F87DF50401020304",
                "51FF0B912121550571F87DF5A70401020304",
                "59FF0B912121550571F87DF5" TIME "0401020304",
                "49FF0B912121550571F87DF5" TIME "0401020304",
                "E5FF0B912121550571F87DF50401020304",
        };
        static const TpduValidity formats[] = {
                TPDU_VALIDITY_NONE,     TPDU_VALIDITY_RELATIVE, TPDU_VALIDITY_ABSOLUTE,
                TPDU_VALIDITY_ENHANCED, TPDU_VALIDITY_NONE,
        };

        for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
                g_autoptr(GBytes) octets = NULL;
                Tpdu tpdu;

                g_assert_cmpint(parse(all[i], TPDU_TO_NETWORK, &tpdu, &octets), ==, 0);
                g_assert_cmpint(tpdu.type, ==, TPDU_SUBMIT);
                g_assert_cmpint(tpdu.validity_format, ==, formats[i]);
                g_assert_cmpint(tpdu.reference, ==, i == 0 ? 0 : 255);
                g_assert_true(tpdu.report == (i == 4) && tpdu.reply_path == (i == 4) &&
                              tpdu.reject_duplicates == (i == 4));
                assert_written(&tpdu, octets);
        }
}

static void test_status_report(void)
{
        static const struct {
                const char *hex;
                TpduOutcome outcome;
        } all[] = {
                {"06170B912121550571F8" TIME TIME "00", TPDU_OUTCOME_DELIVERED},
                {"06170B912121550571F8" TIME TIME "1F", TPDU_OUTCOME_DELIVERED},
                {"06170B912121550571F8" TIME TIME "20", TPDU_OUTCOME_PENDING},
                {"26170B912121550571F8" TIME TIME "46", TPDU_OUTCOME_FAILED},
                {"0E170B912121550571F8" TIME TIME "63017D", TPDU_OUTCOME_FAILED},
                {"06170B912121550571F8" TIME TIME "80077DF502ABCD", TPDU_OUTCOME_FAILED},
        };

        for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
                g_autoptr(GBytes) octets = NULL;
                Tpdu tpdu;

                g_assert_cmpint(parse(all[i].hex, TPDU_FROM_NETWORK, &tpdu, &octets), ==, 0);
                g_assert_cmpint(tpdu.type, ==, TPDU_STATUS_REPORT);
                g_assert_cmpint(tpdu.reference, ==, 0x17);
                g_assert_cmpint(tpdu_outcome(&tpdu), ==, all[i].outcome);
                assert_written(&tpdu, octets);
        }
}

/* What a modem fills up with, and what was cut off, takes nothing away from the report. */
static void test_status_report_padded(void)
{
#define STATUS_REPORT "06170B912121550571F8" TIME TIME "00"
        static const char *const all[] = {
                STATUS_REPORT "FF", STATUS_REPORT "FFFFFFFFFFFFFFFFFFFF", STATUS_REPORT "0000",
                STATUS_REPORT "07", STATUS_REPORT "077DF505ABCD",         STATUS_REPORT "80"};

        for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
                g_autoptr(GBytes) octets = NULL;
                Tpdu tpdu;

                g_assert_cmpint(parse(all[i], TPDU_FROM_NETWORK, &tpdu, &octets), ==, 0);
                g_assert_cmpint(tpdu.type, ==, TPDU_STATUS_REPORT);
                g_assert_cmpint(tpdu.reference, ==, 0x17);
                g_assert_cmpint(tpdu_outcome(&tpdu), ==, TPDU_OUTCOME_DELIVERED);
                g_assert_true(!tpdu.has_pid && !tpdu.has_dcs && !tpdu.has_user_data);
                g_assert_null(tpdu.data);
                g_assert_cmpuint(tpdu.len, ==, 0);
        }
}

/* What the report is about must be there. */
static void test_status_report_truncated(void)
{
        g_autoptr(GBytes) octets = test_hex(STATUS_REPORT);

        for (size_t len = 0; len < g_bytes_get_size(octets); len++) {
                g_autofree uint8_t *exact = g_memdup2(g_bytes_get_data(octets, NULL), len);
                Tpdu tpdu;

                g_assert_cmpint(tpdu_parse(exact, len, TPDU_FROM_NETWORK, &tpdu), ==, -EBADMSG);
        }
}

static void test_deliver_report(void)
{
        static const char *const all[] = {"0000", "00077DF502ABCD", "40077DF502ABCD", "00D300",
                                          "00D0037DF5"};

        for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
                g_autoptr(GBytes) octets = NULL;
                Tpdu tpdu;

                g_assert_cmpint(parse(all[i], TPDU_TO_NETWORK, &tpdu, &octets), ==, 0);
                g_assert_cmpint(tpdu.type, ==, TPDU_DELIVER_REPORT);
                g_assert_true(tpdu.failed == (i >= 3));
                assert_written(&tpdu, octets);
        }
}

static void test_wrong_type(void)
{
        g_autoptr(GBytes) octets = test_hex("02000B912121550571F87DF50401020304");
        Tpdu tpdu;

        /* SMS-COMMAND, SMS-SUBMIT-REPORT. */
        g_assert_cmpint(tpdu_parse(g_bytes_get_data(octets, NULL), g_bytes_get_size(octets),
                                   TPDU_TO_NETWORK, &tpdu),
                        ==, -EOPNOTSUPP);
        g_assert_cmpint(tpdu_parse("\1\0", 2, TPDU_FROM_NETWORK, &tpdu), ==, -EOPNOTSUPP);
        g_assert_cmpint(tpdu_parse(NULL, 0, TPDU_FROM_NETWORK, &tpdu), ==, -EBADMSG);
}

static void test_truncated(void)
{
        static const struct {
                const char *hex;
                TpduDirection direction;
        } all[] = {
                {"440B912121550571F87DF5" TIME "03010203", TPDU_FROM_NETWORK},
                {"51000B912121550571F87DF5A703010203", TPDU_TO_NETWORK},
        };

        for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
                g_autoptr(GBytes) octets = test_hex(all[i].hex);

                for (size_t len = 0; len < g_bytes_get_size(octets); len++) {
                        g_autofree uint8_t *exact = g_memdup2(g_bytes_get_data(octets, NULL), len);
                        Tpdu tpdu;

                        g_assert_cmpint(tpdu_parse(exact, len, all[i].direction, &tpdu), ==,
                                        -EBADMSG);
                }
        }
}

/* Some modems fill up; more than 140 octets cannot be. */
static void test_length(void)
{
        GByteArray *array = g_byte_array_new();
        g_autoptr(GBytes) start = test_hex("440B912121550571F87DF5" TIME "8C");
        uint8_t data[200] = {0};
        Tpdu tpdu;

        g_byte_array_append(array, g_bytes_get_data(start, NULL), g_bytes_get_size(start));
        g_byte_array_append(array, data, sizeof(data));
        g_assert_cmpint(tpdu_parse(array->data, array->len, TPDU_FROM_NETWORK, &tpdu), ==, 0);
        g_assert_cmpuint(tpdu.len, ==, 140);
        array->data[g_bytes_get_size(start) - 1] = 141;
        g_assert_cmpint(tpdu_parse(array->data, array->len, TPDU_FROM_NETWORK, &tpdu), ==,
                        -EBADMSG);
        g_byte_array_unref(array);
}

static void test_unwritable(void)
{
        uint8_t octets[TPDU_MAX_OCTETS], data[141] = {0};
        Tpdu tpdu = {.type = TPDU_SUBMIT, .dcs = SMS_DCS_DEVICE, .data = data, .len = 141};
        ByteWriter writer = byte_writer(octets, sizeof(octets));

        tpdu_write(&tpdu, &writer);
        g_assert_cmpint(byte_writer_result(&writer), ==, -EMSGSIZE);
}

/* ---- Coding ---------------------------------------------------------------------- */

/* TS 23.038, 4 */
static void test_dcs(void)
{
        static const struct {
                uint8_t dcs;
                bool data, septets;
                int message_class;
        } all[] = {
                {0xF5, true, false, 1},   {0x15, true, false, 1},   {0xF6, true, false, 2},
                {0x16, true, false, 2},   {0x04, true, false, -1},  {0xF4, true, false, 0},
                {0x00, false, true, -1},  {0x11, false, true, 1},   {0xF1, false, true, 1},
                {0x08, false, false, -1}, {0x24, false, false, -1}, {0x35, false, false, 1},
                {0x55, true, false, 1},   {0xE0, false, false, -1}, {0xC0, false, true, -1},
                {0x84, false, true, -1},
        };

        for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
                g_test_message("%02x", all[i].dcs);
                g_assert_true(dcs_is_data(all[i].dcs) == all[i].data);
                g_assert_true(dcs_is_septets(all[i].dcs) == all[i].septets);
                g_assert_cmpint(dcs_class(all[i].dcs), ==, all[i].message_class);
        }
}

static void test_validity(void)
{
        g_assert_cmpuint(validity_to_seconds(0x0B), ==, 3600);
        g_assert_cmpuint(validity_to_seconds(0xA7), ==, 24 * 3600);
        g_assert_cmpuint(validity_to_seconds(0), ==, 300);
        g_assert_cmpuint(validity_to_seconds(144), ==, 12 * 3600 + 1800);
        g_assert_cmpuint(validity_to_seconds(168), ==, 2 * 86400);
        g_assert_cmpuint(validity_to_seconds(196), ==, 30 * 86400);
        g_assert_cmpuint(validity_to_seconds(255), ==, 63 * 7 * 86400);
        for (unsigned validity = 0; validity < 256; validity++)
                g_assert_cmpint(validity_from_seconds(validity_to_seconds((uint8_t) validity)), ==,
                                validity);
        g_assert_cmpint(validity_from_seconds(1), ==, 0);
        g_assert_cmpint(validity_from_seconds(3601), ==, 0x0C);
        g_assert_cmpint(validity_from_seconds(G_MAXUINT), ==, 255);
}

static void test_timestamp(void)
{
        g_autoptr(GBytes) west = test_hex("6210203040500A");
        g_autoptr(GBytes) bad = test_hex("62312030405040");
        g_autofree char *text = timestamp_to_string(g_bytes_get_data(west, NULL));

        g_assert_cmpstr(text, ==, "2026-01-02T03:04:05-05:00");
        g_assert_null(timestamp_to_string(g_bytes_get_data(bad, NULL)));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/sms/tpdu/deliver", test_deliver);
        g_test_add_func("/sms/tpdu/septets", test_septets);
        g_test_add_func("/sms/tpdu/submit", test_submit);
        g_test_add_func("/sms/tpdu/status-report", test_status_report);
        g_test_add_func("/sms/tpdu/status-report-padded", test_status_report_padded);
        g_test_add_func("/sms/tpdu/status-report-truncated", test_status_report_truncated);
        g_test_add_func("/sms/tpdu/deliver-report", test_deliver_report);
        g_test_add_func("/sms/tpdu/wrong-type", test_wrong_type);
        g_test_add_func("/sms/tpdu/truncated", test_truncated);
        g_test_add_func("/sms/tpdu/length", test_length);
        g_test_add_func("/sms/tpdu/unwritable", test_unwritable);
        g_test_add_func("/sms/coding/dcs", test_dcs);
        g_test_add_func("/sms/coding/validity", test_validity);
        g_test_add_func("/sms/coding/timestamp", test_timestamp);
        return g_test_run();
}
