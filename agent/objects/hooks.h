/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The effects that objects may ask for. Each happens later, from the main loop, so that the request
 * that caused it is answered first. They return 0 or why not. NULL: not possible here, the resource
 * then answers -EPERM. */

#include <stdint.h>

typedef struct ObjectHooks {
        /* /1/x/8, Registration Update Trigger. */
        int (*update)(uint16_t ssid, void *user);
        /* /3/0/4, Reboot. */
        int (*reboot)(void *user);
        void *user;
} ObjectHooks;
