/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/status.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "coap/code.h"

#define DBUS_ERROR(name) "org.lwm2md1.Error." name

typedef struct Status {
        int error;
        uint8_t coap; /* what we answer */
        const char *dbus;
        const char *text;
} Status;

static const Status status_table[] = {
        {-ENOENT, COAP_NOT_FOUND, DBUS_ERROR("NotFound"), "not found"},
        {-EPERM, COAP_METHOD_NOT_ALLOWED, DBUS_ERROR("NotAllowed"), "not allowed"},
        {-EACCES, COAP_UNAUTHORIZED, DBUS_ERROR("NotAuthorized"), "not authorized"},
        {-EINVAL, COAP_BAD_REQUEST, DBUS_ERROR("BadValue"), "bad value"},
        {-ERANGE, COAP_BAD_REQUEST, DBUS_ERROR("BadValue"), "value out of range"},
        {-EBADMSG, COAP_BAD_REQUEST, DBUS_ERROR("BadValue"), "malformed"},
        {-EEXIST, COAP_BAD_REQUEST, DBUS_ERROR("Busy"), "exists already"},
        {-E2BIG, COAP_REQUEST_ENTITY_TOO_LARGE, DBUS_ERROR("BadValue"), "too long"},
        {-EMSGSIZE, COAP_REQUEST_ENTITY_TOO_LARGE, DBUS_ERROR("BadValue"), "too long"},
        {-ENOTSUP, COAP_UNSUPPORTED_CONTENT_FORMAT, DBUS_ERROR("NotSupported"), "not supported"},
        {-EBUSY, COAP_SERVICE_UNAVAILABLE, DBUS_ERROR("Busy"), "busy"},
        {-EAGAIN, COAP_SERVICE_UNAVAILABLE, DBUS_ERROR("Busy"), "not now"},
        {-EDQUOT, COAP_SERVICE_UNAVAILABLE, DBUS_ERROR("Busy"),
         "the budget of short messages is used up"},
        {-ENODEV, COAP_SERVICE_UNAVAILABLE, DBUS_ERROR("NotConnected"), "no modem"},
        {-ETIMEDOUT, COAP_SERVICE_UNAVAILABLE, DBUS_ERROR("Timeout"), "no answer"},
        {-ESHUTDOWN, COAP_SERVICE_UNAVAILABLE, DBUS_ERROR("Muted"), "muted by the server"},
        {-ENOTCONN, COAP_SERVICE_UNAVAILABLE, DBUS_ERROR("NotConnected"), "not connected"},
        {-ENETUNREACH, COAP_SERVICE_UNAVAILABLE, DBUS_ERROR("NotConnected"),
         "no route to the network"},
        {-ENETDOWN, COAP_SERVICE_UNAVAILABLE, DBUS_ERROR("NotConnected"), "the network is down"},
        {-EHOSTUNREACH, COAP_SERVICE_UNAVAILABLE, DBUS_ERROR("NotConnected"),
         "no route to the host"},
        {-EADDRNOTAVAIL, COAP_SERVICE_UNAVAILABLE, DBUS_ERROR("NotConnected"), "no address"},
        {-ECONNREFUSED, COAP_INTERNAL_SERVER_ERROR, DBUS_ERROR("Refused"), "refused"},
        {-ECONNRESET, COAP_INTERNAL_SERVER_ERROR, DBUS_ERROR("Refused"), "reset"},
        {-ECONNABORTED, COAP_INTERNAL_SERVER_ERROR, DBUS_ERROR("Refused"), "refused"},
        {-EPROTO, COAP_INTERNAL_SERVER_ERROR, DBUS_ERROR("Refused"), "refused"},
        {-EKEYREJECTED, COAP_INTERNAL_SERVER_ERROR, DBUS_ERROR("Refused"), "key rejected"},
        {-ENOKEY, COAP_INTERNAL_SERVER_ERROR, DBUS_ERROR("NotConfigured"), "no key"},
        {-EKEYREVOKED, COAP_INTERNAL_SERVER_ERROR, DBUS_ERROR("NotConfigured"),
         "the key was revoked"},
        {-EKEYEXPIRED, COAP_INTERNAL_SERVER_ERROR, DBUS_ERROR("NotConfigured"),
         "the key has expired"},
        {-EPROTONOSUPPORT, COAP_INTERNAL_SERVER_ERROR, DBUS_ERROR("NotSupported"),
         "version not supported"},
        {-ECANCELED, COAP_INTERNAL_SERVER_ERROR, DBUS_ERROR("Failed"), "cancelled"},
        {-ENOSPC, COAP_INTERNAL_SERVER_ERROR, DBUS_ERROR("Failed"), "no space"},
        {-EIO, COAP_INTERNAL_SERVER_ERROR, DBUS_ERROR("Failed"), "failed"},
};

static const Status *status_find(int error)
{
        for (size_t i = 0; i < G_N_ELEMENTS(status_table); i++) {
                if (status_table[i].error == error)
                        return &status_table[i];
        }
        return NULL;
}

uint8_t status_to_coap(int error)
{
        const Status *status = status_find(error);

        return status ? status->coap : COAP_INTERNAL_SERVER_ERROR;
}

int status_from_coap(uint8_t code)
{
        if (coap_code_class(code) == 2)
                return 0;
        return code == COAP_SERVICE_UNAVAILABLE ? -EBUSY : -ECONNREFUSED;
}

const char *status_to_dbus(int error)
{
        const Status *status = status_find(error);

        return status ? status->dbus : DBUS_ERROR("Failed");
}

const char *status_to_text(int error)
{
        const Status *status = status_find(error);

        return status ? status->text : g_strerror(-error);
}
