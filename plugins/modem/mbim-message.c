/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages: sent, listed, read, deleted. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "mbim-impl.h"
#include "pdu.h"

static MbimRequest *request_new(MbimBackend *mbim, const Place *place, void *user)
{
        MbimRequest *request = g_new0(MbimRequest, 1);

        request->mbim = mbim;
        request->user = user;
        if (place)
                request->place = *place;
        return request;
}

static void request_done(MbimRequest *request, int result)
{
        request->done(result, request->user);
        g_free(request);
}

/* A modem that is closed answers like one that is gone, later. */
static gboolean request_on_closed(gpointer user)
{
        request_done(user, -ENODEV);
        return G_SOURCE_REMOVE;
}

static void request_listed(MbimRequest *request, int result)
{
        request->listed(result, result == 0 ? backend_storage_bit(MBIM_STORAGE) : 0, request->user);
        g_free(request);
}

static gboolean request_on_closed_list(gpointer user)
{
        request_listed(user, -ENODEV);
        return G_SOURCE_REMOVE;
}

static gboolean request_on_nothing(gpointer user)
{
        request_done(user, 0);
        return G_SOURCE_REMOVE;
}

static gboolean request_on_closed_read(gpointer user)
{
        MbimRequest *request = user;

        request->read(-ENODEV, NULL, 0, request->user);
        g_free(request);
        return G_SOURCE_REMOVE;
}

static gboolean request_on_closed_send(gpointer user)
{
        MbimRequest *request = user;

        request->sent(-ENODEV, 0, "no modem", request->user);
        g_free(request);
        return G_SOURCE_REMOVE;
}

/* ---- Sending ------------------------------------------------------------------------- */

static void mbim_on_sent(GObject *source, GAsyncResult *result, gpointer user)
{
        MbimRequest *request = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(MbimMessage) answer = mbim_answer(source, result, &error);
        guint32 reference = 0;
        int r = 0;

        if (!answer || !mbim_message_sms_send_response_parse(answer, &reference, &error))
                r = mbim_failed(request->mbim, error);
        request->sent(r, reference, error ? error->message : NULL, request->user);
        g_free(request);
}

void mbim_send(Backend *backend, const uint8_t *pdu, size_t len, BackendSent done, void *user)
{
        MbimBackend *mbim = (MbimBackend *) backend;
        MbimRequest *request = request_new(mbim, NULL, user);
        uint8_t copy[PDU_MAX_OCTETS];
        MbimSmsPduSendRecord record = {.pdu_data_size = (guint32) len, .pdu_data = copy};

        request->sent = done;
        if (!mbim_is_open(mbim)) {
                g_idle_add(request_on_closed_send, request);
                return;
        }
        g_assert(len <= sizeof(copy));
        memcpy(copy, pdu, len);
        mbim_ask(mbim, mbim_message_sms_send_set_new(MBIM_SMS_FORMAT_PDU, &record, NULL, NULL),
                 MBIM_SEND_TIMEOUT_S, mbim_on_sent, request);
}

/* ---- Reading ------------------------------------------------------------------------- */

/* Where a list of messages says how many there are, behind its format. */
#define RECORD_COUNT 4

static bool from_network(const MbimSmsPduReadRecord *record)
{
        return record->message_status == MBIM_SMS_STATUS_NEW ||
               record->message_status == MBIM_SMS_STATUS_OLD;
}

static void mbim_on_listed(GObject *source, GAsyncResult *result, gpointer user)
{
        MbimRequest *request = user;
        MbimBackend *mbim = request->mbim;
        g_autoptr(GError) error = NULL;
        g_autoptr(MbimMessage) answer = mbim_answer(source, result, &error);
        g_autoptr(MbimSmsPduReadRecordArray) records = NULL;
        MbimSmsFormat format;
        guint32 count = 0;

        if (answer && !mbim_count_is_sane(answer, RECORD_COUNT)) {
                request_listed(request, -EBADMSG);
                return;
        }
        if (!answer || !mbim_message_sms_read_response_parse(answer, &format, &count, &records,
                                                             NULL, &error)) {
                log_info(MBIM_NAME, "no list of messages: %s", error->message);
                request_listed(request, mbim_failed(mbim, error));
                return;
        }
        for (guint32 i = 0; format == MBIM_SMS_FORMAT_PDU && i < count; i++) {
                Place place = {.kind = PLACE_STORED,
                               .storage = MBIM_STORAGE,
                               .number = records[i]->message_index};

                if (from_network(records[i]))
                        backend_take_pdu(&mbim->backend, &place, records[i]->pdu_data,
                                         records[i]->pdu_data_size);
        }
        mbim_ask_store(mbim);
        request_listed(request, format == MBIM_SMS_FORMAT_PDU ? 0 : -EBADMSG);
}

void mbim_list(Backend *backend, BackendListed done, void *user)
{
        MbimBackend *mbim = (MbimBackend *) backend;
        MbimRequest *request = request_new(mbim, NULL, user);

        request->listed = done;
        if (!mbim_is_open(mbim)) {
                g_idle_add(request_on_closed_list, request);
                return;
        }
        mbim_ask(mbim,
                 mbim_message_sms_read_query_new(MBIM_SMS_FORMAT_PDU, MBIM_SMS_FLAG_ALL, 0, NULL),
                 MBIM_TIMEOUT_S, mbim_on_listed, request);
}

static int read_result(MbimBackend *mbim, MbimMessage *answer, const GError *failure,
                       MbimSmsPduReadRecordArray **ret_records, const uint8_t **ret_tpdu,
                       size_t *ret_len)
{
        g_autoptr(GError) error = NULL;
        MbimSmsFormat format;
        guint32 count = 0;

        if (!answer)
                return mbim_place_failed(mbim, failure);
        if (!mbim_count_is_sane(answer, RECORD_COUNT))
                return -EBADMSG;
        if (!mbim_message_sms_read_response_parse(answer, &format, &count, ret_records, NULL,
                                                  &error))
                return mbim_failed(mbim, error);
        if (count == 0)
                return -ENOENT;
        if (format != MBIM_SMS_FORMAT_PDU || !from_network((*ret_records)[0]))
                return -EBADMSG;
        return pdu_parse((*ret_records)[0]->pdu_data, (*ret_records)[0]->pdu_data_size, ret_tpdu,
                         ret_len);
}

static void mbim_on_read(GObject *source, GAsyncResult *result, gpointer user)
{
        MbimRequest *request = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(MbimMessage) answer = mbim_answer(source, result, &error);
        g_autoptr(MbimSmsPduReadRecordArray) records = NULL;
        const uint8_t *tpdu = NULL;
        size_t len = 0;
        int r = read_result(request->mbim, answer, error, &records, &tpdu, &len);

        request->read(r, tpdu, len, request->user);
        g_free(request);
}

void mbim_read(Backend *backend, const Place *place, BackendRead done, void *user)
{
        MbimBackend *mbim = (MbimBackend *) backend;
        MbimRequest *request = request_new(mbim, place, user);

        request->read = done;
        if (!mbim_is_open(mbim)) {
                g_idle_add(request_on_closed_read, request);
                return;
        }
        mbim_ask(mbim,
                 mbim_message_sms_read_query_new(MBIM_SMS_FORMAT_PDU, MBIM_SMS_FLAG_INDEX,
                                                 place->number, NULL),
                 MBIM_TIMEOUT_S, mbim_on_read, request);
}

void mbim_fetch(MbimBackend *mbim, guint32 index)
{
        const Place place = {.kind = PLACE_STORED, .storage = MBIM_STORAGE, .number = index};

        backend_fetch(&mbim->backend, &place);
}

void mbim_take_passed(MbimBackend *mbim, const MbimMessage *notification)
{
        g_autoptr(MbimSmsPduReadRecordArray) records = NULL;
        const Place place = {.kind = PLACE_PASSED};
        MbimSmsFormat format;
        guint32 count = 0;

        if (!mbim_count_is_sane(notification, RECORD_COUNT) ||
            !mbim_message_sms_read_notification_parse(notification, &format, &count, &records, NULL,
                                                      NULL))
                return;
        for (guint32 i = 0; format == MBIM_SMS_FORMAT_PDU && i < count; i++)
                backend_take_pdu(&mbim->backend, &place, records[i]->pdu_data,
                                 records[i]->pdu_data_size);
}

/* ---- Deleting ------------------------------------------------------------------------ */

static void mbim_on_deleted(GObject *source, GAsyncResult *result, gpointer user)
{
        MbimRequest *request = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(MbimMessage) answer = mbim_answer(source, result, &error);
        int r = 0;

        if (!answer) {
                log_debug(MBIM_NAME, "message %u is not deleted: %s", request->place.number,
                          error->message);
                r = mbim_place_failed(request->mbim, error);
        } else if (mbim_is_open(request->mbim)) {
                mbim_ask_store(request->mbim);
        }
        request_done(request, r);
}

void mbim_delete(Backend *backend, const Place *place, BackendDone done, void *user)
{
        MbimBackend *mbim = (MbimBackend *) backend;
        MbimRequest *request = request_new(mbim, place, user);

        request->done = done;
        if (!mbim_is_open(mbim)) {
                g_idle_add(request_on_closed, request);
                return;
        }
        mbim_ask(mbim, mbim_message_sms_delete_set_new(MBIM_SMS_FLAG_INDEX, place->number, NULL),
                 MBIM_TIMEOUT_S, mbim_on_deleted, request);
}

void mbim_acknowledge(Backend *backend, const Place *place, BackendDone done, void *user)
{
        MbimRequest *request = request_new((MbimBackend *) backend, place, user);

        request->done = done;
        g_idle_add(request_on_nothing, request);
}
