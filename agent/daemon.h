/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Builds every part once and connects them. Sees all layers. */

#include <gio/gio.h>

#include "security/loader.h"
#include "settings.h"

/* Where things are. Borrowed, outlive the daemon. */
typedef struct DaemonPaths {
        const char *servers;     /* directory of account files */
        const char *state;       /* state directory */
        const char *plugins;     /* the package's plugins */
        const char *credentials; /* $CREDENTIALS_DIRECTORY or NULL */
        const char *root;        /* prefix of /sys, /etc … for facts about the machine; "" */
} DaemonPaths;

typedef struct Daemon Daemon;

/* Loads the plugins of `directory`, the package's, and of the one in lwm2md.conf. Returns for how
 * many of these directories that failed; each is logged. */
int daemon_load_plugins(Loader *loader, const char *directory, const Settings *settings);

/* NULL with a text for a person where it cannot work at all. Registers from the main loop
 * on. `settings` is borrowed. */
Daemon *daemon_new(const DaemonPaths *paths, const Settings *settings, GBusType bus_type,
                   GError **error);

/* De-registers and answers callers on D-Bus, then calls `done` from the main loop. */
void daemon_stop(Daemon *daemon, void (*done)(void *user), void *user);

void daemon_free(Daemon *daemon);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Daemon, daemon_free)
