/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions about a storage that are put together here, and answers that are taken apart here. */
#include <errno.h>

#include "qmi-impl.h"

#define TLV_STORAGE 0x01
#define TLV_RESULT 0x02

QmiMessage *qmi_raw_question(QmiBackend *qmi, guint16 id, QmiWmsStorageType storage,
                             guint8 mode_tlv)
{
        QmiClient *client = qmi_client(qmi, QMI_PART_WMS);
        QmiMessage *question = qmi_message_new(QMI_SERVICE_WMS, qmi_client_get_cid(client),
                                               qmi_client_get_next_transaction_id(client), id);
        gsize start = qmi_message_tlv_write_init(question, TLV_STORAGE, NULL);

        qmi_message_tlv_write_guint8(question, (guint8) storage, NULL);
        qmi_message_tlv_write_complete(question, start, NULL);
        start = qmi_message_tlv_write_init(question, mode_tlv, NULL);
        qmi_message_tlv_write_guint8(question, QMI_WMS_MESSAGE_MODE_GSM_WCDMA, NULL);
        qmi_message_tlv_write_complete(question, start, NULL);
        return question;
}

int qmi_raw_result(QmiMessage *answer)
{
        guint16 result;
        guint16 error = 0;
        gsize offset = 0;
        gsize start = qmi_message_tlv_read_init(answer, TLV_RESULT, NULL, NULL);

        if (start == 0 ||
            !qmi_message_tlv_read_guint16(answer, start, &offset, QMI_ENDIAN_LITTLE, &result, NULL))
                return -EBADMSG;
        if (result == 0)
                return 0;
        qmi_message_tlv_read_guint16(answer, start, &offset, QMI_ENDIAN_LITTLE, &error, NULL);
        return error == QMI_PROTOCOL_ERROR_NOT_SUPPORTED ||
                               error == QMI_PROTOCOL_ERROR_INVALID_ARGUMENT
                       ? -EOPNOTSUPP
                       : -ECONNREFUSED;
}
