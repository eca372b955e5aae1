/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The card, the network, the own number, and whether the storage is full. */
#include "base/log.h"
#include "mbim-impl.h"

static void mbim_tell_state(MbimBackend *mbim)
{
        if (!mbim_is_open(mbim))
                return;
        backend_set_state(&mbim->backend, mbim->card_locked  ? MODEM_LOCKED
                                          : mbim->registered ? MODEM_READY
                                                             : MODEM_SEARCHING);
}

/* Whether an answer is not one of another opening. */
static bool mbim_is_current(const MbimBackend *mbim, GObject *source)
{
        return source == (GObject *) mbim->device;
}

/* ---- The card and its number --------------------------------------------------------- */

static void mbim_take_card(MbimBackend *mbim, const MbimMessage *message)
{
        MbimSubscriberReadyState state;
        g_autofree char *number = NULL;

        if (!mbim_raw_card(message, &state, &number)) {
                log_debug(MBIM_NAME, "card: malformed");
                return;
        }
        mbim->card_locked = state == MBIM_SUBSCRIBER_READY_STATE_DEVICE_LOCKED;
        backend_set_own_number(&mbim->backend, number);
        mbim_tell_state(mbim);
}

static void mbim_on_card(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(MbimMessage) answer = mbim_answer(source, result, &error);

        if (!mbim_is_current(user, source))
                return;
        if (answer)
                mbim_take_card(user, answer);
        else
                log_debug(MBIM_NAME, "card: %s", error->message);
}

/* ---- The network --------------------------------------------------------------------- */

static void mbim_take_network(MbimBackend *mbim, MbimRegisterState state)
{
        mbim->network_known = true;
        mbim->registered = state == MBIM_REGISTER_STATE_HOME ||
                           state == MBIM_REGISTER_STATE_ROAMING ||
                           state == MBIM_REGISTER_STATE_PARTNER;
        mbim_tell_state(mbim);
}

/* What was known stays. It is asked again by and by. */
static void mbim_on_network_refused(MbimBackend *mbim)
{
        if (!mbim->network_known && ++mbim->refusals == BACKEND_MAX_REFUSALS)
                mbim->registered = true;
        mbim_tell_state(mbim);
}

static void mbim_on_network(GObject *source, GAsyncResult *result, gpointer user)
{
        MbimBackend *mbim = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(MbimMessage) answer = mbim_answer(source, result, &error);
        MbimRegisterState state;

        if (!mbim_is_current(mbim, source))
                return;
        if (!answer ||
            !mbim_message_register_state_response_parse(answer, NULL, &state, NULL, NULL, NULL,
                                                        NULL, NULL, NULL, NULL, &error)) {
                log_debug(MBIM_NAME, "network: %s", error->message);
                mbim_on_network_refused(mbim);
                return;
        }
        mbim_take_network(mbim, state);
}

static void mbim_ask_network(MbimBackend *mbim)
{
        mbim_ask(mbim, mbim_message_register_state_query_new(NULL), MBIM_TIMEOUT_S, mbim_on_network,
                 mbim);
}

static void mbim_on_network_changed(MbimBackend *mbim, const MbimMessage *notification)
{
        MbimRegisterState state;

        if (mbim_message_register_state_notification_parse(notification, NULL, &state, NULL, NULL,
                                                           NULL, NULL, NULL, NULL, NULL, NULL))
                mbim_take_network(mbim, state);
}

/* ---- The storage --------------------------------------------------------------------- */

static void mbim_on_store(GObject *source, GAsyncResult *result, gpointer user)
{
        MbimBackend *mbim = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(MbimMessage) answer = mbim_answer(source, result, &error);
        MbimSmsStatusFlag flag;

        if (!mbim_is_current(mbim, source))
                return;
        mbim->store_pending = false;
        if (answer &&
            mbim_message_sms_message_store_status_response_parse(answer, &flag, NULL, &error))
                backend_set_storage_full(&mbim->backend, MBIM_STORAGE,
                                         flag & MBIM_SMS_STATUS_FLAG_MESSAGE_STORE_FULL);
        else if (mbim_failed(mbim, error) != 0)
                log_debug(MBIM_NAME, "storage: %s", error->message);
        if (mbim->store_again)
                mbim_ask_store(mbim);
}

void mbim_ask_store(MbimBackend *mbim)
{
        mbim->store_again = mbim->store_pending;
        if (mbim->store_pending || !mbim_is_open(mbim))
                return;
        mbim->store_pending = true;
        mbim_ask(mbim, mbim_message_sms_message_store_status_query_new(NULL), MBIM_TIMEOUT_S,
                 mbim_on_store, mbim);
}

static void mbim_on_store_changed(MbimBackend *mbim, const MbimMessage *notification)
{
        MbimSmsStatusFlag flag;
        guint32 index;

        if (!mbim_message_sms_message_store_status_notification_parse(notification, &flag, &index,
                                                                      NULL))
                return;
        if (flag & MBIM_SMS_STATUS_FLAG_MESSAGE_STORE_FULL)
                backend_set_storage_full(&mbim->backend, MBIM_STORAGE, true);
        if (flag & MBIM_SMS_STATUS_FLAG_NEW_MESSAGE) {
                mbim_fetch(mbim, index);
                mbim_ask_store(mbim);
        }
}

/* ---- The format of messages ---------------------------------------------------------- */

static void mbim_on_format_set(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(MbimMessage) answer = mbim_answer(source, result, &error);

        if (!answer)
                log_warning(MBIM_NAME, "the modem does not take PDUs: %s", error->message);
}

static void mbim_on_format(GObject *source, GAsyncResult *result, gpointer user)
{
        MbimBackend *mbim = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(MbimMessage) answer = mbim_answer(source, result, &error);
        MbimSmsFormat format;

        if (!answer || !mbim_message_sms_configuration_response_parse(answer, NULL, &format, NULL,
                                                                      NULL, NULL, &error)) {
                log_debug(MBIM_NAME, "format: %s", error->message);
                return;
        }
        if (format != MBIM_SMS_FORMAT_PDU && mbim_is_open(mbim))
                mbim_ask(mbim,
                         mbim_message_sms_configuration_set_new(MBIM_SMS_FORMAT_PDU, NULL, NULL),
                         MBIM_TIMEOUT_S, mbim_on_format_set, mbim);
}

/* ---- All of them --------------------------------------------------------------------- */

void mbim_on_notification(MbimDevice *device, MbimMessage *notification, gpointer user)
{
        MbimBackend *mbim = user;
        MbimService service = mbim_message_indicate_status_get_service(notification);
        guint32 cid = mbim_message_indicate_status_get_cid(notification);

        if (!mbim_is_open(mbim) || !mbim->backend.handler)
                return;
        if (service == MBIM_SERVICE_SMS && cid == MBIM_CID_SMS_READ)
                mbim_take_passed(mbim, notification);
        else if (service == MBIM_SERVICE_SMS && cid == MBIM_CID_SMS_MESSAGE_STORE_STATUS)
                mbim_on_store_changed(mbim, notification);
        else if (service == MBIM_SERVICE_BASIC_CONNECT &&
                 cid == MBIM_CID_BASIC_CONNECT_SUBSCRIBER_READY_STATUS)
                mbim_take_card(mbim, notification);
        else if (service == MBIM_SERVICE_BASIC_CONNECT &&
                 cid == MBIM_CID_BASIC_CONNECT_REGISTER_STATE)
                mbim_on_network_changed(mbim, notification);
}

void mbim_status_start(MbimBackend *mbim)
{
        mbim->card_locked = mbim->registered = mbim->network_known = false;
        mbim->refusals = 0;
        mbim->store_pending = mbim->store_again = false;
        mbim_ask(mbim, mbim_message_sms_configuration_query_new(NULL), MBIM_TIMEOUT_S,
                 mbim_on_format, mbim);
        mbim_ask(mbim, mbim_message_subscriber_ready_status_query_new(NULL), MBIM_TIMEOUT_S,
                 mbim_on_card, mbim);
        mbim_ask_network(mbim);
        mbim_ask_store(mbim);
}

void mbim_status_check(MbimBackend *mbim)
{
        if (!mbim->network_known && mbim_is_open(mbim))
                mbim_ask_network(mbim);
        mbim_ask_store(mbim);
}
