/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arguments.h"

#include "bus-client.h"
#include "errors.h"

bool argument_number(const char *text, guint64 min, guint64 max, guint64 *ret_number)
{
        return g_ascii_string_to_unsigned(text, 10, min, max, ret_number, NULL);
}

bool argument_ssid(const char *text, guint16 *ret_ssid)
{
        guint64 number;

        if (!argument_number(text, 1, 65534, &number)) {
                error_usage("%s: not a Short Server ID, 1 to 65534", text);
                return false;
        }
        *ret_ssid = (guint16) number;
        return true;
}

GArray *argument_servers(Ctl *ctl, char **args, ExitCode *ret_code)
{
        g_autoptr(GArray) ids = NULL;
        g_autoptr(GError) error = NULL;

        if (!args[0]) {
                ids = bus_client_list_ids(ctl->bus, &error);
                if (!ids)
                        *ret_code = error_report("servers", error);
                return g_steal_pointer(&ids);
        }
        ids = g_array_new(FALSE, FALSE, sizeof(guint16));
        for (; *args; args++) {
                guint16 ssid;

                if (!argument_ssid(*args, &ssid)) {
                        *ret_code = EXIT_USAGE;
                        return NULL;
                }
                g_array_append_val(ids, ssid);
        }
        return g_steal_pointer(&ids);
}
