/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "device.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static const struct {
        const char *driver;
        const char *protocol;
} drivers[] = {
        {"qmi_wwan", "qmi"},
        {"qmi_wwan_q", "qmi"},
        {"cdc_mbim", "mbim"},
};

/* The driver of /dev/cdc-wdm0 serves both protocols; the network interface's one tells. */
static const char *usb_protocol(const char *name)
{
        g_autofree char *link =
                g_build_filename("/sys/class/usbmisc", name, "device", "driver", NULL);
        g_autofree char *target = g_file_read_link(link, NULL);
        g_autofree char *driver = target ? g_path_get_basename(target) : NULL;

        for (size_t i = 0; driver && i < G_N_ELEMENTS(drivers); i++) {
                if (strcmp(driver, drivers[i].driver) == 0)
                        return drivers[i].protocol;
        }
        return NULL;
}

static const char *name_protocol(const char *name)
{
        /* The kernel's WWAN class has the protocol in the name: wwan0qmi0, wwan0mbim0. */
        if (g_str_has_prefix(name, "wwan"))
                return strstr(name, "qmi") ? "qmi" : strstr(name, "mbim") ? "mbim" : NULL;
        return usb_protocol(name);
}

char *device_target(const char *device)
{
        g_autofree char *target = realpath(device, NULL);

        return target ? g_path_get_basename(target) : NULL;
}

const char *device_protocol(const char *device)
{
        g_autofree char *name = g_path_get_basename(device);
        g_autofree char *target = device_target(device);
        const char *protocol = name_protocol(name);

        return protocol || !target ? protocol : name_protocol(target);
}

char *device_find(const char *protocol)
{
        g_autoptr(GDir) dir = g_dir_open("/dev", 0, NULL);
        g_autofree char *first = NULL;
        const char *name;

        while (dir && (name = g_dir_read_name(dir))) {
                g_autofree char *path = NULL;
                const char *spoken;

                if (!g_str_has_prefix(name, "cdc-wdm") && !g_str_has_prefix(name, "wwan"))
                        continue;
                path = g_build_filename("/dev", name, NULL);
                spoken = device_protocol(path);
                if (!spoken || (protocol && strcmp(spoken, protocol) != 0))
                        continue;
                if (!first || strcmp(path, first) < 0) {
                        g_free(first);
                        first = g_steal_pointer(&path);
                }
        }
        return g_steal_pointer(&first);
}
