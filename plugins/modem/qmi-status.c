/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The card, the network, the own number, and how full the storages are. */
#include "base/log.h"
#include "qmi-impl.h"

/* Two messages of WMS that libqmi has no functions for. */
#define WMS_GET_STORE_MAX_SIZE 0x0036
#define WMS_MEMORY_FULL 0x003F
#define TLV_MODE 0x10
#define TLV_MAX_SIZE 0x01
#define TLV_FREE_SLOTS 0x10
#define TLV_FULL 0x01 /* of the storage and a mode */

typedef QmiMessageUimGetCardStatusOutputCardStatusCardsElement Card;
typedef QmiMessageUimGetCardStatusOutputCardStatusCardsElementApplicationsElement Application;

static void qmi_tell_state(QmiBackend *qmi)
{
        if (qmi->close_done || qmi->gone)
                return;
        backend_set_state(&qmi->backend, qmi->card_locked  ? MODEM_LOCKED
                                         : qmi->registered ? MODEM_READY
                                                           : MODEM_SEARCHING);
}

/* ---- The card ------------------------------------------------------------------------ */

static bool card_is_locked(const Card *card)
{
        if (card->card_state != QMI_UIM_CARD_STATE_PRESENT)
                return false;
        for (guint i = 0; i < card->applications->len; i++) {
                const Application *application = &g_array_index(card->applications, Application, i);

                if (application->type != QMI_UIM_CARD_APPLICATION_TYPE_USIM &&
                    application->type != QMI_UIM_CARD_APPLICATION_TYPE_SIM)
                        continue;
                if (application->state ==
                            QMI_UIM_CARD_APPLICATION_STATE_PIN1_OR_UPIN_PIN_REQUIRED ||
                    application->state ==
                            QMI_UIM_CARD_APPLICATION_STATE_PUK1_OR_UPIN_PUK_REQUIRED ||
                    application->state == QMI_UIM_CARD_APPLICATION_STATE_PIN1_BLOCKED)
                        return true;
        }
        return false;
}

static void qmi_on_card(GObject *source, GAsyncResult *result, gpointer user)
{
        QmiBackend *qmi = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(QmiMessageUimGetCardStatusOutput) output =
                qmi_client_uim_get_card_status_finish(QMI_CLIENT_UIM(source), result, &error);
        GArray *cards;

        if (!output || !qmi_message_uim_get_card_status_output_get_result(output, &error) ||
            !qmi_message_uim_get_card_status_output_get_card_status(output, NULL, NULL, NULL, NULL,
                                                                    &cards, &error)) {
                log_debug(QMI_NAME, "card: %s", error->message);
                return;
        }
        qmi->card_locked = false;
        for (guint i = 0; i < cards->len; i++)
                qmi->card_locked |= card_is_locked(&g_array_index(cards, Card, i));
        qmi_tell_state(qmi);
}

static void qmi_ask_card(QmiBackend *qmi)
{
        QmiClientUim *client = qmi_client(qmi, QMI_PART_UIM);

        if (client)
                qmi_client_uim_get_card_status(client, NULL, QMI_TIMEOUT_S, qmi->commands,
                                               qmi_on_card, qmi);
}

static void qmi_on_card_changed(QmiClientUim *client, QmiIndicationUimCardStatusOutput *output,
                                gpointer user)
{
        qmi_ask_card(user);
}

static void qmi_watch_card(QmiBackend *qmi)
{
        g_autoptr(QmiMessageUimRegisterEventsInput) input =
                qmi_message_uim_register_events_input_new();
        QmiClientUim *client = qmi_client(qmi, QMI_PART_UIM);

        qmi->card_locked = false;
        if (!client)
                return;
        g_signal_connect(client, "card-status", G_CALLBACK(qmi_on_card_changed), qmi);
        qmi_message_uim_register_events_input_set_event_registration_mask(
                input, QMI_UIM_EVENT_REGISTRATION_FLAG_CARD_STATUS, NULL);
        qmi_client_uim_register_events(client, input, QMI_TIMEOUT_S, NULL, NULL, NULL);
        qmi_ask_card(qmi);
}

/* ---- The network --------------------------------------------------------------------- */

static void qmi_take_network(QmiBackend *qmi, QmiNasRegistrationState state)
{
        qmi->network_known = true;
        qmi->registered = state == QMI_NAS_REGISTRATION_STATE_REGISTERED;
        qmi_tell_state(qmi);
}

static void qmi_on_network_changed(QmiClientNas *client,
                                   QmiIndicationNasServingSystemOutput *output, gpointer user)
{
        QmiBackend *qmi = user;
        QmiNasRegistrationState state;

        if (!qmi_indication_nas_serving_system_output_get_serving_system(output, &state, NULL, NULL,
                                                                         NULL, NULL, NULL))
                return;
        qmi_take_network(qmi, state);
}

/* What was known stays. It is asked again by and by. */
static void qmi_on_network_refused(QmiBackend *qmi)
{
        if (!qmi->network_known && ++qmi->refusals == BACKEND_MAX_REFUSALS)
                qmi->registered = true;
        qmi_tell_state(qmi);
}

static void qmi_on_network(GObject *source, GAsyncResult *result, gpointer user)
{
        QmiBackend *qmi = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(QmiMessageNasGetServingSystemOutput) output =
                qmi_client_nas_get_serving_system_finish(QMI_CLIENT_NAS(source), result, &error);
        QmiNasRegistrationState state;

        /* Of another opening. */
        if (source != (GObject *) qmi->clients[QMI_PART_NAS])
                return;
        if (!output || !qmi_message_nas_get_serving_system_output_get_result(output, &error) ||
            !qmi_message_nas_get_serving_system_output_get_serving_system(
                    output, &state, NULL, NULL, NULL, NULL, &error)) {
                log_debug(QMI_NAME, "network: %s", error->message);
                qmi_on_network_refused(qmi);
                return;
        }
        qmi_take_network(qmi, state);
}

static void qmi_ask_network(QmiBackend *qmi)
{
        QmiClientNas *client = qmi_client(qmi, QMI_PART_NAS);

        if (client)
                qmi_client_nas_get_serving_system(client, NULL, QMI_TIMEOUT_S, qmi->commands,
                                                  qmi_on_network, qmi);
}

static void qmi_watch_network(QmiBackend *qmi)
{
        g_autoptr(QmiMessageNasRegisterIndicationsInput) input =
                qmi_message_nas_register_indications_input_new();
        QmiClientNas *client = qmi_client(qmi, QMI_PART_NAS);

        /* A modem that does not tell is left to refuse what it cannot send. */
        qmi->registered = !client;
        qmi->network_known = !client;
        qmi->refusals = 0;
        if (!client) {
                qmi_tell_state(qmi);
                return;
        }
        g_signal_connect(client, "serving-system", G_CALLBACK(qmi_on_network_changed), qmi);
        qmi_message_nas_register_indications_input_set_serving_system_events(input, TRUE, NULL);
        qmi_client_nas_register_indications(client, input, QMI_TIMEOUT_S, NULL, NULL, NULL);
        qmi_ask_network(qmi);
}

/* ---- The own number ------------------------------------------------------------------ */

static void qmi_on_number(GObject *source, GAsyncResult *result, gpointer user)
{
        QmiBackend *qmi = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(QmiMessageDmsGetMsisdnOutput) output =
                qmi_client_dms_get_msisdn_finish(QMI_CLIENT_DMS(source), result, &error);
        const char *number;

        if (output && qmi_message_dms_get_msisdn_output_get_result(output, &error) &&
            qmi_message_dms_get_msisdn_output_get_msisdn(output, &number, &error))
                backend_set_own_number(&qmi->backend, number);
        else
                log_debug(QMI_NAME, "own number: %s", error->message);
}

static void qmi_ask_number(QmiBackend *qmi)
{
        QmiClientDms *client = qmi_client(qmi, QMI_PART_DMS);

        if (client)
                qmi_client_dms_get_msisdn(client, NULL, QMI_TIMEOUT_S, qmi->commands, qmi_on_number,
                                          qmi);
}

/* ---- Storages ------------------------------------------------------------------------ */

static bool tlv_read_u32(QmiMessage *message, guint8 type, guint32 *ret)
{
        gsize offset = 0;
        gsize start = qmi_message_tlv_read_init(message, type, NULL, NULL);

        return start != 0 &&
               qmi_message_tlv_read_guint32(message, start, &offset, QMI_ENDIAN_LITTLE, ret, NULL);
}

static void qmi_on_size(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autofree QmiRequest *request = user;
        QmiBackend *qmi = request->qmi;
        g_autoptr(GError) error = NULL;
        g_autoptr(QmiMessage) answer =
                qmi_device_command_full_finish(QMI_DEVICE(source), result, &error);
        guint32 max, left;

        /* Of another opening. */
        if (QMI_DEVICE(source) != qmi->device)
                return;

        if (!answer)
                qmi_failed(qmi, error);
        qmi->sizes_pending--;
        if (qmi->gone || qmi->close_done)
                return;
        if (!qmi->sizes_again && answer && qmi_raw_result(answer) == 0 &&
            tlv_read_u32(answer, TLV_MAX_SIZE, &max) && tlv_read_u32(answer, TLV_FREE_SLOTS, &left))
                backend_set_storage_full(&qmi->backend, request->place.storage,
                                         max > 0 && left == 0);
        if (qmi->sizes_again && qmi->sizes_pending == 0)
                qmi_ask_sizes(qmi);
}

static void qmi_ask_size(QmiBackend *qmi, QmiWmsStorageType storage)
{
        g_autoptr(QmiMessage) question =
                qmi_raw_question(qmi, WMS_GET_STORE_MAX_SIZE, storage, TLV_MODE);
        const Place place = {.kind = PLACE_STORED, .storage = (uint8_t) storage};

        qmi->sizes_pending++;
        qmi_device_command_full(qmi->device, question, NULL, QMI_TIMEOUT_S, qmi->commands,
                                qmi_on_size, qmi_request_new(qmi, &place, NULL));
}

void qmi_ask_sizes(QmiBackend *qmi)
{
        qmi->sizes_again = qmi->sizes_pending > 0;
        if (qmi->sizes_again || !qmi_client(qmi, QMI_PART_WMS))
                return;
        qmi_ask_size(qmi, QMI_WMS_STORAGE_TYPE_UIM);
        qmi_ask_size(qmi, QMI_WMS_STORAGE_TYPE_NV);
}

static void qmi_on_indication(QmiDevice *device, QmiMessage *message, gpointer user)
{
        QmiBackend *qmi = user;
        gsize offset = 0;
        gsize start;
        guint8 storage;

        if (qmi_message_get_service(message) != QMI_SERVICE_WMS ||
            qmi_message_get_message_id(message) != WMS_MEMORY_FULL)
                return;
        start = qmi_message_tlv_read_init(message, TLV_FULL, NULL, NULL);
        if (start != 0 && qmi_message_tlv_read_guint8(message, start, &offset, &storage, NULL))
                backend_set_storage_full(&qmi->backend, storage, true);
}

/* ---- All of them --------------------------------------------------------------------- */

void qmi_status_start(QmiBackend *qmi)
{
        g_signal_connect(qmi->device, QMI_DEVICE_SIGNAL_INDICATION, G_CALLBACK(qmi_on_indication),
                         qmi);
        qmi->sizes_pending = 0;
        qmi_watch_card(qmi);
        qmi_watch_network(qmi);
        qmi_ask_number(qmi);
        qmi_ask_sizes(qmi);
}

void qmi_status_check(QmiBackend *qmi)
{
        if (!qmi->network_known)
                qmi_ask_network(qmi);
        qmi_ask_sizes(qmi);
}

void qmi_status_stop(QmiBackend *qmi)
{
        for (unsigned i = QMI_PART_UIM; i < QMI_PARTS; i++) {
                if (qmi->clients[i])
                        g_signal_handlers_disconnect_by_data(qmi->clients[i], qmi);
        }
}
