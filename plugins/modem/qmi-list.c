/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is stored: the indices of each storage, then the messages one by one. */
#include <errno.h>

#include "base/log.h"
#include "qmi-impl.h"

/* libqmi allocates by the number of messages that the answer claims to have, whatever it has. */
#define WMS_LIST_MESSAGES 0x0031
#define TLV_MODE 0x11
#define TLV_LIST 0x01

static const QmiWmsStorageType storages[] = {QMI_WMS_STORAGE_TYPE_UIM, QMI_WMS_STORAGE_TYPE_NV};

typedef struct QmiList {
        QmiBackend *qmi;
        unsigned storage; /* of storages, the one that is its turn */
        GArray *places;   /* of Place, at most QMI_MAX_LISTED */
        guint next;
        uint32_t whole; /* a bit for each storage of which nothing was missed */
        bool missed;    /* something that a later list may have */
        BackendListed done;
        void *user;
} QmiList;

static void list_done(QmiList *list, int result)
{
        if (result == 0)
                qmi_ask_sizes(list->qmi);
        if (result == 0 && list->missed)
                backend_tell_missed(&list->qmi->backend);
        list->done(result, result == 0 ? list->whole : 0, list->user);
        g_array_unref(list->places);
        g_free(list);
}

static void list_read_next(QmiList *list);

static void list_on_read(int result, const uint8_t *tpdu, size_t len, void *user)
{
        QmiList *list = user;
        QmiBackend *qmi = list->qmi;
        const Place *place = &g_array_index(list->places, Place, list->next);

        if (result == 0)
                qmi->backend.handler->on_message(place, tpdu, len, qmi->backend.user);
        else
                log_info(QMI_NAME, "message %u is passed over: %s", place->number,
                         g_strerror(-result));
        if (backend_is_missed(result)) {
                list->missed = true;
                list->whole &= ~backend_storage_bit(place->storage);
        }
        if (result == -ENODEV || result == -ETIMEDOUT) {
                list_done(list, result);
                return;
        }
        list->next++;
        list_read_next(list);
}

static void list_read_next(QmiList *list)
{
        if (list->next < list->places->len)
                qmi_read(&list->qmi->backend, &g_array_index(list->places, Place, list->next),
                         list_on_read, list);
        else
                list_done(list, 0);
}

/* As many as it says it has, and has. FALSE: that is not all. */
static bool list_take(QmiList *list, QmiMessage *answer)
{
        Place place = {.kind = PLACE_STORED, .storage = (uint8_t) storages[list->storage]};
        gsize start = qmi_message_tlv_read_init(answer, TLV_LIST, NULL, NULL);
        gsize offset = 0;
        guint32 left;
        guint8 tag;

        if (start == 0 ||
            !qmi_message_tlv_read_guint32(answer, start, &offset, QMI_ENDIAN_LITTLE, &left, NULL))
                return false;
        for (; left > 0 && list->places->len < QMI_MAX_LISTED; left--) {
                if (!qmi_message_tlv_read_guint32(answer, start, &offset, QMI_ENDIAN_LITTLE,
                                                  &place.number, NULL) ||
                    !qmi_message_tlv_read_guint8(answer, start, &offset, &tag, NULL))
                        return false;
                if (tag == QMI_WMS_MESSAGE_TAG_TYPE_MT_READ ||
                    tag == QMI_WMS_MESSAGE_TAG_TYPE_MT_NOT_READ)
                        g_array_append_val(list->places, place);
        }
        return left == 0;
}

static void list_ask_next(QmiList *list);

static void list_on_listed(GObject *source, GAsyncResult *result, gpointer user)
{
        QmiList *list = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(QmiMessage) answer =
                qmi_device_command_full_finish(QMI_DEVICE(source), result, &error);
        int r;

        if (!answer) {
                list_done(list, qmi_failed(list->qmi, error));
                return;
        }

        /* A modem may lack one of the storages. */
        r = qmi_raw_result(answer);
        if (r == 0 && list_take(list, answer))
                list->whole |= backend_storage_bit((uint8_t) storages[list->storage]);
        if (r < 0)
                log_debug(QMI_NAME, "storage %u is not listed", (unsigned) storages[list->storage]);
        list->missed |= r < 0 && r != -EOPNOTSUPP;
        list->storage++;
        list_ask_next(list);
}

static gboolean list_on_closed(gpointer user)
{
        list_done(user, -ENODEV);
        return G_SOURCE_REMOVE;
}

static void list_ask_next(QmiList *list)
{
        g_autoptr(QmiMessage) question = NULL;
        QmiBackend *qmi = list->qmi;

        if (!qmi_client(qmi, QMI_PART_WMS)) {
                g_idle_add(list_on_closed, list);
                return;
        }
        if (list->storage == G_N_ELEMENTS(storages)) {
                list_read_next(list);
                return;
        }
        question = qmi_raw_question(qmi, WMS_LIST_MESSAGES, storages[list->storage], TLV_MODE);
        qmi_device_command_full(qmi->device, question, NULL, QMI_TIMEOUT_S, qmi->commands,
                                list_on_listed, list);
}

void qmi_list(Backend *backend, BackendListed done, void *user)
{
        QmiList *list = g_new0(QmiList, 1);

        list->qmi = (QmiBackend *) backend;
        list->places = g_array_new(FALSE, FALSE, sizeof(Place));
        list->done = done;
        list->user = user;
        list_ask_next(list);
}
