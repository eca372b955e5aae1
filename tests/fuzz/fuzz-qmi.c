/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a QMI modem says, through libqmi to our handlers. A piece of the script is the TLVs of an
 * indication or of the answer to the oldest question; the headers around them are right, since a
 * stream that is cut wrong never gets as far.
 */

#include <glib.h>
#include <string.h>

#include "base/log.h"
#include "fuzz.h"
#include "modem-script.h"
#include "qmi-impl.h"

#define INDICATION 0x04
#define RESPONSE 0x02
#define HEADER_LEN 7

#define WMS_EVENT_REPORT 0x0001
#define WMS_MEMORY_FULL 0x003F
#define UIM_CARD_STATUS 0x0032
#define NAS_SERVING_SYSTEM 0x0024

/* An answer of a piece that has this bit never comes. */
#define SILENT 0x80

typedef struct Question {
        GTask *task;
        guint8 service;
        guint16 transaction;
        guint16 id;
} Question;

static const QmiService services[] = {
        [QMI_PART_WMS] = QMI_SERVICE_WMS,
        [QMI_PART_UIM] = QMI_SERVICE_UIM,
        [QMI_PART_NAS] = QMI_SERVICE_NAS,
        [QMI_PART_DMS] = QMI_SERVICE_DMS,
};
static GQueue questions = G_QUEUE_INIT;
static QmiDevice *the_device;
static QmiClient *the_clients[QMI_PARTS];

/* ---- In place of libqmi's device ------------------------------------------------------ */

static QmiMessage *message_new(guint8 flags, QmiService service, guint16 transaction, guint16 id,
                               const uint8_t *tlvs, size_t len)
{
        g_autoptr(GByteArray) octets = g_byte_array_new();
        uint8_t header[HEADER_LEN];
        ByteWriter writer = byte_writer(header, sizeof(header));

        byte_writer_u8(&writer, flags);
        byte_writer_u16(&writer, GUINT16_SWAP_LE_BE(transaction));
        byte_writer_u16(&writer, GUINT16_SWAP_LE_BE(id));
        byte_writer_u16(&writer, GUINT16_SWAP_LE_BE((guint16) len));
        g_byte_array_append(octets, header, sizeof(header));
        g_byte_array_append(octets, tlvs, (guint) len);
        return qmi_message_new_from_data(service, 1, octets, NULL);
}

static void question_free(Question *question)
{
        g_object_unref(question->task);
        g_free(question);
}

void qmi_device_command_full(QmiDevice *self, QmiMessage *message, QmiMessageContext *context,
                             guint timeout, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user)
{
        Question *question = g_new0(Question, 1);

        question->task = g_task_new(self, cancellable, callback, user);
        question->service = (guint8) qmi_message_get_service(message);
        question->transaction = qmi_message_get_transaction_id(message);
        question->id = qmi_message_get_message_id(message);
        g_queue_push_tail(&questions, question);
}

QmiMessage *qmi_device_command_full_finish(QmiDevice *self, GAsyncResult *result, GError **error)
{
        return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- The script ---------------------------------------------------------------------- */

static void answer(Question *question, const Piece *piece)
{
        QmiMessage *message = piece && !(piece->what & SILENT)
                                      ? message_new(RESPONSE, (QmiService) question->service,
                                                    question->transaction, question->id,
                                                    piece->octets, piece->len)
                                      : NULL;

        if (message)
                g_task_return_pointer(question->task, message, (GDestroyNotify) qmi_message_unref);
        else
                g_task_return_new_error(question->task, QMI_CORE_ERROR, QMI_CORE_ERROR_TIMEOUT,
                                        "silent");
        question_free(question);
        modem_script_settle();
}

/* Until nothing is asked any more. `script` NULL: in silence. */
static void answer_all(ModemScript *script)
{
        Question *question;
        Piece piece;

        while ((question = g_queue_pop_head(&questions)))
                answer(question, script && modem_script_next(script, &piece) ? &piece : NULL);
        modem_script_settle();
}

static void indicate(const QmiBackend *qmi, QmiPart part, guint16 id, const Piece *piece)
{
        g_autoptr(QmiMessage) message =
                message_new(INDICATION, services[part], 0, id, piece->octets, piece->len);

        if (!message)
                return;
        g_signal_emit_by_name(qmi->device, QMI_DEVICE_SIGNAL_INDICATION, message);
        QMI_CLIENT_GET_CLASS(the_clients[part])->process_indication(the_clients[part], message);
}

static void unwatch(QmiBackend *qmi)
{
        for (unsigned i = 0; i < QMI_PARTS; i++)
                g_signal_handlers_disconnect_by_data(the_clients[i], qmi);
        g_signal_handlers_disconnect_by_data(qmi->device, qmi);
}

static void watch(QmiBackend *qmi)
{
        unwatch(qmi);
        g_signal_connect(the_clients[QMI_PART_WMS], "event-report", G_CALLBACK(qmi_on_event_report),
                         qmi);
        qmi_status_start(qmi);
}

static void begin(ModemScript *script, QmiBackend *qmi, const Piece *piece)
{
        static const Place stored = {.kind = PLACE_STORED, .storage = 1, .number = 3};
        static const Place routed = {.kind = PLACE_ROUTED, .number = 7};
        Backend *backend = &qmi->backend;

        switch (piece->what % 10) {
        case 0:
                indicate(qmi, QMI_PART_WMS, WMS_EVENT_REPORT, piece);
                break;
        case 1:
                indicate(qmi, QMI_PART_WMS, WMS_MEMORY_FULL, piece);
                break;
        case 2:
                indicate(qmi, QMI_PART_UIM, UIM_CARD_STATUS, piece);
                break;
        case 3:
                indicate(qmi, QMI_PART_NAS, NAS_SERVING_SYSTEM, piece);
                break;
        case 4:
                script->open++;
                qmi_list(backend, modem_script_on_listed, script);
                break;
        case 5:
                script->open++;
                qmi_read(backend, &stored, modem_script_on_read, script);
                break;
        case 6:
                script->open++;
                qmi_send(backend, piece->octets, MIN(piece->len, PDU_MAX_OCTETS),
                         modem_script_on_sent, script);
                break;
        case 7:
                script->open++;
                qmi_delete(backend, &stored, modem_script_on_done, script);
                break;
        case 8:
                script->open++;
                qmi_acknowledge(backend, &routed, modem_script_on_done, script);
                break;
        case 9:
                watch(qmi);
                break;
        }
}

static void prepare(void)
{
        const GType types[] = {QMI_TYPE_CLIENT_WMS, QMI_TYPE_CLIENT_UIM, QMI_TYPE_CLIENT_NAS,
                               QMI_TYPE_CLIENT_DMS};
        g_autoptr(GFile) file = g_file_new_for_path("/dev/null");

        log_set_level(LOG_LEVEL_ERROR);
        the_device = g_object_new(QMI_TYPE_DEVICE, QMI_DEVICE_FILE, file, NULL);
        for (unsigned i = 0; i < QMI_PARTS; i++)
                the_clients[i] =
                        g_object_new(types[i], QMI_CLIENT_DEVICE, the_device, QMI_CLIENT_SERVICE,
                                     services[i], QMI_CLIENT_CID, 1, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        ModemScript script = {.reader = byte_reader(data, size)};
        Backend *backend = qmi_backend_new(NULL);
        QmiBackend *qmi = (QmiBackend *) backend;
        Piece piece;

        if (!the_device)
                prepare();
        backend->handler = &modem_script_handler;
        backend->user = &script;
        qmi->device = the_device;
        memcpy(qmi->clients, the_clients, sizeof(the_clients));
        watch(qmi);
        answer_all(NULL);
        while (modem_script_next(&script, &piece)) {
                begin(&script, qmi, &piece);
                answer_all(&script);
                g_assert_cmpuint(script.open, ==, 0);
        }
        unwatch(qmi);
        backend_free(backend);
        return 0;
}
