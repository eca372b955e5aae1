/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is stored: the indices of each storage, then the messages one by one. */
#include <errno.h>

#include "base/log.h"
#include "qmi-impl.h"

static const QmiWmsStorageType storages[] = {QMI_WMS_STORAGE_TYPE_UIM, QMI_WMS_STORAGE_TYPE_NV};

typedef struct QmiList {
        QmiBackend *qmi;
        unsigned storage; /* of storages, the one that is its turn */
        GArray *places;   /* of Place, at most QMI_MAX_LISTED */
        guint next;
        BackendDone done;
        void *user;
} QmiList;

static void list_done(QmiList *list, int result)
{
        if (result == 0)
                qmi_ask_sizes(list->qmi);
        list->done(result, list->user);
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

static void list_take(QmiList *list, QmiMessageWmsListMessagesOutput *output)
{
        GArray *elements;
        Place place = {.kind = PLACE_STORED, .storage = (uint8_t) storages[list->storage]};

        if (!qmi_message_wms_list_messages_output_get_message_list(output, &elements, NULL))
                return;
        for (guint i = 0; i < elements->len && list->places->len < QMI_MAX_LISTED; i++) {
                const QmiMessageWmsListMessagesOutputMessageListElement *element = &g_array_index(
                        elements, QmiMessageWmsListMessagesOutputMessageListElement, i);

                if (element->message_tag != QMI_WMS_MESSAGE_TAG_TYPE_MT_READ &&
                    element->message_tag != QMI_WMS_MESSAGE_TAG_TYPE_MT_NOT_READ)
                        continue;
                place.number = element->memory_index;
                g_array_append_val(list->places, place);
        }
}

static void list_ask_next(QmiList *list);

static void list_on_listed(GObject *source, GAsyncResult *result, gpointer user)
{
        QmiList *list = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(QmiMessageWmsListMessagesOutput) output =
                qmi_client_wms_list_messages_finish(QMI_CLIENT_WMS(source), result, &error);

        if (!output) {
                list_done(list, qmi_failed(list->qmi, error));
                return;
        }

        /* A modem may lack one of the storages. */
        if (qmi_message_wms_list_messages_output_get_result(output, &error))
                list_take(list, output);
        else
                log_debug(QMI_NAME, "storage %u: %s", (unsigned) storages[list->storage],
                          error->message);
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
        g_autoptr(QmiMessageWmsListMessagesInput) input = NULL;
        QmiClientWms *client = qmi_client(list->qmi, QMI_PART_WMS);

        if (!client) {
                g_idle_add(list_on_closed, list);
                return;
        }
        if (list->storage == G_N_ELEMENTS(storages)) {
                list_read_next(list);
                return;
        }
        input = qmi_message_wms_list_messages_input_new();
        qmi_message_wms_list_messages_input_set_storage_type(input, storages[list->storage], NULL);
        qmi_message_wms_list_messages_input_set_message_mode(input, QMI_WMS_MESSAGE_MODE_GSM_WCDMA,
                                                             NULL);
        qmi_client_wms_list_messages(client, input, QMI_TIMEOUT_S, NULL, list_on_listed, list);
}

void qmi_list(Backend *backend, BackendDone done, void *user)
{
        QmiList *list = g_new0(QmiList, 1);

        list->qmi = (QmiBackend *) backend;
        list->places = g_array_new(FALSE, FALSE, sizeof(Place));
        list->done = done;
        list->user = user;
        list_ask_next(list);
}
