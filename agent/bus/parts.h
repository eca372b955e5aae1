/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the interfaces on the bus show and work on. */

#include <gio/gio.h>

#include "lwm2m/client.h"
#include "security/seal.h"

typedef struct BusParts { /* all borrowed, outlive the bus */
        Clock *clock;
        Tree *tree;
        Changes *changes;
        Accounts *accounts;
        Keystore *keystore;
        Loader *loader;
        Seal *seal;
        Client *client;
        const char *version; /* of the agent */
} BusParts;
