/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A TPDU in both directions, with and without a service centre in front. What is read and written
 * is read as the same. */

#include <glib.h>

#include "fuzz.h"
#include "sms/coding.h"
#include "sms/header.h"
#include "sms/tpdu.h"

static void assert_same(const Tpdu *a, const Tpdu *b)
{
        g_assert_cmpint(a->type, ==, b->type);
        g_assert_true(a->header == b->header && a->no_more == b->no_more && a->loop == b->loop &&
                      a->report == b->report && a->reply_path == b->reply_path &&
                      a->reject_duplicates == b->reject_duplicates && a->failed == b->failed);
        g_assert_true(a->has_pid == b->has_pid && a->has_dcs == b->has_dcs &&
                      a->has_user_data == b->has_user_data);
        g_assert_true(a->reference == b->reference && a->pid == b->pid && a->dcs == b->dcs &&
                      a->status == b->status && a->cause == b->cause && a->units == b->units);
        g_assert_true(sms_address_equal(&a->address, &b->address));
        g_assert_cmpint(a->validity_format, ==, b->validity_format);
        g_assert_cmpmem(a->validity, 7, b->validity, 7);
        g_assert_cmpmem(a->timestamp, 7, b->timestamp, 7);
        g_assert_cmpmem(a->discharge, 7, b->discharge, 7);
        g_assert_cmpmem(a->data, a->len, b->data, b->len);
}

static void fuzz_direction(const uint8_t *data, size_t size, TpduDirection direction)
{
        uint8_t octets[TPDU_MAX_OCTETS];
        ByteWriter writer = byte_writer(octets, sizeof(octets));
        Tpdu tpdu, again;

        if (tpdu_parse(data, size, direction, &tpdu) < 0)
                return;

        g_assert_cmpuint(tpdu.len, <=, TPDU_MAX_USER_DATA);
        g_assert_true(g_utf8_validate(tpdu.address.text, -1, NULL));
        g_free(timestamp_to_string(tpdu.timestamp));
        validity_to_seconds(tpdu.validity[0]);
        dcs_class(tpdu.dcs);
        tpdu_outcome(&tpdu);

        tpdu_write(&tpdu, &writer);
        g_assert_cmpint(byte_writer_result(&writer), ==, 0);
        g_assert_cmpint(tpdu_parse(octets, writer.len, direction, &again), ==, 0);
        assert_same(&tpdu, &again);
}

static void fuzz_address(const uint8_t *data, size_t size)
{
        static const SmsNumbering numbering = {.international_prefix = "00", .country_code = "49"};
        g_autofree char *text = g_strndup((const char *) data, size);
        g_autofree char *printed = NULL;
        SmsAddress address, again;

        if (sms_address_from_text(text, &numbering, &address) < 0)
                return;
        printed = sms_address_to_string(&address);
        g_assert_cmpint(sms_address_from_text(printed, &numbering, &again), ==, 0);
        g_assert_true(sms_address_equal(&address, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        fuzz_direction(data, size, TPDU_FROM_NETWORK);
        fuzz_direction(data, size, TPDU_TO_NETWORK);
        if (size > 0)
                fuzz_address(data, size);
        return 0;
}
