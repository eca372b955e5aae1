/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/tpdu.h"

#include <errno.h>
#include <string.h>

#include "sms/coding.h"

/* TP-MTI, TS 23.040, 9.2.3.1 */
#define MTI_MASK 0x03
#define MTI_DELIVER 0x00 /* and SMS-DELIVER-REPORT in the other direction */
#define MTI_SUBMIT 0x01
#define MTI_STATUS_REPORT 0x02
#define MTI_RESERVED 0x03

/* The first octet's bits: 9.2.3.2 to 9.2.3.5, 9.2.3.17, 9.2.3.23, 9.2.3.25, 9.2.3.28 */
#define BIT_MMS 0x04
#define BIT_RD 0x04
#define BIT_LP 0x08
#define BIT_REPORT 0x20
#define BIT_UDHI 0x40
#define BIT_RP 0x80
#define VPF_SHIFT 3

/* TP-PI, 9.2.3.27 */
#define PI_PID 0x01
#define PI_DCS 0x02
#define PI_UDL 0x04
#define PI_EXTENSION 0x80

#define TIME_OCTETS 7

/* ---- Reading ----------------------------------------------------------------------- */

static int octets_parse(ByteReader *reader, uint8_t *ret, size_t len)
{
        const uint8_t *view;

        if (byte_reader_view(reader, len, &view) < 0)
                return -EBADMSG;
        memcpy(ret, view, len);
        return 0;
}

/* 9.2.3.16, 9.2.3.24: the length counts septets or octets, as the coding scheme says. */
static int user_data_parse(ByteReader *reader, Tpdu *tpdu)
{
        size_t len;

        if (byte_reader_u8(reader, &tpdu->units) < 0)
                return -EBADMSG;
        len = dcs_is_septets(tpdu->dcs) ? (tpdu->units * 7u + 7) / 8 : tpdu->units;
        if (len > TPDU_MAX_USER_DATA || byte_reader_view(reader, len, &tpdu->data) < 0)
                return -EBADMSG;
        tpdu->len = len;
        tpdu->has_user_data = true;
        return 0;
}

static int coding_parse(ByteReader *reader, Tpdu *tpdu)
{
        tpdu->has_pid = tpdu->has_dcs = true;
        if (byte_reader_u8(reader, &tpdu->pid) < 0 || byte_reader_u8(reader, &tpdu->dcs) < 0)
                return -EBADMSG;
        return 0;
}

/* 9.2.2.1 */
static int deliver_parse(ByteReader *reader, uint8_t first, Tpdu *tpdu)
{
        tpdu->type = TPDU_DELIVER;
        tpdu->no_more = first & BIT_MMS;
        tpdu->loop = first & BIT_LP;
        tpdu->report = first & BIT_REPORT;
        tpdu->reply_path = first & BIT_RP;
        if (sms_address_parse(reader, &tpdu->address) < 0 || coding_parse(reader, tpdu) < 0 ||
            octets_parse(reader, tpdu->timestamp, TIME_OCTETS) < 0)
                return -EBADMSG;
        return user_data_parse(reader, tpdu);
}

static size_t validity_octets(TpduValidity format)
{
        switch (format) {
        case TPDU_VALIDITY_NONE:
                return 0;
        case TPDU_VALIDITY_RELATIVE:
                return 1;
        case TPDU_VALIDITY_ENHANCED:
        case TPDU_VALIDITY_ABSOLUTE:
                break;
        }
        return TIME_OCTETS;
}

/* 9.2.2.2 */
static int submit_parse(ByteReader *reader, uint8_t first, Tpdu *tpdu)
{
        tpdu->type = TPDU_SUBMIT;
        tpdu->reject_duplicates = first & BIT_RD;
        tpdu->validity_format = (TpduValidity) (first >> VPF_SHIFT & 3);
        tpdu->report = first & BIT_REPORT;
        tpdu->reply_path = first & BIT_RP;
        if (byte_reader_u8(reader, &tpdu->reference) < 0 ||
            sms_address_parse(reader, &tpdu->address) < 0 || coding_parse(reader, tpdu) < 0 ||
            octets_parse(reader, tpdu->validity, validity_octets(tpdu->validity_format)) < 0)
                return -EBADMSG;
        return user_data_parse(reader, tpdu);
}

/* What TP-PI says is there. Its further octets, should the last bit announce some, say nothing that
 * is known. */
static int parameters_parse(ByteReader *reader, Tpdu *tpdu)
{
        uint8_t indicator, more;

        if (byte_reader_u8(reader, &indicator) < 0)
                return -EBADMSG;
        for (more = indicator; more & PI_EXTENSION;)
                if (byte_reader_u8(reader, &more) < 0)
                        return -EBADMSG;

        tpdu->has_pid = indicator & PI_PID;
        tpdu->has_dcs = indicator & PI_DCS;
        if (tpdu->has_pid && byte_reader_u8(reader, &tpdu->pid) < 0)
                return -EBADMSG;
        if (tpdu->has_dcs && byte_reader_u8(reader, &tpdu->dcs) < 0)
                return -EBADMSG;
        return indicator & PI_UDL ? user_data_parse(reader, tpdu) : 0;
}

/* What may follow is of no use to us, and some modems fill up with FF, which would be a TP-PI with
 * extensions: unless all of it can be read, none of it is there. */
static void status_report_parse_rest(ByteReader *reader, Tpdu *tpdu)
{
        Tpdu whole = *tpdu;

        if (parameters_parse(reader, &whole) == 0)
                *tpdu = whole;
}

/* 9.2.2.3 */
static int status_report_parse(ByteReader *reader, uint8_t first, Tpdu *tpdu)
{
        tpdu->type = TPDU_STATUS_REPORT;
        tpdu->no_more = first & BIT_MMS;
        tpdu->loop = first & BIT_LP;
        tpdu->report = first & BIT_REPORT;
        if (byte_reader_u8(reader, &tpdu->reference) < 0 ||
            sms_address_parse(reader, &tpdu->address) < 0 ||
            octets_parse(reader, tpdu->timestamp, TIME_OCTETS) < 0 ||
            octets_parse(reader, tpdu->discharge, TIME_OCTETS) < 0 ||
            byte_reader_u8(reader, &tpdu->status) < 0)
                return -EBADMSG;
        status_report_parse_rest(reader, tpdu);
        return 0;
}

/* 9.2.2.1a */
static int deliver_report_parse(ByteReader *reader, uint8_t first, Tpdu *tpdu)
{
        tpdu->type = TPDU_DELIVER_REPORT;
        tpdu->failed = byte_reader_left(reader) > 0 && reader->data[reader->pos] & 0x80;
        if (tpdu->failed && byte_reader_u8(reader, &tpdu->cause) < 0)
                return -EBADMSG;
        return parameters_parse(reader, tpdu);
}

int tpdu_parse(const void *data, size_t len, TpduDirection direction, Tpdu *ret)
{
        ByteReader reader = byte_reader(data, len);
        bool down = direction == TPDU_FROM_NETWORK;
        Tpdu tpdu = {0};
        uint8_t first;
        int r = -EOPNOTSUPP;

        if (byte_reader_u8(&reader, &first) < 0)
                return -EBADMSG;

        tpdu.header = first & BIT_UDHI;
        if (down && ((first & MTI_MASK) == MTI_DELIVER || (first & MTI_MASK) == MTI_RESERVED))
                r = deliver_parse(&reader, first, &tpdu);
        else if (down && (first & MTI_MASK) == MTI_STATUS_REPORT)
                r = status_report_parse(&reader, first, &tpdu);
        else if (!down && (first & MTI_MASK) == MTI_SUBMIT)
                r = submit_parse(&reader, first, &tpdu);
        else if (!down && (first & MTI_MASK) == MTI_DELIVER)
                r = deliver_report_parse(&reader, first, &tpdu);
        if (r < 0)
                return r;

        *ret = tpdu;
        return 0;
}

/* ---- Writing ----------------------------------------------------------------------- */

static void user_data_write(const Tpdu *tpdu, ByteWriter *writer)
{
        bool septets = dcs_is_septets(tpdu->dcs);

        if (tpdu->len > TPDU_MAX_USER_DATA ||
            (septets && (tpdu->units * 7u + 7) / 8 != tpdu->len)) {
                writer->failed = true;
                return;
        }
        byte_writer_u8(writer, septets ? tpdu->units : (uint8_t) tpdu->len);
        byte_writer_bytes(writer, tpdu->data, tpdu->len);
}

static void parameters_write(const Tpdu *tpdu, ByteWriter *writer)
{
        byte_writer_u8(writer, (tpdu->has_pid ? PI_PID : 0) | (tpdu->has_dcs ? PI_DCS : 0) |
                                       (tpdu->has_user_data ? PI_UDL : 0));
        if (tpdu->has_pid)
                byte_writer_u8(writer, tpdu->pid);
        if (tpdu->has_dcs)
                byte_writer_u8(writer, tpdu->dcs);
        if (tpdu->has_user_data)
                user_data_write(tpdu, writer);
}

static void deliver_write(const Tpdu *tpdu, uint8_t first, ByteWriter *writer)
{
        byte_writer_u8(writer, first | MTI_DELIVER | (tpdu->no_more ? BIT_MMS : 0) |
                                       (tpdu->loop ? BIT_LP : 0) | (tpdu->reply_path ? BIT_RP : 0));
        sms_address_write(&tpdu->address, writer);
        byte_writer_u8(writer, tpdu->pid);
        byte_writer_u8(writer, tpdu->dcs);
        byte_writer_bytes(writer, tpdu->timestamp, TIME_OCTETS);
        user_data_write(tpdu, writer);
}

static void submit_write(const Tpdu *tpdu, uint8_t first, ByteWriter *writer)
{
        byte_writer_u8(writer, first | MTI_SUBMIT | (tpdu->reject_duplicates ? BIT_RD : 0) |
                                       (uint8_t) ((unsigned) tpdu->validity_format << VPF_SHIFT) |
                                       (tpdu->reply_path ? BIT_RP : 0));
        byte_writer_u8(writer, tpdu->reference);
        sms_address_write(&tpdu->address, writer);
        byte_writer_u8(writer, tpdu->pid);
        byte_writer_u8(writer, tpdu->dcs);
        byte_writer_bytes(writer, tpdu->validity, validity_octets(tpdu->validity_format));
        user_data_write(tpdu, writer);
}

static void status_report_write(const Tpdu *tpdu, uint8_t first, ByteWriter *writer)
{
        byte_writer_u8(writer, first | MTI_STATUS_REPORT | (tpdu->no_more ? BIT_MMS : 0) |
                                       (tpdu->loop ? BIT_LP : 0));
        byte_writer_u8(writer, tpdu->reference);
        sms_address_write(&tpdu->address, writer);
        byte_writer_bytes(writer, tpdu->timestamp, TIME_OCTETS);
        byte_writer_bytes(writer, tpdu->discharge, TIME_OCTETS);
        byte_writer_u8(writer, tpdu->status);
        if (tpdu->has_pid || tpdu->has_dcs || tpdu->has_user_data)
                parameters_write(tpdu, writer);
}

static void deliver_report_write(const Tpdu *tpdu, ByteWriter *writer)
{
        byte_writer_u8(writer, MTI_DELIVER | (tpdu->header ? BIT_UDHI : 0));
        if (tpdu->failed)
                byte_writer_u8(writer, tpdu->cause);
        parameters_write(tpdu, writer);
}

void tpdu_write(const Tpdu *tpdu, ByteWriter *writer)
{
        uint8_t first = (tpdu->header ? BIT_UDHI : 0) | (tpdu->report ? BIT_REPORT : 0);

        switch (tpdu->type) {
        case TPDU_DELIVER:
                deliver_write(tpdu, first, writer);
                break;
        case TPDU_SUBMIT:
                submit_write(tpdu, first, writer);
                break;
        case TPDU_STATUS_REPORT:
                status_report_write(tpdu, first, writer);
                break;
        case TPDU_DELIVER_REPORT:
                deliver_report_write(tpdu, writer);
                break;
        }
}

TpduOutcome tpdu_outcome(const Tpdu *tpdu)
{
        if (tpdu->status <= 0x1F)
                return TPDU_OUTCOME_DELIVERED;
        return tpdu->status <= 0x3F ? TPDU_OUTCOME_PENDING : TPDU_OUTCOME_FAILED;
}
