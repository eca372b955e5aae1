/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of ModemManager's messages is ours. It keeps number, time stamp and, of 8-bit messages, the
 * data without the user data header; a message of several segments has the time stamp of the first
 * and the data of all.
 */
#include <string.h>

#include "manager.h"
#include "sms/coding.h"
#include "sms/header.h"
#include "sms/tpdu.h"

/* MMSmsPduType */
#define PDU_TYPE_DELIVER 1
#define PDU_TYPE_STATUS_REPORT 3

static bool number_is(GVariant *properties, const SmsAddress *from)
{
        g_autofree char *ours = sms_address_to_string(from);
        const char *number;
        SmsAddress address;

        if (!g_variant_lookup(properties, "Number", "&s", &number))
                return false;
        return strcmp(number, ours) == 0 || (sms_address_from_text(number, NULL, &address) == 0 &&
                                             sms_address_equal(&address, from));
}

static bool time_is(GVariant *properties, const uint8_t timestamp[7])
{
        g_autofree char *text = timestamp_to_string(timestamp);
        g_autoptr(GDateTime) ours = text ? g_date_time_new_from_iso8601(text, NULL) : NULL;
        g_autoptr(GDateTime) theirs = NULL;
        const char *time;

        if (!ours || !g_variant_lookup(properties, "Timestamp", "&s", &time))
                return false;
        theirs = g_date_time_new_from_iso8601(time, NULL);
        return theirs && g_date_time_equal(ours, theirs);
}

/* `part`: the message may be longer than what we have of it. */
static bool data_is(GVariant *properties, const uint8_t *data, size_t len, bool part)
{
        g_autoptr(GVariant) theirs =
                g_variant_lookup_value(properties, "Data", G_VARIANT_TYPE_BYTESTRING);
        size_t their_len = 0;
        const uint8_t *octets = theirs ? g_variant_get_fixed_array(theirs, &their_len, 1) : NULL;

        if (part)
                return len > 0 && their_len > len && memmem(octets, their_len, data, len);
        return their_len == len && (len == 0 || memcmp(octets, data, len) == 0);
}

static bool report_is(GVariant *properties, const Tpdu *tpdu)
{
        guint32 reference;

        return g_variant_lookup(properties, "MessageReference", "u", &reference) &&
               reference == tpdu->reference && time_is(properties, tpdu->timestamp);
}

static bool deliver_is(GVariant *properties, const Tpdu *tpdu)
{
        UserData content;
        bool part;

        if (header_parse(tpdu->data, tpdu->len, tpdu->header, &content) < 0)
                return false;
        part = content.concatenated && content.total > 1;

        /* Of text there is no data. */
        if (!dcs_is_data(tpdu->dcs))
                return !part && data_is(properties, NULL, 0, false) &&
                       time_is(properties, tpdu->timestamp);
        return data_is(properties, content.data, content.len, part) &&
               (part || time_is(properties, tpdu->timestamp));
}

bool manager_message_is(GVariant *properties, const uint8_t *tpdu, size_t len)
{
        Tpdu parsed;
        guint32 type = PDU_TYPE_DELIVER;

        if (tpdu_parse(tpdu, len, TPDU_FROM_NETWORK, &parsed) < 0 ||
            !number_is(properties, &parsed.address))
                return false;
        g_variant_lookup(properties, "PduType", "u", &type);
        if (parsed.type == TPDU_STATUS_REPORT)
                return type == PDU_TYPE_STATUS_REPORT && report_is(properties, &parsed);
        return type == PDU_TYPE_DELIVER && deliver_is(properties, &parsed);
}
