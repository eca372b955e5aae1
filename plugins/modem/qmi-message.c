/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One message: sent, read, deleted, acknowledged. */
#include <errno.h>

#include "base/log.h"
#include "pdu.h"
#include "qmi-impl.h"

/* A modem that is closed answers like one that is gone, later. */
static gboolean request_on_closed(gpointer user)
{
        QmiRequest *request = user;

        request->done(-ENODEV, request->user);
        g_free(request);
        return G_SOURCE_REMOVE;
}

static gboolean request_on_closed_read(gpointer user)
{
        QmiRequest *request = user;

        request->read(-ENODEV, NULL, 0, request->user);
        g_free(request);
        return G_SOURCE_REMOVE;
}

static gboolean request_on_closed_send(gpointer user)
{
        QmiRequest *request = user;

        request->sent(-ENODEV, 0, "no modem", request->user);
        g_free(request);
        return G_SOURCE_REMOVE;
}

static void request_done(QmiRequest *request, int result)
{
        request->done(result, request->user);
        g_free(request);
}

/* ---- Sending ------------------------------------------------------------------------- */

/* RP cause: 3GPP TS 24.011, 8.2.5.4; TP cause: 3GPP TS 23.040, 9.2.3.22. */
static char *send_cause(QmiMessageWmsRawSendOutput *output, const GError *error)
{
        QmiWmsGsmUmtsRpCause rp;
        QmiWmsGsmUmtsTpCause tp;
        QmiWmsMessageDeliveryFailureType kind;
        GString *text = g_string_new(NULL);

        if (qmi_message_wms_raw_send_output_get_gsm_wcdma_cause_info(output, &rp, &tp, NULL))
                g_string_printf(text, "RP cause %u, TP cause 0x%02X", (unsigned) rp, (unsigned) tp);
        else
                g_string_assign(text, error->message);
        if (qmi_message_wms_raw_send_output_get_message_delivery_failure_type(output, &kind, NULL))
                g_string_append(text, kind == QMI_WMS_MESSAGE_DELIVERY_FAILURE_TYPE_TEMPORARY
                                              ? ", temporary"
                                              : ", permanent");
        return g_string_free(text, FALSE);
}

static void qmi_on_sent(GObject *source, GAsyncResult *result, gpointer user)
{
        QmiRequest *request = user;
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;
        g_autoptr(QmiMessageWmsRawSendOutput) output =
                qmi_client_wms_raw_send_finish(QMI_CLIENT_WMS(source), result, &error);
        guint16 reference = 0;
        int r = 0;

        if (!output) {
                r = qmi_failed(request->qmi, error);
                text = g_strdup(error->message);
        } else if (!qmi_message_wms_raw_send_output_get_result(output, &error)) {
                r = qmi_failed(request->qmi, error);
                text = send_cause(output, error);
        } else {
                qmi_message_wms_raw_send_output_get_message_id(output, &reference, NULL);
        }
        request->sent(r, reference, text, request->user);
        g_free(request);
}

void qmi_send(Backend *backend, const uint8_t *pdu, size_t len, BackendSent done, void *user)
{
        QmiBackend *qmi = (QmiBackend *) backend;
        QmiRequest *request = qmi_request_new(qmi, NULL, user);
        g_autoptr(QmiMessageWmsRawSendInput) input = qmi_message_wms_raw_send_input_new();
        g_autoptr(GArray) data =
                g_array_append_vals(g_array_new(FALSE, FALSE, 1), pdu, (guint) len);

        request->sent = done;
        if (!qmi_client(qmi, QMI_PART_WMS)) {
                g_idle_add(request_on_closed_send, request);
                return;
        }
        qmi_message_wms_raw_send_input_set_raw_message_data(
                input, QMI_WMS_MESSAGE_FORMAT_GSM_WCDMA_POINT_TO_POINT, data, NULL);
        qmi_client_wms_raw_send(qmi_client(qmi, QMI_PART_WMS), input, QMI_SEND_TIMEOUT_S,
                                qmi->commands, qmi_on_sent, request);
}

/* ---- Reading ------------------------------------------------------------------------- */

static int read_result(QmiBackend *qmi, QmiMessageWmsRawReadOutput *output, GError *failure,
                       const uint8_t **ret_tpdu, size_t *ret_len)
{
        g_autoptr(GError) error = NULL;
        QmiWmsMessageTagType tag;
        QmiWmsMessageFormat format;
        GArray *data;

        if (!output)
                return qmi_failed(qmi, failure);
        if (!qmi_message_wms_raw_read_output_get_result(output, &error) ||
            !qmi_message_wms_raw_read_output_get_raw_message_data(output, &tag, &format, &data,
                                                                  &error))
                return qmi_failed(qmi, error);
        if (format != QMI_WMS_MESSAGE_FORMAT_GSM_WCDMA_POINT_TO_POINT)
                return -EBADMSG;
        return pdu_parse((const uint8_t *) data->data, data->len, ret_tpdu, ret_len);
}

static void qmi_on_read(GObject *source, GAsyncResult *result, gpointer user)
{
        QmiRequest *request = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(QmiMessageWmsRawReadOutput) output =
                qmi_client_wms_raw_read_finish(QMI_CLIENT_WMS(source), result, &error);
        const uint8_t *tpdu = NULL;
        size_t len = 0;
        int r = read_result(request->qmi, output, error, &tpdu, &len);

        request->read(r, tpdu, len, request->user);
        g_free(request);
}

void qmi_read(Backend *backend, const Place *place, BackendRead done, void *user)
{
        QmiBackend *qmi = (QmiBackend *) backend;
        QmiRequest *request = qmi_request_new(qmi, place, user);
        g_autoptr(QmiMessageWmsRawReadInput) input = qmi_message_wms_raw_read_input_new();

        request->read = done;
        if (!qmi_client(qmi, QMI_PART_WMS)) {
                g_idle_add(request_on_closed_read, request);
                return;
        }
        qmi_message_wms_raw_read_input_set_message_memory_storage_id(
                input, (QmiWmsStorageType) place->storage, place->number, NULL);
        qmi_message_wms_raw_read_input_set_message_mode(input, QMI_WMS_MESSAGE_MODE_GSM_WCDMA,
                                                        NULL);
        qmi_client_wms_raw_read(qmi_client(qmi, QMI_PART_WMS), input, QMI_TIMEOUT_S, qmi->commands,
                                qmi_on_read, request);
}

/* ---- Deleting ------------------------------------------------------------------------ */

static void qmi_on_deleted(GObject *source, GAsyncResult *result, gpointer user)
{
        QmiRequest *request = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(QmiMessageWmsDeleteOutput) output =
                qmi_client_wms_delete_finish(QMI_CLIENT_WMS(source), result, &error);
        int r = 0;

        if (!output || !qmi_message_wms_delete_output_get_result(output, &error)) {
                log_debug(QMI_NAME, "message %u is not deleted: %s", request->place.number,
                          error->message);
                r = qmi_failed(request->qmi, error);
        } else {
                backend_set_storage_full(&request->qmi->backend, request->place.storage, false);
                qmi_ask_sizes(request->qmi);
        }
        request_done(request, r);
}

void qmi_delete(Backend *backend, const Place *place, BackendDone done, void *user)
{
        QmiBackend *qmi = (QmiBackend *) backend;
        QmiRequest *request = qmi_request_new(qmi, place, user);
        g_autoptr(QmiMessageWmsDeleteInput) input = qmi_message_wms_delete_input_new();

        request->done = done;
        if (!qmi_client(qmi, QMI_PART_WMS)) {
                g_idle_add(request_on_closed, request);
                return;
        }
        qmi_message_wms_delete_input_set_memory_storage(input, (QmiWmsStorageType) place->storage,
                                                        NULL);
        qmi_message_wms_delete_input_set_memory_index(input, place->number, NULL);
        qmi_message_wms_delete_input_set_message_mode(input, QMI_WMS_MESSAGE_MODE_GSM_WCDMA, NULL);
        qmi_client_wms_delete(qmi_client(qmi, QMI_PART_WMS), input, QMI_TIMEOUT_S, qmi->commands,
                              qmi_on_deleted, request);
}

/* ---- Acknowledging ------------------------------------------------------------------- */

static void qmi_on_acknowledged(GObject *source, GAsyncResult *result, gpointer user)
{
        QmiRequest *request = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(QmiMessageWmsSendAckOutput) output =
                qmi_client_wms_send_ack_finish(QMI_CLIENT_WMS(source), result, &error);
        int r = 0;

        if (!output || !qmi_message_wms_send_ack_output_get_result(output, &error)) {
                log_info(QMI_NAME, "the network did not take the acknowledgement: %s",
                         error->message);
                r = qmi_failed(request->qmi, error);
        }
        request_done(request, r);
}

void qmi_acknowledge(Backend *backend, const Place *place, BackendDone done, void *user)
{
        QmiBackend *qmi = (QmiBackend *) backend;
        QmiRequest *request = qmi_request_new(qmi, place, user);
        g_autoptr(QmiMessageWmsSendAckInput) input = qmi_message_wms_send_ack_input_new();

        request->done = done;
        if (!qmi_client(qmi, QMI_PART_WMS)) {
                g_idle_add(request_on_closed, request);
                return;
        }
        qmi_message_wms_send_ack_input_set_information(input, place->number,
                                                       QMI_WMS_MESSAGE_PROTOCOL_WCDMA, TRUE, NULL);
        qmi_client_wms_send_ack(qmi_client(qmi, QMI_PART_WMS), input, QMI_TIMEOUT_S, qmi->commands,
                                qmi_on_acknowledged, request);
}
