/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The device: opened, closed, asked. */
#include <errno.h>

#include "base/log.h"
#include "mbim-impl.h"

/* What a proxy that is there takes to answer. */
#define OPEN_TIMEOUT_S 15
#define CLOSE_TIMEOUT_S 3

static MbimBackend *mbim_of(Backend *backend)
{
        return (MbimBackend *) backend;
}

static void mbim_set_gone(MbimBackend *mbim, const char *why)
{
        if (mbim->gone || !mbim->device)
                return;
        mbim->gone = true;
        log_notice(MBIM_NAME, "%s", why);
        if (!mbim->opening && !mbim->close_done && mbim->backend.handler)
                mbim->backend.handler->on_gone(mbim->backend.user);
}

static int mbim_errno(const GError *error)
{
        if (g_error_matches(error, MBIM_CORE_ERROR, MBIM_CORE_ERROR_TIMEOUT))
                return -ETIMEDOUT;
        if (g_error_matches(error, MBIM_STATUS_ERROR, MBIM_STATUS_ERROR_INVALID_MEMORY_INDEX))
                return -ENOENT;
        if (error->domain == MBIM_STATUS_ERROR)
                return -ECONNREFUSED;
        if (g_error_matches(error, MBIM_CORE_ERROR, MBIM_CORE_ERROR_ABORTED) ||
            g_error_matches(error, MBIM_CORE_ERROR, MBIM_CORE_ERROR_WRONG_STATE) ||
            error->domain == G_IO_ERROR)
                return -ENODEV;
        return -EIO;
}

int mbim_failed(MbimBackend *mbim, const GError *error)
{
        if (mbim->device &&
            mbim_device_get_consecutive_timeouts(mbim->device) >= BACKEND_MAX_TIMEOUTS)
                mbim_set_gone(mbim, "the modem does not answer any more");
        else if (g_error_matches(error, MBIM_CORE_ERROR, MBIM_CORE_ERROR_TIMEOUT) &&
                 mbim->backend.handler)
                mbim->backend.handler->on_silent(mbim->backend.user);
        return mbim_errno(error);
}

int mbim_place_failed(MbimBackend *mbim, const GError *error)
{
        int r = mbim_failed(mbim, error);

        return g_error_matches(error, MBIM_STATUS_ERROR, MBIM_STATUS_ERROR_INVALID_PARAMETERS)
                       ? -ENOENT
                       : r;
}

void mbim_ask(MbimBackend *mbim, MbimMessage *message, guint timeout_s, GAsyncReadyCallback func,
              gpointer user)
{
        mbim_device_command(mbim->device, message, timeout_s, mbim->commands, func, user);
        mbim_message_unref(message);
}

MbimMessage *mbim_answer(GObject *source, GAsyncResult *result, GError **error)
{
        g_autoptr(MbimMessage) answer =
                mbim_device_command_finish(MBIM_DEVICE(source), result, error);

        if (!answer ||
            !mbim_message_response_get_result(answer, MBIM_MESSAGE_TYPE_COMMAND_DONE, error))
                return NULL;
        return g_steal_pointer(&answer);
}

static void mbim_on_removed(MbimDevice *device, gpointer user)
{
        mbim_set_gone(user, "the modem or the proxy went away");
}

/* ---- Opening ------------------------------------------------------------------------- */

static void mbim_begin_close(MbimBackend *mbim);

static void mbim_opened(MbimBackend *mbim, int result)
{
        bool closing = mbim->close_done; /* asked for meanwhile */

        g_clear_object(&mbim->opening);
        if (result == 0 && mbim->gone)
                result = -ENODEV;
        if (result == 0 && closing)
                result = -ECANCELED;
        if (result == 0)
                mbim_status_start(mbim);
        mbim->open_done(result, mbim->open_user);
        if (closing)
                mbim_begin_close(mbim);
}

static void mbim_open_failed(MbimBackend *mbim, const char *what, const GError *error)
{
        if (!g_cancellable_is_cancelled(mbim->opening))
                log_warning(MBIM_NAME, "%s: %s", what, error->message);
        mbim_opened(mbim, mbim_errno(error));
}

static void mbim_on_device_open(GObject *source, GAsyncResult *result, gpointer user)
{
        MbimBackend *mbim = user;
        g_autoptr(GError) error = NULL;

        if (!mbim_device_open_full_finish(MBIM_DEVICE(source), result, &error)) {
                mbim_open_failed(mbim, "the device does not open", error);
                return;
        }
        mbim->open = true;
        mbim_opened(mbim, 0);
}

static void mbim_on_device_new(GObject *source, GAsyncResult *result, gpointer user)
{
        MbimBackend *mbim = user;
        g_autoptr(GError) error = NULL;
        MbimDevice *device = mbim_device_new_finish(result, &error);

        if (!device) {
                mbim_open_failed(mbim, "no device", error);
                return;
        }
        mbim->device = device;
        g_signal_connect(device, MBIM_DEVICE_SIGNAL_REMOVED, G_CALLBACK(mbim_on_removed), mbim);
        g_signal_connect(device, MBIM_DEVICE_SIGNAL_INDICATE_STATUS,
                         G_CALLBACK(mbim_on_notification), mbim);
        mbim_device_open_full(device, MBIM_DEVICE_OPEN_FLAGS_PROXY, OPEN_TIMEOUT_S, mbim->opening,
                              mbim_on_device_open, mbim);
}

static void mbim_open(Backend *backend, const char *device, BackendDone done, void *user)
{
        MbimBackend *mbim = mbim_of(backend);
        g_autoptr(GFile) file = g_file_new_for_path(device);

        g_assert(!mbim->device && !mbim->opening);
        mbim->opening = g_cancellable_new();
        mbim->commands = g_cancellable_new();
        mbim->open_done = done;
        mbim->open_user = user;
        mbim->open = false;
        mbim->gone = false;
        mbim_device_new(file, mbim->opening, mbim_on_device_new, mbim);
}

/* ---- Closing ------------------------------------------------------------------------- */

static void mbim_closed(MbimBackend *mbim)
{
        BackendDone done = mbim->close_done;

        mbim->close_done = NULL;
        mbim->open = false;
        g_clear_object(&mbim->commands);
        g_clear_object(&mbim->device);
        backend_set_state(&mbim->backend, MODEM_ABSENT);
        backend_set_own_number(&mbim->backend, "");
        backend_forget_storages(&mbim->backend);
        done(0, mbim->close_user);
}

static gboolean mbim_on_nothing_to_close(gpointer user)
{
        mbim_closed(user);
        return G_SOURCE_REMOVE;
}

static void mbim_on_device_closed(GObject *source, GAsyncResult *result, gpointer user)
{
        g_autoptr(GError) error = NULL;

        if (!mbim_device_close_finish(MBIM_DEVICE(source), result, &error))
                log_debug(MBIM_NAME, "closing: %s", error->message);
        mbim_closed(user);
}

static void mbim_begin_close(MbimBackend *mbim)
{
        if (!mbim->device) {
                g_idle_add(mbim_on_nothing_to_close, mbim);
                return;
        }
        g_signal_handlers_disconnect_by_data(mbim->device, mbim);
        g_cancellable_cancel(mbim->commands);
        if (mbim->gone || !mbim->open) {
                mbim_device_close_force(mbim->device, NULL);
                g_idle_add(mbim_on_nothing_to_close, mbim);
                return;
        }

        /* The proxy keeps the modem open for others. */
        mbim_device_close(mbim->device, CLOSE_TIMEOUT_S, NULL, mbim_on_device_closed, mbim);
}

/* What is under way ends here, which its askers must not hear from within mbim_close(). */
static gboolean mbim_on_close(gpointer user)
{
        mbim_begin_close(user);
        return G_SOURCE_REMOVE;
}

static void mbim_close(Backend *backend, BackendDone done, void *user)
{
        MbimBackend *mbim = mbim_of(backend);

        g_assert(!mbim->close_done);
        mbim->close_done = done;
        mbim->close_user = user;
        if (mbim->opening)
                g_cancellable_cancel(mbim->opening); /* mbim_opened() goes on */
        else
                g_idle_add(mbim_on_close, mbim);
}

static void mbim_check(Backend *backend)
{
        mbim_status_check(mbim_of(backend));
}

static void mbim_free(Backend *backend)
{
        MbimBackend *mbim = mbim_of(backend);

        g_clear_object(&mbim->commands);
        g_free(mbim);
}

static const BackendOps mbim_ops = {
        .name = MBIM_NAME,
        .bus_name = "org.lwm2md1.Modem.Mbim",
        .proxy = "mbim-proxy",
        .open = mbim_open,
        .close = mbim_close,
        .send = mbim_send,
        .list = mbim_list,
        .read = mbim_read,
        .delete = mbim_delete,
        .acknowledge = mbim_acknowledge,
        .check = mbim_check,
        .free = mbim_free,
};

Backend *mbim_backend_new(void)
{
        MbimBackend *mbim = g_new0(MbimBackend, 1);

        backend_init(&mbim->backend, &mbim_ops);
        return &mbim->backend;
}
