/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "device.h"

#include <glib-unix.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

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

char *device_choose(const char *device, const char **protocol)
{
        g_autofree char *port = device ? g_strdup(device) : device_find(*protocol);

        if (!port || access(port, F_OK) < 0)
                return NULL;
        if (!*protocol)
                *protocol = device_protocol(port);
        return *protocol ? g_steal_pointer(&port) : NULL;
}

/* ---- Ports that appear --------------------------------------------------------------- */

struct PortWatch {
        int fd;
        guint source;
        void (*on_port)(void *user);
        void *user;
};

/* Which one it was does not matter: all are looked at. */
static gboolean watch_on_event(gint fd, GIOCondition condition, gpointer user)
{
        const PortWatch *watch = user;
        char events[4096];

        while (read(fd, events, sizeof(events)) > 0) {
        }
        watch->on_port(watch->user);
        return G_SOURCE_CONTINUE;
}

PortWatch *port_watch_new(const char *device, void (*on_port)(void *user), void *user)
{
        g_autofree char *folder = device ? g_path_get_dirname(device) : g_strdup("/dev");
        int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        PortWatch *watch;

        /* No more than this: each octet that is written to a device would be told as well. */
        if (fd < 0 || inotify_add_watch(fd, folder, IN_CREATE | IN_MOVED_TO) < 0) {
                if (fd >= 0)
                        close(fd);
                return NULL;
        }
        watch = g_new0(PortWatch, 1);
        watch->fd = fd;
        watch->on_port = on_port;
        watch->user = user;
        watch->source = g_unix_fd_add(fd, G_IO_IN, watch_on_event, watch);
        return watch;
}

void port_watch_free(PortWatch *watch)
{
        if (!watch)
                return;
        g_source_remove(watch->source);
        close(watch->fd);
        g_free(watch);
}
