/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/key-argument.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <string.h>

int key_argument_take_fd(BusCall *call, gint32 handle)
{
        GDBusMessage *message = g_dbus_method_invocation_get_message(bus_call_invocation(call));
        GUnixFDList *list = g_dbus_message_get_unix_fd_list(message);
        int fd = list && handle >= 0 && handle < g_unix_fd_list_get_length(list)
                         ? g_unix_fd_list_get(list, handle, NULL)
                         : -1;

        if (fd < 0)
                bus_call_fail(call, -EINVAL, "no descriptor came with the call");
        return fd;
}

gboolean key_argument_is_hex(BusCall *call, GVariant *options, gboolean *ret)
{
        const char *encoding = "raw";

        g_variant_lookup(options, "encoding", "&s", &encoding);
        *ret = strcmp(encoding, "hex") == 0;
        if (*ret || strcmp(encoding, "raw") == 0)
                return TRUE;
        bus_call_fail(call, -EINVAL, "encoding \"%s\" is not allowed; allowed: raw, hex", encoding);
        return FALSE;
}
