/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Object 3, Device (Core E.4): what this machine says of itself through host/identity.h. Static
 * resources: 0 to 3, 17, 18, 19, 21; read at the moment: 10, 13, 14, 15; 11 is "no error"; 16 is
 * what the owner says. 4 reboots. Unknown facts are absent, not empty.
 */

#include "base/clock.h"
#include "host/identity.h"
#include "model/object.h"
#include "objects/hooks.h"

/* `software_version` and `bindings` are constants; clock and identity are borrowed, the hooks are
 * copied. Free with device_object_free(). */
Object *device_object_new(const Clock *clock, const Identity *identity,
                          const char *software_version, const char *bindings,
                          const ObjectHooks *hooks);

/* /3/0/16, a constant. Telling of the change is the caller's. Returns whether it is one. */
bool device_object_set_bindings(Object *object, const char *bindings);
void device_object_free(Object *object);
