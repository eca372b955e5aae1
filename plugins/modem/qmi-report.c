/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages that come by themselves. */
#include "base/log.h"
#include "qmi-impl.h"

static void qmi_on_routed(QmiBackend *qmi, QmiIndicationWmsEventReportOutput *report)
{
        QmiWmsAckIndicator indicator;
        guint32 transaction;
        QmiWmsMessageFormat format;
        GArray *data;
        Place place = {.kind = PLACE_PASSED};

        if (!qmi_indication_wms_event_report_output_get_transfer_route_mt_message(
                    report, &indicator, &transaction, &format, &data, NULL))
                return;
        if (format != QMI_WMS_MESSAGE_FORMAT_GSM_WCDMA_POINT_TO_POINT || data->len == 0 ||
            data->len > MODEM_MAX_TPDU) {
                log_debug(QMI_NAME, "message of format %u with %u octets passed over",
                          (unsigned) format, data->len);
                return;
        }

        /* Here it is the bare TPDU, without a service centre's address. */
        place.number = transaction;
        if (indicator == QMI_WMS_ACK_INDICATOR_SEND)
                place.kind = PLACE_ROUTED;
        qmi->backend.handler->on_message(&place, (const uint8_t *) data->data, data->len,
                                         qmi->backend.user);
}

void qmi_on_event_report(QmiClientWms *client, QmiIndicationWmsEventReportOutput *report,
                         gpointer user)
{
        QmiBackend *qmi = user;
        QmiWmsStorageType storage;
        Place place = {.kind = PLACE_STORED};

        if (!qmi->backend.handler)
                return;
        qmi_on_routed(qmi, report);
        if (!qmi_indication_wms_event_report_output_get_mt_message(report, &storage, &place.number,
                                                                   NULL))
                return;
        place.storage = (uint8_t) storage;
        backend_fetch(&qmi->backend, &place);
        qmi_ask_sizes(qmi);
}
