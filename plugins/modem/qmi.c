/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The device: opened, closed. */
#include <errno.h>

#include "base/log.h"
#include "qmi-impl.h"

/* What a proxy that is there takes to answer. */
#define OPEN_TIMEOUT_S 15
#define CLOSE_TIMEOUT_S 3

static const struct {
        QmiService service;
        const char *name;
} parts[QMI_PARTS] = {
        [QMI_PART_WMS] = {QMI_SERVICE_WMS, "WMS"},
        [QMI_PART_UIM] = {QMI_SERVICE_UIM, "UIM"},
        [QMI_PART_NAS] = {QMI_SERVICE_NAS, "NAS"},
        [QMI_PART_DMS] = {QMI_SERVICE_DMS, "DMS"},
};

static QmiBackend *qmi_of(Backend *backend)
{
        return (QmiBackend *) backend;
}

QmiRequest *qmi_request_new(QmiBackend *qmi, const Place *place, void *user)
{
        QmiRequest *request = g_new0(QmiRequest, 1);

        request->qmi = qmi;
        request->user = user;
        if (place)
                request->place = *place;
        return request;
}

static void qmi_set_gone(QmiBackend *qmi, const char *why)
{
        if (qmi->gone || !qmi->device)
                return;
        qmi->gone = true;
        log_notice(QMI_NAME, "%s", why);
        if (!qmi->opening && !qmi->close_done && qmi->backend.handler)
                qmi->backend.handler->on_gone(qmi->backend.user);
}

static int qmi_errno(const GError *error)
{
        if (g_error_matches(error, QMI_CORE_ERROR, QMI_CORE_ERROR_TIMEOUT))
                return -ETIMEDOUT;
        if (g_error_matches(error, QMI_PROTOCOL_ERROR, QMI_PROTOCOL_ERROR_NO_ENTRY) ||
            g_error_matches(error, QMI_PROTOCOL_ERROR, QMI_PROTOCOL_ERROR_INVALID_INDEX))
                return -ENOENT;
        if (g_error_matches(error, QMI_PROTOCOL_ERROR, QMI_PROTOCOL_ERROR_ABORTED) ||
            g_error_matches(error, QMI_CORE_ERROR, QMI_CORE_ERROR_WRONG_STATE) ||
            g_error_matches(error, QMI_CORE_ERROR, QMI_CORE_ERROR_FAILED)) /* hung up */
                return -ENODEV;
        if (error->domain == QMI_PROTOCOL_ERROR)
                return -ECONNREFUSED;
        return error->domain == G_IO_ERROR ? -ENODEV : -EIO;
}

int qmi_failed(QmiBackend *qmi, const GError *error)
{
        if (qmi->device && qmi_device_get_consecutive_timeouts(qmi->device) >= BACKEND_MAX_TIMEOUTS)
                qmi_set_gone(qmi, "the modem does not answer any more");
        else if (g_error_matches(error, QMI_CORE_ERROR, QMI_CORE_ERROR_TIMEOUT) &&
                 qmi->backend.handler)
                qmi->backend.handler->on_silent(qmi->backend.user);
        return qmi_errno(error);
}

static void qmi_on_removed(QmiDevice *device, gpointer user)
{
        qmi_set_gone(user, "the modem or the proxy went away");
}

/* ---- Opening ------------------------------------------------------------------------- */

static void qmi_begin_close(QmiBackend *qmi);

static void qmi_opened(QmiBackend *qmi, int result)
{
        bool closing = qmi->close_done; /* asked for meanwhile */

        g_clear_object(&qmi->opening);
        if (result == 0 && qmi->gone)
                result = -ENODEV;
        if (result == 0 && closing)
                result = -ECANCELED;
        if (result == 0)
                qmi_status_start(qmi);
        qmi->open_done(result, qmi->open_user);
        if (closing)
                qmi_begin_close(qmi);
}

static void qmi_open_failed(QmiBackend *qmi, const char *what, const GError *error)
{
        if (!g_cancellable_is_cancelled(qmi->opening))
                log_warning(QMI_NAME, "%s: %s", what, error->message);
        qmi_opened(qmi, qmi_errno(error));
}

static void qmi_on_reporting(GObject *source, GAsyncResult *result, gpointer user)
{
        QmiBackend *qmi = user;
        g_autoptr(GError) error = NULL;
        g_autoptr(QmiMessageWmsSetEventReportOutput) output =
                qmi_client_wms_set_event_report_finish(QMI_CLIENT_WMS(source), result, &error);

        if (!output || !qmi_message_wms_set_event_report_output_get_result(output, &error)) {
                qmi_open_failed(qmi, "no reports of messages", error);
                return;
        }
        qmi_opened(qmi, 0);
}

static void qmi_ask_reports(QmiBackend *qmi)
{
        g_autoptr(QmiMessageWmsSetEventReportInput) input =
                qmi_message_wms_set_event_report_input_new();

        qmi_message_wms_set_event_report_input_set_new_mt_message_indicator(input, TRUE, NULL);
        g_signal_connect(qmi->clients[QMI_PART_WMS], "event-report",
                         G_CALLBACK(qmi_on_event_report), qmi);
        qmi_client_wms_set_event_report(QMI_CLIENT_WMS(qmi->clients[QMI_PART_WMS]), input,
                                        QMI_TIMEOUT_S, qmi->opening, qmi_on_reporting, qmi);
}

static void qmi_allocate(QmiBackend *qmi);

static void qmi_on_allocated(GObject *source, GAsyncResult *result, gpointer user)
{
        QmiBackend *qmi = user;
        g_autoptr(GError) error = NULL;
        QmiClient *client = qmi_device_allocate_client_finish(QMI_DEVICE(source), result, &error);

        if (!client && (qmi->part == QMI_PART_WMS || qmi->gone)) {
                qmi_open_failed(qmi, parts[qmi->part].name, error);
                return;
        }
        if (!client)
                log_info(QMI_NAME, "the modem has no %s: %s", parts[qmi->part].name,
                         error->message);
        qmi->clients[qmi->part++] = client;
        if (g_cancellable_is_cancelled(qmi->opening))
                qmi_opened(qmi, -ECANCELED);
        else if (qmi->part < QMI_PARTS)
                qmi_allocate(qmi);
        else
                qmi_ask_reports(qmi);
}

/* Not to be cancelled: an id that comes when nobody waits for it is given back by nobody. */
static void qmi_allocate(QmiBackend *qmi)
{
        qmi_device_allocate_client(qmi->device, parts[qmi->part].service, QMI_CID_NONE,
                                   QMI_TIMEOUT_S, NULL, qmi_on_allocated, qmi);
}

static void qmi_on_device_open(GObject *source, GAsyncResult *result, gpointer user)
{
        QmiBackend *qmi = user;
        g_autoptr(GError) error = NULL;

        if (!qmi_device_open_finish(QMI_DEVICE(source), result, &error)) {
                qmi_open_failed(qmi, "the device does not open", error);
                return;
        }
        qmi_allocate(qmi);
}

static void qmi_on_device_new(GObject *source, GAsyncResult *result, gpointer user)
{
        QmiBackend *qmi = user;
        g_autoptr(GError) error = NULL;
        GObject *device = g_async_initable_new_finish(G_ASYNC_INITABLE(source), result, &error);

        if (!device) {
                qmi_open_failed(qmi, "no device", error);
                return;
        }
        qmi->device = QMI_DEVICE(device);
        g_signal_connect(device, QMI_DEVICE_SIGNAL_REMOVED, G_CALLBACK(qmi_on_removed), qmi);
        qmi_device_open(qmi->device, QMI_DEVICE_OPEN_FLAGS_PROXY, OPEN_TIMEOUT_S, qmi->opening,
                        qmi_on_device_open, qmi);
}

static void qmi_open(Backend *backend, const char *device, BackendDone done, void *user)
{
        QmiBackend *qmi = qmi_of(backend);
        g_autoptr(GFile) file = g_file_new_for_path(device);

        g_assert(!qmi->device && !qmi->opening);
        qmi->opening = g_cancellable_new();
        qmi->commands = g_cancellable_new();
        qmi->open_done = done;
        qmi->open_user = user;
        qmi->part = 0;
        qmi->gone = false;

        /* The proxy opens the port, we could not. */
        g_async_initable_new_async(QMI_TYPE_DEVICE, G_PRIORITY_DEFAULT, qmi->opening,
                                   qmi_on_device_new, qmi, QMI_DEVICE_FILE, file,
                                   QMI_DEVICE_NO_FILE_CHECK, TRUE, QMI_DEVICE_PROXY_PATH,
                                   qmi->proxy, NULL);
}

/* ---- Closing ------------------------------------------------------------------------- */

static void qmi_closed(QmiBackend *qmi)
{
        BackendDone done = qmi->close_done;

        qmi->close_done = NULL;
        g_clear_object(&qmi->commands);
        g_clear_object(&qmi->device);
        backend_set_state(&qmi->backend, MODEM_ABSENT);
        backend_set_own_number(&qmi->backend, "");
        backend_forget_storages(&qmi->backend);
        done(0, qmi->close_user);
}

static void qmi_on_device_closed(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autoptr(GError) error = NULL;

        if (!qmi_device_close_finish(QMI_DEVICE(source), result, &error))
                log_debug(QMI_NAME, "closing: %s", error->message);
        qmi_closed(user);
}

static void qmi_release(QmiBackend *qmi);

static void qmi_on_released(GObject *source, GAsyncResult *result, gpointer user)
{
        QmiBackend *qmi = user;
        g_autoptr(GError) error = NULL;

        if (!qmi_device_release_client_finish(QMI_DEVICE(source), result, &error)) {
                log_debug(QMI_NAME, "%s: not released: %s", parts[qmi->part].name, error->message);
                qmi->deaf = true;
        }
        g_clear_object(&qmi->clients[qmi->part]);
        qmi_release(qmi);
}

/* A client ID that is not given back stays taken until the modem restarts. Of a modem that hangs,
 * the control service may answer still; where it does not, one attempt is enough. */
static void qmi_release(QmiBackend *qmi)
{
        const QmiDeviceReleaseClientFlags flags =
                qmi->deaf || !qmi_device_is_open(qmi->device)
                        ? QMI_DEVICE_RELEASE_CLIENT_FLAGS_NONE
                        : QMI_DEVICE_RELEASE_CLIENT_FLAGS_RELEASE_CID;

        while (qmi->part < QMI_PARTS && !qmi->clients[qmi->part])
                qmi->part++;
        if (qmi->part < QMI_PARTS)
                qmi_device_release_client(qmi->device, qmi->clients[qmi->part], flags,
                                          CLOSE_TIMEOUT_S, NULL, qmi_on_released, qmi);
        else
                qmi_device_close_async(qmi->device, CLOSE_TIMEOUT_S, NULL, qmi_on_device_closed,
                                       qmi);
}

static gboolean qmi_on_nothing_to_close(gpointer user)
{
        qmi_closed(user);
        return G_SOURCE_REMOVE;
}

static void qmi_begin_close(QmiBackend *qmi)
{
        if (!qmi->device) {
                g_idle_add(qmi_on_nothing_to_close, qmi);
                return;
        }
        qmi_status_stop(qmi);
        g_cancellable_cancel(qmi->commands);
        g_signal_handlers_disconnect_by_data(qmi->device, qmi);
        if (qmi->clients[QMI_PART_WMS])
                g_signal_handlers_disconnect_by_data(qmi->clients[QMI_PART_WMS], qmi);
        qmi->part = 0;
        qmi->deaf = false;
        qmi_release(qmi);
}

/* What is under way ends here, which its askers must not hear from within qmi_close(). */
static gboolean qmi_on_close(gpointer user)
{
        qmi_begin_close(user);
        return G_SOURCE_REMOVE;
}

static void qmi_close(Backend *backend, BackendDone done, void *user)
{
        QmiBackend *qmi = qmi_of(backend);

        g_assert(!qmi->close_done);
        qmi->close_done = done;
        qmi->close_user = user;
        if (qmi->opening)
                g_cancellable_cancel(qmi->opening); /* qmi_opened() goes on */
        else
                g_idle_add(qmi_on_close, qmi);
}

static void qmi_check(Backend *backend)
{
        qmi_status_check(qmi_of(backend));
}

static void qmi_free(Backend *backend)
{
        QmiBackend *qmi = qmi_of(backend);

        g_clear_object(&qmi->commands);
        g_free(qmi->proxy);
        g_free(qmi);
}

static const BackendOps qmi_ops = {
        .name = QMI_NAME,
        .bus_name = "org.lwm2md1.Modem.Qmi",
        .proxy = "qmi-proxy",
        .open = qmi_open,
        .close = qmi_close,
        .send = qmi_send,
        .list = qmi_list,
        .read = qmi_read,
        .delete = qmi_delete,
        .acknowledge = qmi_acknowledge,
        .check = qmi_check,
        .free = qmi_free,
};

Backend *qmi_backend_new(const char *proxy)
{
        QmiBackend *qmi = g_new0(QmiBackend, 1);

        backend_init(&qmi->backend, &qmi_ops);
        qmi->proxy = g_strdup(proxy ? proxy : qmi_ops.proxy);
        return &qmi->backend;
}
