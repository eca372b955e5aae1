/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sms/modem-error.h"

#include <errno.h>

/* Of the service: what org.lwm2md1.Modem says. All others are -EIO. */
static const struct {
        const char *name;
        int error;
} remote_errors[] = {
        {"org.lwm2md1.Error.NotConnected", -ENODEV},
        {"org.lwm2md1.Error.Timeout", -ETIMEDOUT},
        {"org.lwm2md1.Error.Busy", -EBUSY},
        {"org.lwm2md1.Error.NotAuthorized", -EACCES},
};

static int remote_to_errno(const GError *error)
{
        g_autofree char *name = g_dbus_error_get_remote_error(error);

        for (unsigned i = 0; i < G_N_ELEMENTS(remote_errors); i++) {
                if (g_strcmp0(name, remote_errors[i].name) == 0)
                        return remote_errors[i].error;
        }
        return -EIO;
}

int modem_errno(const GError *error)
{
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
            g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_TIMEOUT))
                return -ETIMEDOUT;
        if (g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
            g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
            g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
            g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CLOSED))
                return -ENODEV;
        if (g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
                return -EACCES;
        return remote_to_errno(error);
}
