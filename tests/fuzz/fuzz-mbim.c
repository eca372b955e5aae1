/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What an MBIM modem says, through libmbim to our handlers. A piece of the script is the
 * information buffer of a notification or of the answer to the oldest question. The headers around
 * it are right: libmbim's device drops others.
 */

#include <glib.h>
#include <string.h>

#include "base/log.h"
#include "fuzz.h"
#include "modem-script.h"
#include "mbim-impl.h"

#define UUID_LEN 16
#define HEADER_LEN 48 /* of an answer, which is the longer one */

/* Of an answer's piece: it never comes, it says that the modem failed. */
#define SILENT 0x80
#define FAILED 0x40

typedef struct Question {
        GTask *task;
        MbimMessage *message;
} Question;

static GQueue questions = G_QUEUE_INIT;
static MbimDevice *the_device;

/* ---- In place of libmbim's device ---------------------------------------------------- */

static void write_le(ByteWriter *writer, guint32 value)
{
        byte_writer_u32(writer, GUINT32_SWAP_LE_BE(value));
}

/* `status` where it is an answer. */
static MbimMessage *message_new(MbimMessageType type, guint32 transaction, MbimService service,
                                guint32 cid, const guint32 *status, const Piece *piece)
{
        g_autofree uint8_t *octets = g_malloc(HEADER_LEN + piece->len);
        ByteWriter writer = byte_writer(octets, HEADER_LEN + piece->len);
        size_t header_len = status ? HEADER_LEN : HEADER_LEN - sizeof(*status);
        MbimMessage *message;

        write_le(&writer, type);
        write_le(&writer, (guint32) (header_len + piece->len));
        write_le(&writer, transaction);
        write_le(&writer, 1); /* fragments */
        write_le(&writer, 0);
        byte_writer_bytes(&writer, mbim_uuid_from_service(service), UUID_LEN);
        write_le(&writer, cid);
        if (status)
                write_le(&writer, *status);
        write_le(&writer, (guint32) piece->len);
        byte_writer_bytes(&writer, piece->octets, piece->len);
        message = mbim_message_new(octets, (guint32) writer.len);
        g_assert_true(mbim_message_validate(message, NULL));
        return message;
}

static void question_free(Question *question)
{
        g_object_unref(question->task);
        mbim_message_unref(question->message);
        g_free(question);
}

void mbim_device_command(MbimDevice *self, MbimMessage *message, guint timeout,
                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user)
{
        Question *question = g_new0(Question, 1);

        question->task = g_task_new(self, cancellable, callback, user);
        question->message = mbim_message_ref(message);
        g_queue_push_tail(&questions, question);
}

MbimMessage *mbim_device_command_finish(MbimDevice *self, GAsyncResult *result, GError **error)
{
        return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- The script ---------------------------------------------------------------------- */

static MbimMessage *answer_new(const Question *question, const Piece *piece)
{
        const guint32 status = piece->what & FAILED ? MBIM_STATUS_ERROR_INVALID_MEMORY_INDEX
                                                    : MBIM_STATUS_ERROR_NONE;

        return message_new(MBIM_MESSAGE_TYPE_COMMAND_DONE,
                           mbim_message_get_transaction_id(question->message),
                           mbim_message_command_get_service(question->message),
                           mbim_message_command_get_cid(question->message), &status, piece);
}

static void answer(Question *question, const Piece *piece)
{
        MbimMessage *message =
                piece && !(piece->what & SILENT) ? answer_new(question, piece) : NULL;

        if (message)
                g_task_return_pointer(question->task, message, (GDestroyNotify) mbim_message_unref);
        else
                g_task_return_new_error(question->task, MBIM_CORE_ERROR, MBIM_CORE_ERROR_TIMEOUT,
                                        "silent");
        question_free(question);
        modem_script_settle();
}

/* Until nothing is asked any more. `script` NULL: in silence. */
static void answer_all(ModemScript *script)
{
        Question *question;
        Piece piece;

        modem_script_settle();
        while ((question = g_queue_pop_head(&questions)))
                answer(question, script && modem_script_next(script, &piece) ? &piece : NULL);
}

static void notify(MbimBackend *mbim, MbimService service, guint32 cid, const Piece *piece)
{
        g_autoptr(MbimMessage) message =
                message_new(MBIM_MESSAGE_TYPE_INDICATE_STATUS, 0, service, cid, NULL, piece);

        mbim_on_notification(mbim->device, message, mbim);
}

static void begin(ModemScript *script, MbimBackend *mbim, const Piece *piece)
{
        static const Place stored = {.kind = PLACE_STORED, .number = 3};
        Backend *backend = &mbim->backend;

        switch (piece->what % 9) {
        case 0:
                notify(mbim, MBIM_SERVICE_SMS, MBIM_CID_SMS_READ, piece);
                break;
        case 1:
                notify(mbim, MBIM_SERVICE_SMS, MBIM_CID_SMS_MESSAGE_STORE_STATUS, piece);
                break;
        case 2:
                notify(mbim, MBIM_SERVICE_BASIC_CONNECT,
                       MBIM_CID_BASIC_CONNECT_SUBSCRIBER_READY_STATUS, piece);
                break;
        case 3:
                notify(mbim, MBIM_SERVICE_BASIC_CONNECT, MBIM_CID_BASIC_CONNECT_REGISTER_STATE,
                       piece);
                break;
        case 4:
                script->open++;
                mbim_list(backend, modem_script_on_listed, script);
                break;
        case 5:
                script->open++;
                mbim_read(backend, &stored, modem_script_on_read, script);
                break;
        case 6:
                script->open++;
                mbim_send(backend, piece->octets, MIN(piece->len, PDU_MAX_OCTETS),
                          modem_script_on_sent, script);
                break;
        case 7:
                script->open++;
                mbim_delete(backend, &stored, modem_script_on_done, script);
                break;
        case 8:
                mbim_status_start(mbim);
                break;
        }
}

static void prepare(void)
{
        g_autoptr(GFile) file = g_file_new_for_path("/dev/null");

        log_set_level(LOG_LEVEL_ERROR);
        the_device = g_object_new(MBIM_TYPE_DEVICE, MBIM_DEVICE_FILE, file, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        ModemScript script = {.reader = byte_reader(data, size)};
        Backend *backend = mbim_backend_new();
        MbimBackend *mbim = (MbimBackend *) backend;
        Piece piece;

        if (!the_device)
                prepare();
        backend->handler = &modem_script_handler;
        backend->user = &script;
        mbim->device = the_device;
        mbim->open = true;
        while (modem_script_next(&script, &piece)) {
                begin(&script, mbim, &piece);
                answer_all(&script);
                g_assert_cmpuint(script.open, ==, 0);
        }
        backend_free(backend);
        return 0;
}
